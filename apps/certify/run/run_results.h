#pragma once
/// What a run's samples come to: rows, curve, report. All of it can be made again from the samples.

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "core/base/certificate.h"
#include "core/plan/certifier.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/run_description.h"
#include "core/runs/manifest.h"

namespace certify {

/// Certifies each image of a run once and keeps its certificate, not its samples.
class RunResults {
 public:
  /// @param map  of sigma, where the settings name one; must outlive this
  RunResults(const RunSettings& settings, const SigmaMap* map);

  /// Certifies the next image, in the order of the run. After begin_rows() its row is in the file
  /// when this returns. @return valid until the next call
  /// @throws IoError; what the method throws.
  const Certificate& add(const ImageSamples& samples);

  /// Begins certificates.tsv (predictions.tsv for PREDICT) with the rows of the images so far.
  /// What add() appends is there to be watched, and not durable.
  /// @throws IoError; the file is then what it was.
  void begin_rows(const std::filesystem::path& run);

  /// Of a run that is complete: writes its other radii, its curve and its report, prints the table
  /// of certified accuracy and where the files are, and logs what to warn of.
  /// @pre begin_rows()   @throws IoError, DataError.
  /// @param chance_was_said  while it ran: that answers are right as often as by chance
  void finish(const Manifest& manifest, std::ostream& out, spdlog::logger& log,
              bool chance_was_said = false) const;

 private:
  std::string row(const Certificate& certificate) const;

  Certifier certify_;
  RowColumns columns_;
  bool predicts_;
  std::vector<Certificate> certificates_;
  SampleSummary summary_;
  std::filesystem::path file_;  ///< of the rows
  std::ofstream rows_;
};

}  // namespace certify
