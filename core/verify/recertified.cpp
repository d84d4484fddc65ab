#include "core/verify/recertified.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/json_file.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/count_file.h"
#include "core/verify/checks/curve_check.h"
#include "core/verify/checks/manifest_check.h"
#include "core/verify/checks/run_check.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// What `read` makes of recertify.json. @throws DataError where a key is missing or wrong.
template <typename Read>
auto read_settings(const fs::path& file, Read read) {
  try {
    return read(read_json(file));
  } catch (const Json::exception& error) {
    throw DataError("{}: {}", file.string(), reason_of(error));
  }
}

/// Samples, and what they were certified with.
struct Source {
  RowTerms terms;
  std::function<void(const std::function<void(ImageSamples)>&)> read;
};

/// Where recertify read them, and what they were.
struct Origin {
  fs::path samples;
  std::string sha256;
  bool is_run() const { return samples.filename() == kSamplesFile; }
};

Origin origin_of(const Json& json) {
  return {json.at("source").get<std::string>(), json.at("source_sha256").get<std::string>()};
}

class RecertifiedFolder {
 public:
  RecertifiedFolder(fs::path folder, std::optional<ClassFrom> from)
      : folder_(std::move(folder)), from_(from), file_(folder_ / kRecertifyFile) {}

  VerifyReport check(bool results, const std::function<VerifyReport(const fs::path&)>& alone) {
    if (!fs::exists(file_)) {
      if (fs::exists(folder_ / kSamplesFile)) {
        throw DataError("{}: {} without a {} is no run; its {} by itself has each row checked",
                        folder_.string(), kSamplesFile, kManifestFile, kCertificatesFile);
      }
      for (const std::string& name : row_files()) report_.add(alone(folder_ / name));
      return std::move(report_);
    }
    const auto methods = read_settings(
        file_, [](const Json& json) { return json.at("methods").get<std::vector<std::string>>(); });
    check_files(methods);
    if (read_settings(file_,
                      [](const Json& json) { return json.value("batch_dependent", false); })) {
      report_.notes.push_back(fmt::format("{}: {}", folder_.string(), kBatchDependentMark));
    }
    const std::optional<Source> source = open();
    std::vector<RecountedCurve> curves;
    for (const std::string& method : methods) {
      const fs::path rows = folder_ / recertified_rows_file(method);
      if (!fs::exists(rows)) return std::move(report_);
      report_.add(source ? check_method(*source, method, rows) : alone(rows));
      curves.push_back(recount(read_rows(rows)));
    }
    if (results && fs::exists(folder_ / kCurveTsvFile)) {
      report_.add(check_curves(folder_ / kCurveTsvFile, curves));
    }
    report_.put_causes_first();
    return std::move(report_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    report_.findings.push_back({file_.string(), fmt::format(format, std::forward<Args>(args)...)});
  }

  std::vector<std::string> row_files() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("certificates") && name.ends_with(".tsv")) files.push_back(name);
    }
    if (files.empty()) {
      throw DataError("{}: neither a run nor a folder of certificates", folder_.string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  /// The row files are those of the methods.
  void check_files(const std::vector<std::string>& methods) {
    std::vector<std::string> expected;
    for (const std::string& method : methods) expected.push_back(recertified_rows_file(method));
    const std::vector<std::string> there = row_files();
    for (const std::string& name : expected) {
      if (!std::binary_search(there.begin(), there.end(), name)) say("{} is missing", name);
    }
    for (const std::string& name : there) {
      if (std::find(expected.begin(), expected.end(), name) == expected.end()) {
        say("{} is of none of its methods", name);
      }
    }
  }

  /// Nothing where the samples are not those that the rows were made from.
  std::optional<Source> open() {
    const Origin origin = read_settings(file_, origin_of);
    std::error_code gone;
    if (!fs::exists(origin.samples, gone)) {
      report_.notes.push_back(
          fmt::format("{}: its samples are not at hand ({}): rows are checked each by itself",
                      file_.string(), origin.samples.string()));
      return std::nullopt;
    }
    const std::string sha256 = sha256_of_file(origin.samples);
    if (sha256 != origin.sha256) {
      say("source_sha256 is {}, but {} has {}: the rows are of other samples", origin.sha256,
          origin.samples.string(), sha256);
      return std::nullopt;
    }
    return read_settings(file_, [&](const Json& json) {
      Source source = origin.is_run() ? of_run(origin.samples) : of_counts(origin.samples, json);
      set_terms(json, source.terms);
      return source;
    });
  }

  Source of_run(const fs::path& samples) {
    const fs::path run = samples.parent_path();
    const Manifest manifest = manifest_of(run);
    RecordCheck records(samples, manifest.settings);
    const SampleLogState log =
        read_sample_log(samples, record_shape(manifest.settings),
                        [&](const ImageSamples& image) { records.add(image); });
    report_.add(check_manifest(run / kManifestFile, manifest, records, log.hash.hex()));
    report_.add(std::move(records).report());
    Source source;
    source.terms.settings = manifest.settings;
    source.terms.map = map_facts_of(run, manifest.settings);
    source.read = [run](const auto& each) { read_run(run, each); };
    return source;
  }

  static Source of_counts(const fs::path& counts, const Json& json) {
    Source source;
    source.terms.settings.sigma = json.at("sigma");
    source.read = [counts](const auto& each) { read_count_file(counts, each); };
    return source;
  }

  void set_terms(const Json& json, RowTerms& terms) const {
    RunSettings& s = terms.settings;
    s.alpha = json.at("alpha");
    s.select = parse_selection(json.at("select"));
    s.lipschitz = json.at("lipschitz");
    const std::string link = json.at("score_link");
    if (!link.empty()) s.scores.link = parse_score_link(link);
    if (json.at("temperature") > 0) s.scores.temperature = json.at("temperature");
    terms.from = from_.value_or(class_from(s.select));
    terms.first = json.at("n");
    terms.seed = json.at("seed");
  }

  VerifyReport check_method(const Source& source, const std::string& method,
                            const fs::path& rows) const {
    RowTerms terms = source.terms;
    terms.settings.method = method;
    RunCheck check(rows, terms, read_rows(rows),
                   read_radii(method, folder_ / recertified_radii_file(method)));
    std::int64_t images = 0;
    source.read([&](ImageSamples samples) {
      ++images;
      check.add(std::move(samples));
    });
    return check.finish(images, "");
  }

  fs::path folder_;
  std::optional<ClassFrom> from_;
  fs::path file_;
  VerifyReport report_;
};

}  // namespace

std::optional<ClassFrom> recorded_choice(const fs::path& rows) {
  const fs::path file = rows.parent_path() / kRecertifyFile;
  if (!fs::exists(file)) return std::nullopt;
  return read_settings(file, [](const Json& json) {
    return std::optional(class_from(parse_selection(json.at("select").get<std::string>())));
  });
}

VerifyReport verify_recertified(const fs::path& folder, std::optional<ClassFrom> from, bool results,
                                const std::function<VerifyReport(const fs::path&)>& alone) {
  return RecertifiedFolder(folder, from).check(results, alone);
}

}  // namespace certify
