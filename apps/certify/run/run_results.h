#pragma once
/// What a run's samples come to: rows, curve, report. All of it can be made again from the samples.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <string>

#include <spdlog/logger.h>

#include "core/base/certificate.h"
#include "core/runs/settings.h"

namespace certify {

/// Appends rows to certificates.tsv (predictions.tsv for PREDICT) while a run is under way, for
/// whoever watches. Starts with the rows of the samples that are stored already. Not durable, need
/// not be.
class RowWriter {
 public:
  /// @throws IoError.
  RowWriter(const std::filesystem::path& run, const RunSettings& settings);
  void append(const Certificate& certificate);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  bool predicts_;
};

/// Writes rows, curve and report of a finished run from its samples, prints the certified-accuracy
/// table and where the report is, and warns when the accuracy looks like chance.
/// @throws IoError, DataError.
void write_results(const std::filesystem::path& run, std::ostream& out, spdlog::logger& log);

}  // namespace certify
