#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/certify/bench/machine.h"
#include "core/base/image.h"
#include "core/base/normalization.h"
#include "core/noise/families.h"
#include "models/libtorch_settings.h"

namespace certify {

struct EngineSetting {
  std::filesystem::path model;
  /// The same network in other files: each gets a row, and the model one without what is folded and
  /// made faster here.
  std::vector<std::filesystem::path> beside{};
  Normalization normalization;
  NetworkOptions network;
  Image image;
  Noise noise{};
  int workers = 1;         ///< on the CPU; a GPU has one
  std::int64_t batch = 0;  ///< 0: what a run would take
};

/// One row of the table: a way to run the engine, and its measurements round by round.
struct BenchRow {
  std::string key, what;
  std::int64_t batch = 0;
  int threads = 1;
  std::function<Measurement(double seconds)> measure;  ///< at least one batch
  std::vector<Measurement> rounds = {};
};

/// The engine through its Sampler: on the CPU by workers, on a GPU with and without its graph and
/// packing; at large n, and at n0 = 100 and n = 1000 (keys `engine`, `engine-small-n`). Then a row
/// for each of the files beside it, named like the file.
/// @throws DataError when the network cannot be loaded
std::vector<BenchRow> engine_rows(const EngineSetting& setting);

}  // namespace certify
