// The backend on a real GPU. Skipped, with the reason, where there is none.

#include "models/cuda/cuda_backend.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/base/errors.h"
#include "core/noise/gaussian.h"
#include "core/sampling/cuda/number.h"
#include "tests/models/torchscript_files.h"
#include "tests/sampling/elementwise_kernels.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr ImageShape kShape{3, 32, 32};

/// Logits are ten pixels, so votes can be told to the last bit without the network.
constexpr const char* kPixels = "return x.flatten(1)[:, :10]";

class CudaBackendTest : public testing::Test {
 protected:
  /// LibTorch reads it once, at the first matrix product of the process; a deterministic test may
  /// come after one that is not.
  static void SetUpTestSuite() { ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0); }
  void SetUp() override {
    if (const std::string why = no_gpu(); !why.empty()) GTEST_SKIP() << why;
  }
  std::unique_ptr<Network> load(const std::string& body, NetworkOptions options = {}) {
    write_torchscript(file_, body);
    return load_file(options);
  }
  std::unique_ptr<Network> load_residual(NetworkOptions options = {}) {
    write_residual_torchscript(file_);
    return load_file(options);
  }
  std::unique_ptr<Network> load_file(NetworkOptions options) {
    if (options.device == "cpu") options.device = "cuda:0";
    return open_network(file_, kShape, {}, options);
  }
  std::unique_ptr<Backend> backend(const Network& classifier, std::int64_t batch,
                                   bool graph = true) {
    return make_cuda_backend(
        classifier, plan_,
        {.batch = batch, .graph = graph, .warn = [this](const auto& what) { warnings_ += what; }});
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "model.pt";
  SamplingPlan plan_{.n0 = 10, .n = 100, .noise = gaussian_noise(0.25), .seed = 99};
  std::string warnings_;
};

std::vector<float> image_of(std::uint32_t index) {
  std::vector<float> pixels(static_cast<std::size_t>(kShape.size()));
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<float>((i * (index + 3)) % 256) / 255.0f;
  }
  return pixels;
}

/// What the host makes of a run's rows for the network kPixels, whose input is rounded to T.
template <class T>
std::vector<int> host_votes(const RowRun& run, const SamplingPlan& plan) {
  std::vector<int> votes;
  const NoiseGenerator noise(plan.noise);
  std::vector<float> noisy(run.pixels->size());
  for (std::int32_t i = 0; i < run.rows; ++i) {
    noise.add(run.pixels->data(), noisy.data(), kShape.size(), {plan.seed, run.image, run.phase},
              run.first_sample + static_cast<std::uint32_t>(i));
    float logits[10];
    for (std::size_t k = 0; k < 10; ++k) {
      T rounded;
      from_float(noisy[3 * k], rounded);  // HWC: the first row of the first channel
      logits[k] = to_float(rounded);
    }
    votes.push_back(static_cast<int>(std::max_element(logits, logits + 10) - logits));
  }
  return votes;
}

template <class T>
ClassCounts host_counts(const RowRun& run, const SamplingPlan& plan) {
  ClassCounts counts{std::vector<std::int64_t>(10), 0};
  for (const int vote : host_votes<T>(run, plan)) ++counts.votes[static_cast<std::size_t>(vote)];
  return counts;
}

/// Batches of 64 rows or fewer that mix images, phases and places.
std::vector<RowBatch> packed(const std::vector<std::vector<float>>& images) {
  std::vector<RowBatch> batches;
  std::uint32_t sample = 0;
  for (std::uint32_t b = 0; b < 20; ++b) {
    RowBatch batch;
    for (std::int32_t left = 64 - static_cast<std::int32_t>(b % 5); left > 0;) {
      const auto image = (b + static_cast<std::uint32_t>(batch.runs.size())) % images.size();
      const std::int32_t rows = std::min<std::int32_t>(left, 1 + static_cast<int>(sample % 23));
      batch.runs.push_back({static_cast<std::uint32_t>(image), &images[image],
                            sample % 2 == 0 ? Phase::kSelection : Phase::kEstimation, sample,
                            rows});
      sample += static_cast<std::uint32_t>(rows);
      left -= rows;
    }
    batches.push_back(batch);
  }
  return batches;
}

