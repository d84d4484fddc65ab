#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/base/unpack.h"
#include "core/report/logs/cohen_log.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // of an unpacked log: ten million images

/// "runs/shapes-s0.25/" -> "shapes-s0.25", "logs/sigma_0.25.tsv.gz" -> "sigma_0.25".
std::string display_name(const fs::path& path) {
  std::error_code no_working_folder;  // then the path as it was typed has to do
  fs::path normal = fs::absolute(path, no_working_folder);
  normal = (no_working_folder ? path : normal).lexically_normal();
  fs::path last = (normal.has_filename() ? normal : normal.parent_path()).filename();
  if (last.extension() == ".gz") last = last.stem();
  const bool is_table = last.extension() == ".tsv" || last.extension() == ".txt";
  return (is_table ? last.stem() : last).string();
}

/// The text of a log, unpacked if it is gzip, whatever its name.
std::string read_log(const fs::path& file) {
  std::string content = read_file(file);
  if (!is_gzip(content)) return content;
  try {
    return unpack_gzip(content, kMostBytes);
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
}

/// The file of a run that has this column.
fs::path log_of_run(const fs::path& run, const std::string& radius_column) {
  std::error_code unreadable;  // is told by read_file, with the reason
  const bool other_norm = radius_column.starts_with("radius_") && radius_column != "radius_full" &&
                          radius_column != "radius_mahalanobis";
  if (other_norm && fs::exists(run / kRadiiFile, unreadable)) return run / kRadiiFile;
  if (!fs::exists(run / kCertificatesFile, unreadable) &&
      fs::exists(run / kPredictionsFile, unreadable)) {
    throw DataError("{}: a run of predict, which has no radii", run.string());
  }
  if (fs::exists(run / kRecertifyFile, unreadable)) {
    throw DataError(
        "{}: a folder of certify recertify; name the file of one method in it, "
        "certificates-METHOD.tsv",
        run.string());
  }
  return run / kCertificatesFile;
}

}  // namespace

RadiusLog read_cohen_log(const fs::path& file_or_run, const std::string& radius_column) {
  std::error_code unreadable;  // is told by read_file, with the reason
  const bool is_run = fs::is_directory(file_or_run, unreadable);
  const fs::path file = is_run ? log_of_run(file_or_run, radius_column) : file_or_run;
  RadiusLog log = parse_cohen_log(read_log(file), file.string(), radius_column);
  log.name = display_name(file_or_run);
  return log;
}

std::vector<std::pair<std::string, RadiusLog>> read_named_radii(const fs::path& file) {
  constexpr std::string_view kPrefix = "radius_";
  const std::string content = read_file(file);
  std::vector<std::pair<std::string, RadiusLog>> radii;
  std::string_view header = std::string_view(content).substr(0, content.find('\n'));
  if (header.ends_with('\r')) header.remove_suffix(1);
  for (const std::string_view field : split(header, '\t')) {
    if (!field.starts_with(kPrefix)) continue;
    const std::string column(field);
    radii.emplace_back(column.substr(kPrefix.size()),
                       parse_cohen_log(content, file.string(), column));
  }
  return radii;
}

}  // namespace certify
