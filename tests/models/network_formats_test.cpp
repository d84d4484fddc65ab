#include "models/network_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <stdexcept>

#include "core/base/errors.h"
#include "models/device_network.h"
#include "models/network.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr ImageShape kShape{3, 4, 5};

/// A network of no file, in double precision: logits are the first two pixels of the first channel.
class TwoPixels final : public DeviceNetwork {
 public:
  TwoPixels() : DeviceNetwork(at::kCPU, at::kDouble) {}

 private:
  c10::IValue answer(const at::Tensor& input) const override {
    EXPECT_EQ(input.scalar_type(), at::kDouble);
    EXPECT_TRUE(input.is_contiguous(at::MemoryFormat::ChannelsLast));
    return input.select(1, 0).select(1, 0).narrow(1, 0, 2);
  }
};

/// Takes from `least` to `most` images; logits are the first two pixels of the first channel.
class Picky final : public DeviceNetwork {
 public:
  explicit Picky(RowLimits limits) : DeviceNetwork(at::kCPU, at::kFloat), limits_(limits) {}
  mutable std::vector<std::int64_t> asked;

 private:
  c10::IValue answer(const at::Tensor& input) const override {
    EXPECT_GE(input.size(0), limits_.least);
    EXPECT_LE(input.size(0), limits_.most);
    EXPECT_TRUE(input.is_contiguous(at::MemoryFormat::ChannelsLast));
    asked.push_back(input.size(0));
    return input.select(1, 0).select(1, 0).narrow(1, 0, 2);
  }
  RowLimits declared_rows() const override { return limits_; }

  RowLimits limits_;
};

TEST(NetworkFormats, AFileIsOpenedByItsContentWhateverItsName) {
  const TemporaryFolder folder;
  write_torchscript(folder / "model.onnx", "return x.flatten(1)[:, :2]");
  EXPECT_STREQ(format_of(folder / "model.onnx").name, "TorchScript");
  EXPECT_EQ(open_network(folder / "model.onnx", kShape, {}, {})->num_classes(), 2);
}

TEST(NetworkFormats, AFileOfNoneIsNamedWithWhatItIsAndWhatToDo) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& content, const std::string& is,
                           const std::string& todo) {
    folder.write("model.pt", content);
    EXPECT_THAT([&] { format_of(folder / "model.pt"); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("model.pt: not a network: it is " + is),
                                               HasSubstr(todo), Not(HasSubstr("\n")))));
  };
  refusal("", "empty", "TorchScript file (.pt)");
  refusal("not a model", "no file of a kind that is known here", "TorchScript file (.pt)");
  refusal("version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS",
          "git lfs pull");
  refusal("<!DOCTYPE html><html>", "a web page", "fetch it again");
  refusal("PK\3\4 and no more", "a zip archive whose end is missing", "fetch it again");
  EXPECT_THAT([&] { format_of(folder.path()); }, ThrowsMessage<DataError>(HasSubstr("a folder")));
}

TEST(NetworkFormats, ACompiledPackageIsNotOpenedUnasked) {
  const TemporaryFolder folder;
  folder.write("net.pt2",
               ZipWriter().add("net/data/aotinductor/model/a.wrapper.cpp", "int x;").bytes());
  const auto file = folder / "net.pt2";
  const NetworkFormat& format = format_of(file);
  EXPECT_STREQ(format.name, "AOTInductor package");
  // LibTorch without a loader says that, and asks for nothing.
  constexpr bool kHasLoader =
      TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6);
  const auto cannot = AllOf(HasSubstr("2.6 and newer have"), Not(HasSubstr("--allow-native-code")));
  const auto asks = AllOf(HasSubstr("compiled code"), HasSubstr("--allow-native-code"));
  const auto says = [](const auto& what) {
    return ThrowsMessage<DataError>(AllOf(HasSubstr("net.pt2: "), what));
  };
  const auto unasked = [&] { open(format, file, {}); };
  const auto asked = [&] { open(format, file, {.allow_native_code = true}); };
  if (kHasLoader) {
    EXPECT_THAT(unasked, says(asks));
    EXPECT_THAT(asked, says(HasSubstr("compile it again")));  // it cannot look at its input
  } else {
    EXPECT_THAT(unasked, says(cannot));
    EXPECT_THAT(asked, says(cannot));
  }
  EXPECT_THAT([&] { open_differentiable(format, folder / "net.pt2", {}); },
              ThrowsMessage<DataError>(HasSubstr("write the network as TorchScript")));
}

TEST(NetworkFormats, BatchesAreCutAndFilledUpToWhatANetworkTakes) {
  for (const RowLimits limits : {RowLimits{4, 4}, RowLimits{2, 5}, RowLimits{1, 3}}) {
    auto picky = std::make_unique<Picky>(limits);
    const Picky& seen = *picky;
    const Network network("picky", kShape, {}, {}, std::move(picky));
    EXPECT_EQ(network.fixed_batch(), limits.is_fixed() ? limits.least : 0);
    for (const std::int64_t rows : {1, 2, 4, 7, 9}) {
      std::vector<float> batch(static_cast<std::size_t>(rows * kShape.size()));
      for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = static_cast<float>(i) / 1024;
      std::vector<float> logits(static_cast<std::size_t>(2 * rows));
      seen.asked.clear();
      network.logits(batch.data(), rows, logits.data());
      EXPECT_EQ(std::ssize(seen.asked), (rows + limits.most - 1) / limits.most);
      for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        EXPECT_EQ(logits[2 * row], batch[60 * row]);
        EXPECT_EQ(logits[2 * row + 1], batch[60 * row + 3]);
      }
    }
  }
}

TEST(NetworkFormats, WhatAFormatCannotDoIsSaid) {
  const NetworkFormat format{
      "stone", FileKind::kUnknown, /*folds=*/false,
      [](const std::filesystem::path&, const NetworkOptions&) -> std::unique_ptr<DeviceNetwork> {
        throw std::runtime_error("it is broken");
      },
      nullptr};
  EXPECT_THAT(
      [&] { open(format, "a.bin", {}); },
      ThrowsMessage<DataError>("a.bin: not a stone model that can be loaded: it is broken"));
  EXPECT_THAT([&] { open_differentiable(format, "a.bin", {}); },
              ThrowsMessage<DataError>("a.bin: no gradient by the input comes out of a file of "
                                       "this format (stone); write the network as TorchScript"));
}

TEST(NetworkFormats, ANetworkRunsInThePrecisionOfItsOwn) {
  const Normalization normalization{{0.5F, 0, 0}, {0.25F, 1, 1}};
  const Network network("pixels", kShape, normalization, {}, std::make_unique<TwoPixels>());
  std::vector<float> batch(static_cast<std::size_t>(3 * kShape.size()));
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = static_cast<float>(i) / 256;
  float logits[6];
  network.logits(batch.data(), 3, logits);
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_EQ(logits[2 * row], (batch[60 * row] - 0.5F) / 0.25F);
    EXPECT_EQ(logits[2 * row + 1], (batch[60 * row + 3] - 0.5F) / 0.25F);
  }
}

}  // namespace
}  // namespace certify
