#include "models/network_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/errors.h"
#include "models/device_network.h"
#include "models/network.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr ImageShape kShape{3, 4, 5};

/// A network of no file, in double precision: logits are the first two pixels of the first channel.
class TwoPixels final : public DeviceNetwork {
 public:
  TwoPixels() : DeviceNetwork(at::kCPU, at::kDouble) {}
  at::Tensor forward(const at::Tensor& input) const override {
    EXPECT_EQ(input.scalar_type(), at::kDouble);
    EXPECT_TRUE(input.is_contiguous(at::MemoryFormat::ChannelsLast));
    return input.select(1, 0).select(1, 0).narrow(1, 0, 2);
  }
};

TEST(NetworkFormats, AFileIsOpenedByItsContentWhateverItsName) {
  const TemporaryFolder folder;
  write_torchscript(folder / "model.onnx", "return x.flatten(1)[:, :2]");
  EXPECT_STREQ(format_of(folder / "model.onnx").name, "TorchScript");
  EXPECT_EQ(open_network(folder / "model.onnx", kShape, {}, {})->num_classes(), 2);
}

TEST(NetworkFormats, AFileOfNoneIsNamedWithTheFormatsThereAre) {
  const TemporaryFolder folder;
  for (const char* content : {"", "PK", "not a model"}) {
    folder.write("model.pt", content);
    EXPECT_THAT([&] { format_of(folder / "model.pt"); },
                ThrowsMessage<DataError>(HasSubstr("model.pt: not a TorchScript model")));
  }
}

TEST(NetworkFormats, WhatAFormatCannotDoIsSaid) {
  const NetworkFormat format{
      "stone", [](const std::filesystem::path&) { return true; },
      [](const std::filesystem::path&, const NetworkOptions&) -> std::unique_ptr<DeviceNetwork> {
        throw std::runtime_error("it is broken");
      },
      nullptr};
  EXPECT_THAT(
      [&] { open(format, "a.bin", {}); },
      ThrowsMessage<DataError>("a.bin: not a stone model that can be loaded: it is broken"));
  EXPECT_THAT([&] { open_differentiable(format, "a.bin", "cpu"); },
              ThrowsMessage<DataError>("a.bin: a stone model has no gradient by its input"));
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
