#include "core/verify/verify.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecertifyFile = "recertify.json";

ClassFrom class_from(Selection selection) {
  if (selection == Selection::kSame) return ClassFrom::kSameSamples;
  return selection == Selection::kLabel ? ClassFrom::kLabel : ClassFrom::kSeparateSamples;
}

std::string at(const fs::path& file, const StatedRow& row) {
  return fmt::format("{}:{}", file.string(), row.line);
}

void add(VerifyReport& report, const fs::path& file, const StatedRow& row,
         const std::string& what) {
  report.findings.push_back({at(file, row), fmt::format("image {}: {}", row.index, what)});
}

void check_alone(VerifyReport& report, const fs::path& file, const StatedRow& row, ClassFrom from) {
  ++report.rows;
  report.methods.insert(row.method);
  if (checkable(row.method) == Checkable::kRadiusOnly) ++report.radius_only;
  for (const std::string& finding : check_row(row, from)) add(report, file, row, finding);
}

/// The class with most votes, the lowest on a tie; -1 without votes.
int most_voted(const std::vector<std::int64_t>& votes) {
  const auto most = std::max_element(votes.begin(), votes.end());
  return most == votes.end() || *most == 0 ? -1 : static_cast<int>(most - votes.begin());
}

int class_under_test(const ImageSamples& samples, ClassFrom from, std::string_view method) {
  if (method == "predict" || from == ClassFrom::kSameSamples) {
    return most_voted(samples.estimation.votes);
  }
  return from == ClassFrom::kLabel ? samples.label : most_voted(samples.selection.votes);
}

std::int64_t most_votes_but_for(const ClassCounts& counts, int tested) {
  std::int64_t most = counts.invalid;
  for (std::size_t c = 0; c < counts.votes.size(); ++c) {
    if (static_cast<int>(c) != tested) most = std::max(most, counts.votes[c]);
  }
  return most;
}

/// A run's rows beside its records.
class RunCheck {
 public:
  RunCheck(fs::path file, const Manifest& manifest, std::vector<StatedRow> rows)
      : file_(std::move(file)),
        settings_(manifest.settings),
        from_(class_from(manifest.settings.select)),
        rows_(std::move(rows)) {}

  void check(const ImageSamples& samples) {
    const auto position = static_cast<std::size_t>(records_++);
    if (position >= rows_.size()) return;
    const StatedRow& row = rows_[position];
    check_alone(report_, file_, row, from_);
    if (row.index != samples.index) {
      add(report_, file_, row,
          fmt::format("the stored samples here are of image {}", samples.index));
      return;
    }
    check_settings(row);
    check_counts(row, samples);
  }

  VerifyReport finish(const Manifest& manifest) {
    const auto rows = static_cast<std::int64_t>(rows_.size());
    const bool complete = manifest.state == "complete";
    if (rows > records_ || (complete && rows < records_)) {
      report_.findings.push_back(
          {file_.string(), fmt::format("{} rows for {} stored images", rows, records_)});
    } else if (rows < records_) {
      report_.notes.push_back(
          fmt::format("{}: {} of {} stored images have no row yet (the run is {})", file_.string(),
                      records_ - rows, records_, manifest.state));
    }
    if (complete && records_ != manifest.images) {
      report_.findings.push_back(
          {file_.string(),
           fmt::format("{} stored images, the manifest says {}", records_, manifest.images)});
    }
    return std::move(report_);
  }

 private:
  template <typename Value>
  void compare(const StatedRow& row, const char* column, const Value& stated, const Value& stored) {
    if (stated == stored) return;
    add(report_, file_, row, fmt::format("{} is {}, stored is {}", column, stated, stored));
  }

  void check_settings(const StatedRow& row) {
    compare(row, "n", row.n, settings_.n);
    compare(row, "alpha", row.alpha, settings_.alpha);
    compare(row, "sigma", row.sigma, settings_.sigma);
    if (row.method != settings_.method && row.method != settings_.method + " (two-sided)") {
      compare(row, "method", row.method, settings_.method);
    }
  }

  void check_counts(const StatedRow& row, const ImageSamples& samples) {
    compare(row, "label", row.label, samples.label);
    const int tested = class_under_test(samples, from_, settings_.method);
    if (row.predicted >= 0) compare(row, "predict", row.predicted, tested);
    const bool voted = tested >= 0;
    const std::int64_t top = voted ? samples.estimation.votes[static_cast<std::size_t>(tested)] : 0;
    const std::int64_t next = voted ? most_votes_but_for(samples.estimation, tested) : 0;
    if (checkable(row.method) == Checkable::kNoCertificate) return;  // has its own runner-up
    compare(row, "n_top", row.n_top, top);
    compare(row, "n_runner_up", row.n_runner_up, next);
  }

  fs::path file_;
  const RunSettings settings_;
  ClassFrom from_;
  std::vector<StatedRow> rows_;
  VerifyReport report_;
  std::int64_t records_ = 0;
};

/// How `certify recertify` chose the class, if the file is one of its.
std::optional<ClassFrom> recorded_choice(const fs::path& file) {
  const fs::path beside = file.parent_path() / kRecertifyFile;
  if (!fs::exists(beside)) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(read_file(beside));
    return class_from(parse_selection(json.at("select").get<std::string>()));
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: {}", beside.string(), error.what()));
  }
}

void append(VerifyReport& all, VerifyReport part) {
  all.rows += part.rows;
  all.radius_only += part.radius_only;
  all.methods.merge(part.methods);
  std::move(part.findings.begin(), part.findings.end(), std::back_inserter(all.findings));
  std::move(part.notes.begin(), part.notes.end(), std::back_inserter(all.notes));
}

VerifyReport verify_recertified(const fs::path& folder, std::optional<ClassFrom> from) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("certificates") && name.ends_with(".tsv")) files.insert(entry.path());
  }
  if (files.empty()) {
    throw DataError(fmt::format("{}: neither a run nor a folder of certificates", folder.string()));
  }
  VerifyReport report;
  for (const fs::path& file : files) append(report, verify_rows(file, from));
  return report;
}

}  // namespace

VerifyReport verify_run(const fs::path& folder) {
  const auto manifest = read_manifest(folder);
  if (!manifest) throw DataError(fmt::format("{}: no run here", folder.string()));
  const fs::path file =
      folder / (manifest->settings.method == "predict" ? kPredictionsFile : kCertificatesFile);
  RunCheck check(file, *manifest, read_rows(file));
  read_run(folder, [&](const ImageSamples& samples) { check.check(samples); });
  return check.finish(*manifest);
}

VerifyReport verify_rows(const fs::path& file, std::optional<ClassFrom> from) {
  VerifyReport report;
  const std::vector<StatedRow> rows = read_rows(file);
  if (!from) from = recorded_choice(file);
  if (!from) {
    report.notes.push_back(
        fmt::format("{}: taken to be about classes chosen by other samples or by the label; "
                    "--select same if not",
                    file.string()));
  }
  std::map<std::int64_t, std::int64_t> line_of;
  for (const StatedRow& row : rows) {
    check_alone(report, file, row, from.value_or(ClassFrom::kSeparateSamples));
    const auto [first, is_new] = line_of.emplace(row.index, row.line);
    if (!is_new) add(report, file, row, fmt::format("was already in line {}", first->second));
  }
  return report;
}

VerifyReport verify_path(const fs::path& path, std::optional<ClassFrom> from) {
  if (!fs::is_directory(path)) return verify_rows(path, from);
  return fs::exists(path / kManifestFile) ? verify_run(path) : verify_recertified(path, from);
}

}  // namespace certify
