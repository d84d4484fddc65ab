#include "apps/certify/attack/attack_record.h"

#include "apps/certify/resumable_job.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

void require_same_images(const fs::path& file, const std::vector<AttackedImage>& rows,
                         const std::vector<Certificate>& certificates) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AttackedImage& row = rows[i];
    if (i < certificates.size() && row.index == certificates[i].index &&
        row.label == certificates[i].label && row.predicted == certificates[i].predicted &&
        row.radius == certificates[i].radius) {
      continue;
    }
    throw DataError("{}:{}: image {} is not certified like this in the run (--fresh starts over)",
                    file.string(), i + 2, row.index);
  }
}

}  // namespace

AttackRecord::AttackRecord(const fs::path& run, const nlohmann::ordered_json& settings,
                           std::string_view norm, const std::vector<Certificate>& certificates,
                           bool fresh)
    : file_(run / kAttackFile), header_(attack_header(norm)), lock_(run) {
  const fs::path settings_file = run / kAttackSettingsFile;
  std::string rows;
  if (!fresh && fs::exists(settings_file)) {
    const auto there = nlohmann::ordered_json::parse(read_file(settings_file), nullptr, false);
    if (!there.is_object()) throw DataError("{}: no settings of an attack", settings_file.string());
    require_same_settings(there, settings, settings_file, "attack");
    if (fs::exists(file_)) {
      const std::string content = read_file(file_);
      AttackLog log = parse_attack_log(content, file_.string(), norm);
      require_same_images(file_, log.images, certificates);
      images_ = std::move(log.images);
      rows = content.substr(0, log.bytes);
    }
  }
  for (const char* of_all_rows : {kAttackCurveFile, kAttackSvgFile}) {
    fs::remove(run / of_all_rows);  // what they were drawn of is about to change
  }
  replace_file(file_, rows.empty() ? header_ : rows);
  replace_file(settings_file, settings.dump(2) + "\n");
  out_.open(file_, std::ios::app | std::ios::binary);
  if (!out_) throw_io_error(file_, "open");
}

void AttackRecord::append(const AttackedImage& image) {
  out_ << attack_row(image) << std::flush;
  if (!out_) throw_io_error(file_, "write");
  images_.push_back(image);
}

void AttackRecord::close() {
  std::string rows = header_;
  for (const AttackedImage& image : images_) rows += attack_row(image);
  replace_file(file_, rows);
}

}  // namespace certify
