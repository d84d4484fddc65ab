#include "core/sigma_map/sigma_card.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

SigmaMap some_map() { return make_sigma_map({1, 1, 2}, {0.25, 0.5}); }

std::string card_for(const std::string& sha256, const std::string& count = "3") {
  return fmt::format(R"({{"schema": 1, "sha256": "{}", "dataset": "mnist", "split": "test",
    "dataset_sha256": "d", "start": 10, "skip": 5, "count": {}, "area": 3.5}})",
                     sha256, count);
}

TEST(LearnedImages, AreEverySkipthFromTheStart) {
  const LearnedImages images{10, 5, 3};
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < 40; ++i) {
    if (images.contains(i)) found.push_back(i);
  }
  EXPECT_EQ(found, (std::vector<std::int64_t>{10, 15, 20}));
}

TEST(LearnedImages, AreReadAsTheyAreWritten) {
  EXPECT_EQ(to_string(LearnedImages{10, 5, 3}), "10:5:3");
  const LearnedImages images = parse_learned_images("10:5:3");
  EXPECT_EQ(to_string(images), "10:5:3");
  for (const char* bad : {"", "10", "10:5", "10:5:3:1", "10:5:", "10:5:3 ", " 10:5:3", "10.5.3",
                          "-1:5:3", "10:0:3", "10:5:0", "10:5:9223372036854775808", "a:b:c"}) {
    EXPECT_THROW(parse_learned_images(bad), DataError) << bad;
  }
}

TEST(SigmaCard, IsReadBesideItsMap) {
  const TemporaryFolder folder;
  EXPECT_FALSE(card_of_map(folder / "sigma.npy", some_map()));
  folder.write("sigma.json", card_for(some_map().sha256));
  for (const char* file : {"sigma.npy", "sigma.pt"}) {
    const auto card = card_of_map(folder / file, some_map());
    ASSERT_TRUE(card) << file;
    EXPECT_EQ(card->dataset_sha256, "d");
    EXPECT_EQ(to_string(card->images), "10:5:3");
  }
  EXPECT_FALSE(card_of_map(folder / "other.npy", some_map()));
}

TEST(SigmaCard, OfAnotherMapIsRefused) {
  const TemporaryFolder folder;
  folder.write("sigma.json", card_for("00ff"));
  EXPECT_THAT([&] { card_of_map(folder / "sigma.npy", some_map()); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("sigma.json: not the card of sigma.npy"),
                        HasSubstr("its map has the hash 00ff, not " + some_map().sha256))));
}

TEST(SigmaCard, ThatIsDamagedOrNoneIsNamed) {
  const TemporaryFolder folder;
  const std::string sha256 = some_map().sha256, whole = card_for(sha256);
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[1]"), std::string("7"),
        std::string(R"({"schema": 1, "sha256": 3})"), whole.substr(0, whole.size() / 2),
        card_for(sha256, "0"), card_for(sha256, "-1"), card_for(sha256, "2.5"),
        card_for(sha256, "\"3\""), card_for(sha256, "1e30"), std::string("\x93NUMPY"),
        R"({"schema": 2)" + whole.substr(whole.find(','))}) {
    folder.write("sigma.json", bad);
    EXPECT_THAT([&] { card_of_map(folder / "sigma.npy", some_map()); },
                ThrowsMessage<DataError>(HasSubstr("sigma.json: not the card of sigma.npy")))
        << bad;
  }
}

}  // namespace
}  // namespace certify