/// All results in order, with as many batches on the way as the backend takes.
std::vector<ClassCounts> drive(Backend& backend, const std::vector<RowBatch>& batches,
                               std::vector<float>* logits = nullptr) {
  std::vector<ClassCounts> counts;
  const auto collect = [&] {
    const BatchResult result = backend.collect();
    counts.insert(counts.end(), result.counts.begin(), result.counts.end());
    if (logits) logits->insert(logits->end(), result.logits.begin(), result.logits.end());
  };
  std::size_t collected = 0;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    backend.submit(batches[b]);
    if (b + 1 - collected == static_cast<std::size_t>(backend.depth())) {
      collect();
      ++collected;
    }
  }
  for (; collected < batches.size(); ++collected) collect();
  return counts;
}

template <class T>
void expect_host_counts(const std::vector<RowBatch>& batches,
                        const std::vector<ClassCounts>& counts, const SamplingPlan& plan) {
  std::size_t i = 0;
  for (const RowBatch& batch : batches) {
    for (const RowRun& run : batch.runs) {
      ASSERT_LT(i, counts.size());
      EXPECT_EQ(counts[i], host_counts<T>(run, plan)) << "run " << i;
      ++i;
    }
  }
  EXPECT_EQ(i, counts.size());
}

std::vector<std::vector<float>> images_of(std::uint32_t count) {
  std::vector<std::vector<float>> images;
  for (std::uint32_t i = 0; i < count; ++i) images.push_back(image_of(i));
  return images;
}

TEST_F(CudaBackendTest, CountsOfPackedBatchesAreThoseOfTheHostInEveryPrecision) {
  const auto images = images_of(7);
  const auto batches = packed(images);
  const auto counts = [&](Precision precision) {
    const auto network = load(kPixels, {.precision = precision});
    return drive(*backend(*network, 64), batches);
  };
  expect_host_counts<float>(batches, counts(Precision::kFp32), plan_);
  expect_host_counts<float>(batches, counts(Precision::kTf32), plan_);
  expect_host_counts<Half>(batches, counts(Precision::kFp16), plan_);
  expect_host_counts<Bfloat16>(batches, counts(Precision::kBf16), plan_);
  EXPECT_EQ(warnings_, "") << "captured";
}

TEST_F(CudaBackendTest, CountsDoNotDependOnTheBatchTheyArePaddedTo) {
  const auto images = images_of(7);
  const auto batches = packed(images);
  const auto network = load(kPixels);
  expect_host_counts<float>(batches, drive(*backend(*network, 200), batches), plan_);
}

TEST_F(CudaBackendTest, ImagesThatMadeRoomForOthersAreUploadedAgain) {
  const auto images = images_of(50);
  std::vector<RowBatch> batches;
  for (std::uint32_t b = 0; b < 100; ++b) {
    RowBatch batch;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint32_t image = (b * 7 + i * i * 3) % 50;
      batch.runs.push_back({image, &images[image], Phase::kEstimation, b, 1});
    }
    batches.push_back(batch);
  }
  const auto network = load(kPixels);
  expect_host_counts<float>(batches, drive(*backend(*network, 4), batches), plan_);
}

TEST_F(CudaBackendTest, AGraphGivesTheBitsOfKernelsQueuedOneByOne) {
  plan_.scores.keep = ScoreKeeping::kMatrix;
  const auto images = images_of(7);
  const auto batches = packed(images);
  for (const auto precision : {Precision::kFp32, Precision::kFp16}) {
    const auto network = load_residual({.precision = precision, .deterministic = true});
    std::vector<float> with, without;
    EXPECT_EQ(drive(*backend(*network, 64, true), batches, &with),
              drive(*backend(*network, 64, false), batches, &without));
    EXPECT_EQ(with, without);
    EXPECT_EQ(warnings_, "") << "captured";
  }
}

TEST_F(CudaBackendTest, BringsLogitsHomeWhereScoresAreKept) {
  plan_.scores.keep = ScoreKeeping::kMatrix;
  const auto x = image_of(5);
  const auto network = load(kPixels, {.precision = Precision::kFp16});
  std::vector<float> logits, noisy(x.size());
  const NoiseGenerator noise(plan_.noise);
  drive(*backend(*network, 64), {{{{5, &x, Phase::kEstimation, 40, 3}}}}, &logits);
  ASSERT_EQ(logits.size(), 30u) << "of the rows that were asked for, not of the padding";
  for (std::uint32_t r = 0; r < 3; ++r) {
    noise.add(x.data(), noisy.data(), kShape.size(), {99, 5, Phase::kEstimation}, 40 + r);
    for (std::size_t k = 0; k < 10; ++k) {
      Half half;
      from_float(noisy[3 * k], half);
      EXPECT_EQ(logits[10 * r + k], to_float(half));
    }
  }
}

