#include "apps/certify/attack/attack_record.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void require_same_settings(const fs::path& file, const Json& now) {
  Json there;
  try {
    there = Json::parse(read_file(file));
  } catch (const nlohmann::json::exception&) {
    throw DataError(fmt::format("{}: no settings of an attack", file.string()));
  }
  std::string differing;
  for (const auto& [key, value] : now.items()) {
    const Json before = there.is_object() ? there.value(key, Json()) : Json();
    if (before != value) {
      differing += fmt::format("\n  {}: {} there, {} now", key, before.dump(), value.dump());
    }
  }
  if (differing.empty()) return;
  throw DataError(
      fmt::format("{} is of another attack (--fresh starts over):{}", file.string(), differing));
}

void require_same_images(const fs::path& file, const std::vector<AttackedImage>& rows,
                         const std::vector<Certificate>& certificates) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AttackedImage& row = rows[i];
    if (i < certificates.size() && row.index == certificates[i].index &&
        row.label == certificates[i].label && row.predicted == certificates[i].predicted &&
        row.radius == certificates[i].radius) {
      continue;
    }
    throw DataError(
        fmt::format("{}:{}: image {} is not certified like this in the run "
                    "(--fresh starts over)",
                    file.string(), i + 2, row.index));
  }
}

}  // namespace

AttackRecord::AttackRecord(const fs::path& run, const Json& settings,
                           const std::vector<Certificate>& certificates, bool fresh)
    : file_(run / kAttackFile), lock_(run) {
  const fs::path settings_file = run / kAttackSettingsFile;
  std::string rows;
  if (!fresh && fs::exists(settings_file)) {
    require_same_settings(settings_file, settings);
    if (fs::exists(file_)) {
      const std::string content = read_file(file_);
      AttackLog log = parse_attack_log(content, file_.string());
      require_same_images(file_, log.images, certificates);
      images_ = std::move(log.images);
      rows = content.substr(0, log.bytes);
    }
  }
  replace_file(file_, rows.empty() ? attack_header() : rows);
  replace_file(settings_file, settings.dump(2) + "\n");
  out_.open(file_, std::ios::app | std::ios::binary);
  if (!out_) throw IoError(fmt::format("{}: {}", file_.string(), std::strerror(errno)));
}

void AttackRecord::append(const AttackedImage& image) {
  out_ << attack_row(image) << std::flush;
  if (!out_) {
    throw IoError(fmt::format("{}: cannot write: {}", file_.string(), std::strerror(errno)));
  }
  images_.push_back(image);
}

void AttackRecord::close() {
  std::string rows = attack_header();
  for (const AttackedImage& image : images_) rows += attack_row(image);
  replace_file(file_, rows);
}

}  // namespace certify
