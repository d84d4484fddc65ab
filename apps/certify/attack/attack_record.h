#pragma once
/// attack.json and attack.tsv of a run, while an attack is under way.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/attack/attack_log.h"
#include "core/base/certificate.h"
#include "core/runs/run_lock.h"

namespace certify {

class AttackRecord {
 public:
  /// Begins an attack, or goes on behind the last row that is whole.
  /// @param settings  all that decides the rows   @param norm  of the radii, as attack_header()
  /// @param certificates  of the run's images, in order
  /// @throws LockedError while another process writes the run; DataError where the rows are of
  /// other settings or certificates; IoError.
  AttackRecord(const std::filesystem::path& run, const nlohmann::ordered_json& settings,
               std::string_view norm, const std::vector<Certificate>& certificates, bool fresh);

  const std::vector<AttackedImage>& images() const { return images_; }
  /// The row survives this process from now on. @throws IoError.
  void append(const AttackedImage& image);
  /// All rows, durably. @throws IoError.
  void close();

 private:
  std::filesystem::path file_;
  std::string header_;
  RunLock lock_;
  std::vector<AttackedImage> images_;
  std::ofstream out_;
};

}  // namespace certify