TEST_F(CudaBackendTest, AveragesOfTheNoiseHaveTheBitsOfTheHost) {
  const GradientPlan gradient;
  plan_.gradient = &gradient;
  const auto images = images_of(7);
  auto batches = packed(images);
  for (std::size_t b = 0; b < batches.size(); ++b) {
    for (std::size_t r = 0; r < batches[b].runs.size(); ++r) {
      batches[b].runs[r].tested = static_cast<int>((b + r) % 4) - 1;
    }
  }
  const auto network = load(kPixels);
  const auto gpu = backend(*network, 64);
  const NoiseGenerator unit(gaussian_noise(1));
  for (const RowBatch& batch : batches) {
    std::vector<GradientSum> expected;
    for (const RowRun& run : batch.runs) {
      if (run.tested < 0) continue;
      expected.emplace_back(kShape.size())
          .add(unit, {plan_.seed, run.image, run.phase}, run.first_sample,
               host_votes<float>(run, plan_), run.tested);
    }
    gpu->submit(batch);
    EXPECT_EQ(gpu->collect().gradients, expected);
  }
}

TEST_F(CudaBackendTest, RowsWithoutFiniteLogitsVoteForNobody) {
  const auto x = image_of(1);
  const auto network =
      load("return torch.where(x.flatten(1)[:, :1] > 0.5, x.flatten(1)[:, :10], float('nan'))");
  const auto counts = drive(*backend(*network, 512), {{{{1, &x, Phase::kEstimation, 0, 512}}}});
  EXPECT_GT(counts.at(0).invalid, 0);
  EXPECT_EQ(counts.at(0).total(), 512);
}

TEST_F(CudaBackendTest, Fp16ThatOverflowsVotesForNobody) {
  const auto x = image_of(1);
  const auto network = load("return x.flatten(1)[:, :10] * 1e6", {.precision = Precision::kFp16});
  const auto counts = drive(*backend(*network, 8), {{{{1, &x, Phase::kEstimation, 0, 8}}}});
  EXPECT_EQ(counts.at(0).invalid, 8);
}

/// Logits of one image, by the network alone.
std::vector<float> logits_of(const Network& classifier) {
  const auto x = image_of(3);
  std::vector<float> out(static_cast<std::size_t>(classifier.num_classes()));
  classifier.logits(x.data(), 1, out.data());
  return out;
}

void expect_close(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  float scale = 0;
  for (const float v : a) scale = std::max(scale, std::abs(v));
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], tolerance * scale) << k;
}

TEST_F(CudaBackendTest, EveryPrecisionAgreesWithTheCpuAsFarAsItReaches) {
  write_residual_torchscript(file_);
  const auto host = logits_of(*open_network(file_, kShape, {}, {}));
  const auto gpu = [&](Precision p) { return logits_of(*load_residual({.precision = p})); };
  expect_close(host, gpu(Precision::kFp32), 1e-4f);
  expect_close(host, gpu(Precision::kTf32), 1e-2f);
  expect_close(host, gpu(Precision::kFp16), 1e-2f);
  expect_close(host, gpu(Precision::kBf16), 5e-2f);
}

TEST_F(CudaBackendTest, FusedConvolutionsAgreeWithSeparateOnes) {
  for (const auto precision : {Precision::kFp16, Precision::kFp32}) {
    const auto plain = load_residual({.precision = precision});
    std::unique_ptr<Network> fused;
    try {
      fused = load_residual({.precision = precision, .fuse = true});
    } catch (const DataError& error) {
      // cuDNN may have no fused kernel in single precision without TF32; tuning then takes none.
      ASSERT_EQ(precision, Precision::kFp32) << error.what();
      RecordProperty("fp32", error.what());
      continue;
    }
    EXPECT_EQ(fused->fused_convolutions(), 1) << "of two, one of which has three channels";
    expect_close(logits_of(*plain), logits_of(*fused),
                 precision == Precision::kFp32 ? 1e-4f : 2e-2f);
    const auto images = images_of(2);
    drive(*backend(*fused, 64), packed(images));
    EXPECT_EQ(warnings_, "") << "captured";
  }
}

/// Leaves NaN in the memory that new tensors of up to `bytes` will be given.
void poison_memory(std::int64_t bytes) {
  release_cuda_memory();
  const auto options = at::TensorOptions().device(at::kCUDA).dtype(at::kFloat);
  std::vector<at::Tensor> poison;
  for (std::int64_t size = 1 << 9; size <= bytes; size *= 2) {
    for (int i = 0; i < 8; ++i) {
      poison.push_back(at::full({size / 4}, std::nanf(""), options));
    }
  }
}

