#include "models/learning/networks/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string file(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}
std::string entry(const std::string& name, const std::string& type, const std::string& shape,
                  int begin, int end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, type,
                     shape, begin, end);
}
std::string failure(const std::string& bytes) {
  try {
    read_safetensors(bytes);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no failure";
}

TEST(Safetensors, GiveTheirTensorsWithWhatIsSaidBesideThem) {
  const float values[] = {1.5F, -2};
  const std::string bytes =
      file("{\"__metadata__\":{\"format\":\"pt\"}," + entry("w", "F32", "[1,2]", 0, 8) + "," +
               entry("q", "F8_E4M3", "[2]", 8, 10) + "}   ",
           std::string(reinterpret_cast<const char*>(values), 8) + "qq");
  const Safetensors read = read_safetensors(bytes);
  ASSERT_EQ(read.tensors.size(), 1U);
  EXPECT_EQ(read.tensors.at("w").shape(), (Shape{1, 2}));
  EXPECT_THAT(read.tensors.at("w").values(), ElementsAre(1.5F, -2));
  EXPECT_EQ(read.unread.at("q"), "F8_E4M3");
}

TEST(Safetensors, ThatPromiseWhatTheFileHasNotAreRefused) {
  const std::string eight(8, 'x');
  const auto one = [&](const std::string& what) { return failure(file("{" + what + "}", eight)); };
  EXPECT_EQ(one(entry("w", "F32", "[2]", 0, 8)), "no failure");
  EXPECT_THAT(one(entry("w", "F32", "[3]", 0, 8)), HasSubstr("w: a tensor of shape [3] has 8"));
  EXPECT_THAT(one(entry("w", "F32", "[4]", 0, 16)), HasSubstr("w is out of the file"));
  EXPECT_THAT(one(entry("w", "F32", "[2]", 8, 0)), HasSubstr("data_offsets are no range"));
  EXPECT_THAT(one(entry("w", "F32", "[-2]", 0, 8)), HasSubstr("no shape of it"));
  EXPECT_THAT(one(entry("w", "F32", "[4611686018427387904,4]", 0, 8)), HasSubstr("too large"));
  EXPECT_THAT(one(entry("w", "F32", "[1]", 0, 4)), HasSubstr("bytes 4 to 8 belong to no tensor"));
  EXPECT_THAT(one(entry("v", "F32", "[2]", 0, 8) + "," + entry("w", "F32", "[1]", 4, 8)),
              HasSubstr("two of its tensors overlap at byte 4"));
  EXPECT_THAT(one(entry("w", "F32", "[1]", 0, 4) + "," + entry("w", "F32", "[1]", 4, 8)),
              HasSubstr("its header has w twice"));
  EXPECT_THAT(one("\"w\":{}"), HasSubstr("w has no dtype"));
  EXPECT_THAT(one("\"w\":[[[[[[1]]]]]]"), HasSubstr("nested too deep"));
  EXPECT_THAT(failure(file("[]", "")), HasSubstr("no JSON object"));
  EXPECT_THAT(failure(file("{", "")), HasSubstr("no JSON object"));
  EXPECT_THAT(failure("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), HasSubstr("its header has"));
  EXPECT_THAT(failure("short"), HasSubstr("its header ends too early"));
}

}  // namespace
}  // namespace certify
