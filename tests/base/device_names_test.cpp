#include "core/base/device_names.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/configs/option_table.h"

namespace certify {
namespace {

using Names = std::vector<std::string>;

TEST(ParseDevices, AutoIsTheFirstGpuAndElseTheCpu) {
  EXPECT_EQ(parse_devices("auto", 0), Names{"cpu"});
  EXPECT_EQ(parse_devices("auto", 4), Names{"cuda:0"});
  EXPECT_EQ(parse_devices("cpu", 4), Names{"cpu"});
}

TEST(ParseDevices, TakesOneGpuAListOrAll) {
  EXPECT_EQ(parse_devices("cuda", 2), Names{"cuda:0"});
  EXPECT_EQ(parse_devices("cuda:1", 2), Names{"cuda:1"});
  EXPECT_EQ(parse_devices("cuda:0,2", 3), (Names{"cuda:0", "cuda:2"}));
  EXPECT_EQ(parse_devices("cuda:2,cuda:0", 3), (Names{"cuda:2", "cuda:0"}));
  EXPECT_EQ(parse_devices("cuda:all", 3), (Names{"cuda:0", "cuda:1", "cuda:2"}));
}

TEST(ParseDevices, TakesWhatTheShellOffers) {
  for (const std::string_view word : option_spec("device").examples) {
    EXPECT_FALSE(parse_devices(std::string(word), 1).empty()) << word;
  }
}

TEST(ParseDevices, RefusesWhatIsNoDevice) {
  for (const char* bad : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:0,", "cuda:,1",
                          "cuda:0,0", "cuda:0,cpu", "cpu,cuda:0", "all"}) {
    EXPECT_THROW(parse_devices(bad, 4), InputError) << bad;
  }
}

TEST(ParseDevices, RefusesGpusThatAreNotThere) {
  for (const char* missing : {"cuda", "cuda:0", "cuda:all", "cuda:0,1"}) {
    EXPECT_THROW(parse_devices(missing, 0), DataError) << missing;
  }
  EXPECT_THROW(parse_devices("cuda:0,2", 2), DataError);
}

}  // namespace
}  // namespace certify