TEST_F(CudaBackendTest, FusedConvolutionsReadNoMemoryThatNobodyWrote) {
  // LibTorch gives cuDNN the new output as the tensor to add where there is none, with factor 0:
  // NaN times 0 is NaN.
  const auto fused = load_residual({.precision = Precision::kFp16, .fuse = true});
  const std::vector<float> expected = logits_of(*fused);
  for (int i = 0; i < 5; ++i) {
    poison_memory(1 << 24);
    const std::vector<float> found = logits_of(*fused);
    for (const float logit : found) ASSERT_TRUE(std::isfinite(logit));
    expect_close(expected, found, 1e-2f);
  }
}

TEST_F(CudaBackendTest, ANetworkThatCannotBeCapturedRunsKernelByKernel) {
  const auto images = images_of(3);
  const auto batches = packed(images);
  const auto network = load(
      "s = float(x.sum().item())\n"  // waits for the GPU, which a graph cannot
      "    return x.flatten(1)[:, :10] + min(max(s, 0.0), 0.0)");
  const auto counts = drive(*backend(*network, 64), batches);
  EXPECT_THAT(warnings_, HasSubstr("no CUDA graph"));
  expect_host_counts<float>(batches, counts, plan_);
}

TEST_F(CudaBackendTest, AFailedCaptureLeavesNothingBehind) {
  const auto held = [] {
    release_cuda_memory();
    return c10::cuda::CUDACachingAllocator::getDeviceStats(0).reserved_bytes[0].current;
  };
  const auto images = images_of(3);
  const auto batches = packed(images);
  const auto good = load(kPixels);
  drive(*backend(*good, 64), batches);
  const auto before = held();
  {
    const auto bad =
        load("return x.flatten(1)[:, :10] + min(max(float(x.sum().item()), 0.0), 0.0)");
    backend(*bad, 64);
    EXPECT_THAT(warnings_, HasSubstr("no CUDA graph"));
  }
  EXPECT_LE(held(), before) << "memory of the broken recording";
  const auto options = at::TensorOptions().device(at::kCUDA);
  EXPECT_EQ(at::rand({100}, options).lt(1).sum().item<std::int64_t>(), 100) << "the generator";
  warnings_.clear();
  expect_host_counts<float>(batches, drive(*backend(*good, 64), batches), plan_);
  EXPECT_EQ(warnings_, "") << "captured again";
}

TEST_F(CudaBackendTest, ABatchThatDoesNotFitIsHalved) {
  const auto network = load("return torch.relu(x).flatten(1)[:, :10]");
  const double total = [] {
    std::size_t free = 0, all = 0;
    EXPECT_EQ(cudaMemGetInfo(&free, &all), cudaSuccess);
    return static_cast<double>(all);
  }();
  c10::cuda::CUDACachingAllocator::setMemoryFraction(1e9 / total, 0);
  EXPECT_THROW(backend(*network, 65536), OutOfDeviceMemory);
  release_cuda_memory();
  const Tuning tuning =
      tune_on_gpu(*network, [&](const NetworkOptions& o) { return load_file(o); }, {65536});
  EXPECT_GE(tuning.batch, 4096);
  EXPECT_LT(tuning.batch, 65536);
  const auto images = images_of(3);
  const auto batches = packed(images);
  EXPECT_EQ(drive(*backend(*network, 64), batches).size(),
            drive(*backend(*network, 128), batches).size())
      << "the device is as good as new";
  c10::cuda::CUDACachingAllocator::setMemoryFraction(1.0, 0);
}

TEST_F(CudaBackendTest, RefusesNetworksThatAreNoFunctionOfTheImage) {
  EXPECT_THROW(load("return (x - x.mean(0, True))[:, :, 0, 0]"), DataError);
  EXPECT_THROW(load("return x[:, :, 0, 0] + torch.rand([1]).to(x)"), DataError);
}

TEST_F(CudaBackendTest, MovesConstantsOfAnotherDevice) {
  const auto x = image_of(1);
  const auto network = load("return x[:, :, 0, 0] + torch.zeros([1], device=torch.device('cpu'))");
  EXPECT_EQ(drive(*backend(*network, 8), {{{{1, &x, {}, 0, 8}}}}).at(0).total(), 8);
}

}  // namespace
}  // namespace certify
