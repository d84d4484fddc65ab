#include "models/learning/networks/weight_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

fs::path fixture(const std::string& name) {
  return fs::path(CERTIFY_SOURCE_DIR) / "tests/models/learning/networks/fixtures" / name;
}

/// One of fixtures/make_weights.py, which says what is in it.
class TensorsFile : public testing::TestWithParam<std::string> {};

TEST_P(TensorsFile, GivesEveryElementInItsPlace) {
  const WeightFile file = read_weight_file(fixture(GetParam()));
  ASSERT_EQ(file.groups.size(), 1U);
  EXPECT_EQ(file.groups[0].key, "");
  const auto& tensors = file.groups[0].tensors;
  EXPECT_EQ(tensors.size(), 11U);
  for (const std::string name : {"fp32", "fp16", "bf16", "fp64", "parameter"}) {
    EXPECT_EQ(tensors.at(name).shape(), (Shape{2, 3})) << name;
    EXPECT_THAT(tensors.at(name).values(), ElementsAre(0, 1, 2, 3, 4, 5)) << name;
  }
  EXPECT_EQ(tensors.at("transposed").shape(), (Shape{2, 3}));
  EXPECT_THAT(tensors.at("transposed").values(), ElementsAre(0, 2, 4, 1, 3, 5));
  EXPECT_THAT(tensors.at("every_other").values(), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(tensors.at("shared").values(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(tensors.at("expanded").values(), ElementsAre(5, 5, 5, 5, 5, 5));
  EXPECT_EQ(tensors.at("empty").shape(), (Shape{0, 3}));
  EXPECT_TRUE(tensors.at("empty").values().empty());
  EXPECT_EQ(tensors.at("int64").shape(), Shape{});
  EXPECT_FALSE(tensors.at("int64").is_floating_point());
  EXPECT_THROW(tensors.at("int64").values(), DataError);
}

std::string test_name(const testing::TestParamInfo<std::string>& tested) {
  std::string name = fs::path(tested.param).stem();
  std::erase(name, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Weights, TensorsFile,
                         testing::Values("tensors_zip_torch113.pth", "tensors_zip_torch215.pth",
                                         "tensors_legacy_torch113.pth",
                                         "tensors_legacy_torch215.pth", "tensors_cuda_torch113.pth",
                                         "tensors_cuda_torch215.pth",
                                         "tensors_protocol4_torch113.pth",
                                         "tensors_protocol4_torch215.pth", "tensors.safetensors"),
                         test_name);

class CheckpointFixture : public testing::TestWithParam<std::string> {};

TEST_P(CheckpointFixture, HasItsWeightsBesideWhatIsKnownByNameOnly) {
  const WeightFile file = read_weight_file(fixture(GetParam()));
  ASSERT_EQ(file.groups.size(), 1U);
  EXPECT_EQ(file.groups[0].key, "state_dict");
  EXPECT_EQ(file.groups[0].tensors.size(), 7U);
  EXPECT_EQ(file.groups[0].tensors.at("0.weight").shape(), (Shape{2, 3}));
  EXPECT_TRUE(file.groups[0].objects.empty());
  EXPECT_EQ(file.texts.at("arch"), "cifar_resnet20");
  EXPECT_EQ(file.objects.at("args"), "argparse.Namespace");
  EXPECT_THAT(file.objects.at("best"), HasSubstr("multiarray.scalar"));
}
INSTANTIATE_TEST_SUITE_P(Weights, CheckpointFixture,
                         testing::Values("checkpoint_zip_torch113.pth",
                                         "checkpoint_zip_torch215.pth",
                                         "checkpoint_legacy_torch113.pth",
                                         "checkpoint_legacy_torch215.pth"),
                         test_name);

TEST(WeightFile, KnowsTheClassOfAWholeModuleAndOfTensorsThatItDoesNotRead) {
  EXPECT_EQ(read_weight_file(fixture("module_zip_torch215.pth")).objects.at(""),
            "torch.nn.modules.container.Sequential");
  const WeightFile file = read_weight_file(fixture("float8_torch215.pth"));
  EXPECT_TRUE(file.groups.at(0).tensors.contains("v"));
  EXPECT_THAT(file.groups.at(0).objects.at("w"), HasSubstr("torch."));
}

std::string failure(const fs::path& file) {
  try {
    read_weight_file(file);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no failure";
}

TEST(WeightFile, OfAnotherKindSaysWhichAndWhatToDo) {
  EXPECT_THAT(failure(fs::path(CERTIFY_SOURCE_DIR) / "models/weights/shapes_cnn_sigma0.25.pt"),
              AllOf(HasSubstr("shapes_cnn_sigma0.25.pt: a network that torch.jit.save() wrote"),
                    HasSubstr("give it to --model")));
  const TemporaryFolder folder;
  EXPECT_THAT(failure(folder.write("w.pt2", ZipWriter().add("w/models/model.json", "{}").bytes())),
              AllOf(HasSubstr("torch.export.save() (.pt2)"), HasSubstr("model.state_dict()")));
  EXPECT_THAT(failure(folder.write("w.pth", "<!DOCTYPE html><title>Sign in</title>")),
              HasSubstr("w.pth: a web page"));
  EXPECT_THAT(failure(folder.write("w.pth", "version https://git-lfs.github.com/spec/v1\noid x\n")),
              HasSubstr("`git lfs pull` brings the file"));
  EXPECT_THAT(failure(folder.write("w.json", R"({"metadata": {}, "weight_map": {"w": "a"}})")),
              HasSubstr("safetensors.torch.save_file()"));
  EXPECT_THAT(failure(folder.write("w.pth", "")), HasSubstr("w.pth: empty; copy or download"));
  EXPECT_THAT(failure(folder / "missing.pth"), HasSubstr("missing.pth: no such file"));
}

TEST(WeightFile, ThatIsCutShortIsRefused) {
  for (const std::string name :
       {"checkpoint_zip_torch215.pth", "checkpoint_legacy_torch113.pth", "tensors.safetensors"}) {
    const std::string whole = read_file(fixture(name));
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 200) {
      ASSERT_THROW(read_weights(std::string_view(whole).substr(0, size)), DataError)
          << name << " " << size;
    }
  }
}

TEST(WeightFile, OfABigEndianMachineIsRefused) {
  const TemporaryFolder folder;
  std::string legacy = read_file(fixture("checkpoint_legacy_torch113.pth"));
  const auto at = legacy.find("little_endian");
  legacy[legacy.find('\x88', at)] = '\x89';
  EXPECT_THAT(failure(folder.write("w", legacy)), HasSubstr("written on a big-endian machine"));
  const std::string zip =
      ZipWriter().add("w/data.pkl", "\x80\2}.").add("w/byteorder", "big").bytes();
  EXPECT_THAT(failure(folder.write("w", zip)), HasSubstr("written on a big-endian machine"));
}

/// In the way of a fuzzer, the same each time: one byte, or a stretch, of a good file is another.
/// Either it is refused, or every element can still be read; the sanitizers watch.
TEST(WeightFile, NeverReadsOutOfADamagedFile) {
  std::uint32_t state = 1;
  const auto random = [&] {
    state = state * 1664525 + 1013904223;
    return state >> 8;
  };
  for (const std::string name :
       {"tensors_zip_torch113.pth", "tensors_legacy_torch215.pth", "tensors_protocol4_torch215.pth",
        "checkpoint_legacy_torch113.pth", "tensors.safetensors"}) {
    std::string whole = read_file(fixture(name));
    int refused = 0;
    for (int i = 0; i < 1500; ++i) {
      std::string damaged = whole;
      for (std::uint32_t n = 1 + random() % 3; n > 0; --n) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      if (i % 5 == 0) damaged.erase(random() % damaged.size(), random() % 16);
      if (i % 7 == 0) damaged.insert(random() % damaged.size(), damaged.substr(random() % 64, 16));
      try {
        const WeightFile file = read_weights(damaged);
        for (const auto& [key, tensor] :
             file.groups.empty() ? std::map<std::string, StoredTensor>{} : file.groups[0].tensors) {
          if (tensor.is_floating_point() && tensor.count() < 100) tensor.values();
        }
      } catch (const DataError&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 100) << name;
  }
}

}  // namespace
}  // namespace certify
