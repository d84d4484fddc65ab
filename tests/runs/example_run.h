#pragma once
/// A run small enough to look at, for the tests of this folder.

#include "core/base/samples.h"
#include "core/noise/gaussian.h"
#include "core/runs/manifest.h"

namespace certify {

inline RunSettings example_settings() {
  RunSettings s;
  s.dataset = "shapes";
  s.split = "test";
  s.dataset_sha256 = "abc";
  s.shape = {3, 32, 32};
  s.classes = 3;
  s.skip = 20;
  s.model = "small";
  s.model_sha256 = "def";
  s.sigma = 0.25;
  s.n0 = 10;
  s.n = 100;
  s.seed = 7;
  s.method = "cohen";
  s.alpha = 0.001;
  s.device = "cpu";
  s.batch = 55;
  s.noise = kGaussian.stream;
  s.libtorch = "1.13.0";
  return s;
}

inline Manifest example_manifest(std::int64_t images) {
  Manifest m;
  m.settings = example_settings();
  m.class_names = {"a", "b", "c"};
  m.images = images;
  m.dataset_images = 20 * images;
  m.sessions = {{"2026-11-21T10:00:00Z", "", 0, 0, {{"workers", 2}}}};
  return m;
}

/// Different for every image, with an invalid sample now and then.
inline ImageSamples example_samples(std::int64_t index) {
  ImageSamples s;
  s.index = index;
  s.label = static_cast<int>(index / 20 % 3);
  s.selection = {{10, 0, 0}, 0};
  const std::int64_t bad = index / 20 % 2;
  s.estimation = {{90 - index / 20 % 30, 10 + index / 20 % 30 - bad, 0}, bad};
  s.seconds = 0.5;
  return s;
}

inline std::vector<std::int64_t> example_indices(std::int64_t images) {
  std::vector<std::int64_t> indices;
  for (std::int64_t p = 0; p < images; ++p) indices.push_back(20 * p);
  return indices;
}

}  // namespace certify
