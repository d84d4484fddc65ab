#pragma once
/// Digits of our own, and a network that looks at ten pixels of them, to learn a map of sigma for.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {

inline constexpr std::size_t kPixels = 28 * 28, kFirst = 300;  ///< the pixel that is the digit 0

inline std::string number(std::size_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 255U);
  return out;
}

/// Sixty "digits": k is a bright pixel at 300 + k.
class LearnSigmaFixture : public testing::Test {
 protected:
  LearnSigmaFixture() {
    constexpr std::size_t kCount = 60;
    std::string images = number(0x803) + number(kCount) + number(28) + number(28);
    std::string labels = number(0x801) + number(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      std::string image(kPixels, '\0');
      image[kFirst + i % 10] = '\xff';
      images += image;
      labels += static_cast<char>(i % 10);
    }
    folder_.write("data/t10k-images-idx3-ubyte", images);
    folder_.write("data/t10k-labels-idx1-ubyte", labels);
    write_torchscript(folder_ / "model.pt", "return x.flatten(1)[:, 300:310] * 12");
  }
  std::vector<std::string> arguments(const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> all{"learn-sigma", "--dataset", "mnist",   "--data-dir", "data",
                                 "--split",     "test",      "--count", "40",         "--model",
                                 "model.pt",    "--init",    "0.4",     "--batch",    "8",
                                 "--samples",   "8",         "--lr",    "0.02",       "--epochs",
                                 "3",           "--out",     out};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  ProcessResult learn(const std::string& out, const std::vector<std::string>& more = {}) {
    return run_certify(arguments(out, more), here());
  }
  CertifyProcess::Options here() const { return {folder_.path(), {}, 0}; }
  std::string read(const std::string& name) const { return read_file(folder_ / name); }

  TemporaryFolder folder_;
};

}  // namespace certify
