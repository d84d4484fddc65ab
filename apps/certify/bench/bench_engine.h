#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "apps/certify/bench/bench_report.h"
#include "core/base/image.h"
#include "models/network_options.h"
#include "models/normalization.h"

namespace certify {

struct EngineSetting {
  std::filesystem::path model;
  Normalization normalization;
  NetworkOptions network;
  Image image;
  double sigma = 0.25;
  int workers = 1;         ///< on the CPU; a GPU has one
  std::int64_t batch = 0;  ///< 0: what a run would take
};

/// The engine itself, through its Sampler: on the CPU by workers, on a GPU with and without its
/// graph and packing; at large n, and at n0 = 100 and n = 1000 (keys `engine`, `engine-small-n`).
std::vector<Contestant> engine_contestants(const EngineSetting& setting);

}  // namespace certify
