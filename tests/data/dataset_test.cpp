#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/errors.h"
#include "tests/data/listing.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

TEST(Slice, TakesEverythingByDefault) { EXPECT_THAT(slice_indices({}, 3), ElementsAre(0, 1, 2)); }

TEST(Slice, TakesEverySkipthImageFromTheStart) {
  EXPECT_THAT(slice_indices({.start = 1, .skip = 3}, 10), ElementsAre(1, 4, 7));
  EXPECT_THAT(slice_indices({.start = 0, .skip = 3}, 10), ElementsAre(0, 3, 6, 9));
}

TEST(Slice, OfCohensSubsetHas500Images) {  // CIFAR-10, skip 20
  const std::vector<std::int64_t> indices = slice_indices({.skip = 20}, 10'000);
  EXPECT_THAT(indices, SizeIs(500));
  EXPECT_EQ(indices.back(), 9980);
}

TEST(Slice, StopsAtTheCountOrAtTheEnd) {
  EXPECT_THAT(slice_indices({.start = 2, .skip = 2, .count = 2}, 10), ElementsAre(2, 4));
  EXPECT_THAT(slice_indices({.start = 8, .count = 50}, 10), ElementsAre(8, 9));
}

TEST(Slice, SurvivesTheLargestNumbers) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(slice_indices({.start = 9, .skip = most, .count = most}, 10), ElementsAre(9));
}

TEST(Slice, RefusesWhatSelectsNothing) {
  EXPECT_THROW(slice_indices({.start = -1}, 10), InputError);
  EXPECT_THROW(slice_indices({.start = 10}, 10), InputError);
  EXPECT_THROW(slice_indices({}, 0), InputError);
  EXPECT_THROW(slice_indices({.skip = 0}, 10), InputError);
  EXPECT_THROW(slice_indices({.count = 0}, 10), InputError);
  EXPECT_THROW(slice_indices({.count = -2}, 10), InputError);
}

TEST(OpenDataset, NamesTheKnownOnesWhenAskedForAnother) {
  EXPECT_THAT([] { open_dataset({.name = "cifar1000"}); },
              ThrowsMessage<InputError>(
                  HasSubstr("unknown data set 'cifar1000' (did you mean cifar100?): one of shapes, "
                            "cifar10, cifar100, svhn, "
                            "mnist, fashion-mnist, imagenet, tinyimagenet, kitti, image-folder")));
}

TEST(OpenDataset, RefusesAnUnknownSplit) {
  EXPECT_THROW(open_dataset({.name = "shapes", .split = "validation"}), InputError);
  EXPECT_THROW(open_dataset({.name = "shapes", .split = "val"}), InputError);
  EXPECT_THROW(open_dataset({.name = "cifar10", .split = "all", .dir = "."}), InputError);
}

TEST(OpenDataset, AsksForAFolderWhenOneIsNeeded) {
  EXPECT_THAT([] { open_dataset({.name = "cifar10"}); },
              ThrowsMessage<InputError>(HasSubstr("--data-dir")));
}

TEST(OpenDataset, RefusesToResizeWhatHasOneSize) {
  EXPECT_THAT([] { open_dataset({.name = "shapes", .resize = 64}); },
              ThrowsMessage<InputError>(HasSubstr("shapes has images of one size")));
  EXPECT_THROW(open_dataset({.name = "cifar10", .dir = ".", .classes = "c.txt"}), InputError);
  EXPECT_THROW(open_dataset({.name = "cifar10", .dir = ".", .crop_height = 9, .crop_width = 9}),
               InputError);
}

TEST(ListDatasets, SaysWhereEachIsLookedForAndWhetherItIsThere) {
  const TemporaryFolder folder;
  const auto embedded_and_files = list_datasets(folder.path());
  const auto listing = [&](const std::string& name) {
    return *std::ranges::find(embedded_and_files, name, &DatasetListing::name);
  };
  EXPECT_THAT(embedded_and_files, SizeIs(11));
  EXPECT_TRUE(listing("shapes").found);
  EXPECT_THAT(listing("shapes").searched, SizeIs(0));
  EXPECT_FALSE(listing("cifar10").found);
  EXPECT_THAT(listing("cifar10").searched,
              ElementsAre(folder.path(), folder.path() / "cifar-10-batches-bin",
                          folder.path() / "cifar-10-batches-py", folder.path() / "cifar10"));
  for (const DatasetListing& one : embedded_and_files) {
    EXPECT_EQ(one.files.empty(), one.searched.empty()) << one.name;  // what is looked for is said
  }
  EXPECT_FALSE(listing("imagenet").found);
  EXPECT_FALSE(listing("image-folder").found);
  EXPECT_TRUE(listing("arrays").named_by_files);

  const auto batch = folder.write("cifar-10-batches-bin/test_batch.bin", "");
  folder.write("imagenet/val/n01440764/a.JPEG", "");
  EXPECT_EQ(found_of("imagenet", folder.path()), folder.path() / "imagenet" / "val" / "n01440764");
  EXPECT_EQ(found_of("image-folder", folder.path()), fs::path());
  folder.write("test/cat/a.JPEG", "");
  EXPECT_EQ(found_of("image-folder", folder.path()), folder.path() / "test" / "cat");
  EXPECT_EQ(found_of("cifar10", folder.path()), batch);
}

}  // namespace
}  // namespace certify
