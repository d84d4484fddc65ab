// What a tamperer may do to a finished run, and what `certify verify` says of it.
//
// Each tampering is tried twice: as it is, and with a digest that the tamperer has made anew. Its
// table says what catches it then: the content itself, files that are at hand, or nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/attack/attack_log.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/noise/gaussian.h"
#include "core/plan/certifier.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/tables/curve_tsv.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"
#include "data/dataset.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int64_t kSkip = 84, kImages = 12;  // of the 1000 that are embedded
constexpr int kClasses = 10;

/// Finished runs and folders of recertify, made once; each tampering gets a copy of one.
class Originals {
 public:
  Originals() : data_(open_dataset({.name = "shapes"})) {
    folder_.write("model.pt", "only its hash is looked at");
    make("plain", "cohen", 1000);
    make_attack("plain");
    make("margin", "second-margin", 200);
    make("same", "two-sided", 1000, [](RunSettings& s) {
      s.select = Selection::kSame;
      s.n0 = 0;
    });
    make("stopped", "cohen-sequential", 1000, [](RunSettings& s) { s.stop_at = {0.1}; });
    make("shard", "cohen", 1000, [](RunSettings& s) { s.shard = {1, 2}; });
    make("trace", "soft-first-direct-betting", 100, [](RunSettings& s) {
      s.scores.keep = ScoreKeeping::kTrace;
      s.lipschitz = 0.2;
    });
    make("matrix", "soft-second-betting", 100,
         [](RunSettings& s) { s.scores.keep = ScoreKeeping::kMatrix; });
    make("histogram", "soft-second-histogram", 100,
         [](RunSettings& s) { s.scores.keep = ScoreKeeping::kHistogram; });
    make("gradient", "first-order", 1000, [](RunSettings& s) { s.gradient = true; });
    run({"recertify", "plain", "--method", "cohen,two-sided", "--n", "300", "--seed", "7", "--out",
         "again"});
    folder_.write("counts.txt", "950 40 10 0\n900 80 20 0\n800 150 50 0\n");
    run({"recertify", "--counts", "counts.txt", "--sigma", "0.25", "--out", "counts"});
  }

  ProcessResult run(const std::vector<std::string>& arguments) const {
    ProcessResult result = run_certify(arguments, {folder_.path(), {}, 0});
    EXPECT_EQ(result.exit_code, 0) << fmt::format("{}", fmt::join(arguments, " ")) << result.err;
    return result;
  }
  fs::path at(const std::string& name) const { return folder_ / name; }
  const fs::path& path() const { return folder_.path(); }

 private:
  RunSettings settings_of(const std::string& method, std::int64_t n) const {
    RunSettings s;
    s.dataset = "shapes";
    s.split = "test";
    s.dataset_sha256 = data_->sha256();
    s.shape = data_->info().shape;
    s.classes = kClasses;
    s.skip = kSkip;
    s.model = "model";
    s.model_sha256 = sha256_of_file(folder_ / "model.pt");
    s.sigma = 0.25;
    s.n0 = 100;
    s.n = n;
    s.seed = 7;
    s.method = method;
    s.alpha = 0.001;
    s.device = "cpu";
    s.batch = 55;
    s.noise = kGaussian.stream;
    s.libtorch = "1.13.0";
    return s;
  }

  /// The p-th image: mostly for its label, the fourth for another class, the eighth undecided.
  ImageSamples samples_of(std::int64_t p, const RunSettings& s) const {
    ImageSamples samples;
    samples.index = kSkip * (s.shard.index + p * s.shard.count);
    samples.label = data_->at(samples.index).label;
    const int winner = (samples.label + (p == 3 ? 1 : 0)) % kClasses;
    const int second = (winner + 2) % kClasses;
    const auto counted = [&](std::int64_t n, double share) {
      ClassCounts counts{std::vector<std::int64_t>(kClasses), 0};
      const auto most = static_cast<std::int64_t>(share * static_cast<double>(n));
      counts.votes[static_cast<std::size_t>(winner)] = most;
      counts.votes[static_cast<std::size_t>(second)] = n - most;
      return counts;
    };
    const double share = p == 7 ? 0.51 : 0.97 - 0.015 * static_cast<double>(p);
    if (s.n0 > 0) samples.selection = counted(s.n0, 0.9);
    samples.estimation = counted(s.n, share);
    samples.seconds = 0.5;
    if (!s.stop_at.empty() && p % 2 == 0 && p > 0) {
      samples.estimation = counted(512, share);
      samples.stopped = StopReason::kCertified;
    }
    if (s.scores.keep != ScoreKeeping::kNone) add_scores(s, winner, second, samples);
    if (s.gradient) {
      samples.gradient = {.tested = winner,
                          .n1 = s.n / 2,
                          .n2 = s.n / 2,
                          .dimension = s.shape.size(),
                          .dot = 0.1,
                          .largest = 0.05,
                          .subspaces = {{"R", 1024, 0.1}}};
    }
    return samples;
  }

  /// Scores of 0.9 for who gets the vote, logits that give them, and so on.
  static void add_scores(const RunSettings& s, int winner, int second, ImageSamples& samples) {
    std::vector<float> scores;
    std::int64_t left = samples.estimation.votes[static_cast<std::size_t>(winner)];
    for (std::int64_t i = 0; i < s.n; ++i) {
      const auto voted = static_cast<std::size_t>(left-- > 0 ? winner : second);
      std::vector<float> row(kClasses, 0.1F / (kClasses - 1));
      row[voted] = 0.9F;
      scores.insert(scores.end(), row.begin(), row.end());
    }
    if (s.scores.keep == ScoreKeeping::kMatrix) {
      for (const float score : scores) samples.logits.push_back(std::log(score));
      return;
    }
    std::vector<int> rivals;
    for (int c = 0; c < kClasses; ++c) {
      if (c != winner) rivals.push_back(c);
    }
    samples.trace = trace_of(scores, kClasses, winner, rivals);
    samples.trace.selection_means.assign(kClasses + 1, 0.09);
    if (s.scores.keep == ScoreKeeping::kTrace) return;
    samples.histogram = histogram_of(samples.trace, s.scores.bins);
    samples.trace = {};
  }

  void make(const std::string& name, const std::string& method, std::int64_t n,
            const std::function<void(RunSettings&)>& change = {}) {
    Manifest manifest;
    manifest.settings = settings_of(method, n);
    if (change) change(manifest.settings);
    const RunSettings& s = manifest.settings;
    manifest.class_names = data_->info().class_names;
    manifest.dataset_images = data_->size();
    manifest.sessions = {{"2026-11-21T10:00:00Z", "", 0, 0, {{"workers", 2}}}};
    std::vector<std::int64_t> indices;
    for (std::int64_t p = s.shard.index; p < kImages; p += s.shard.count) {
      indices.push_back(kSkip * p);
    }
    manifest.images = std::ssize(indices);
    RunFolder run_folder(folder_ / name, manifest, indices, false);
    const Certifier certify(s);
    std::vector<Certificate> certificates;
    std::string rows = certificates_header();
    for (std::int64_t p = 0; p < manifest.images; ++p) {
      const ImageSamples samples = samples_of(p, s);
      run_folder.append(samples);
      certificates.push_back(certify(samples));
      rows += certificates_row(certificates.back());
    }
    run_folder.close("complete", 1);
    folder_.write(name + "/certificates.tsv", rows);
    const std::string radii = radii_tsv(certificates);
    if (!radii.empty()) folder_.write(name + "/radii.tsv", radii);
    run({"report", name, "--no-verify"});
  }

  void make_attack(const std::string& name) const {
    std::vector<AttackedImage> images;
    for (const RadiusRow& row : read_cohen_log(folder_ / name).rows) {
      AttackedImage image{row.index, row.label, row.predicted, row.radius};
      if (image.certified()) {
        image.attack_radius = 1.5 * image.radius;
        image.unsettled_radius = 1.25 * image.radius;
        image.attack_predicted = (image.predicted + 1) % kClasses;
      }
      images.push_back(image);
    }
    std::string rows = attack_header("l2");
    for (const AttackedImage& image : images) rows += attack_row(image);
    const RunSettings s = manifest_of(folder_ / name).settings;
    const nlohmann::ordered_json settings{{"schema", 1},
                                          {"max_radius", 2.0},
                                          {"alpha", 0.001},
                                          {"sigma", s.sigma},
                                          {"model_sha256", s.model_sha256},
                                          {"dataset_sha256", s.dataset_sha256},
                                          {"method", s.method}};
    folder_.write(name + "/attack.tsv", rows);
    folder_.write(name + "/attack.json", settings.dump(2));
    folder_.write(name + "/attack_curve.tsv", curve_tsv(attack_curves(images, "l2")));
  }

  TemporaryFolder folder_;
  std::unique_ptr<Dataset> data_;
};

/// A copy of a finished folder, and what a tamperer does to it.
class Copy {
 public:
  Copy(const Originals& originals, const std::string& name)
      : originals_(originals), path_(originals.at("tampered")) {
    fs::remove_all(path_);
    fs::copy(originals.at(name), path_, fs::copy_options::recursive);
  }

  fs::path at(const std::string& file) const { return path_ / file; }

  void manifest(const std::function<void(Manifest&)>& change) const {
    Manifest manifest = manifest_of(path_);
    change(manifest);
    write_manifest(path_, manifest);
  }
  void settings(const std::function<void(RunSettings&)>& change) const {
    manifest([&](Manifest& m) { change(m.settings); });
  }

  using Records = std::vector<SampleRecord>;
  /// Lines and checksums are written as the program writes them.
  void records(const std::function<void(Records&)>& change) const {
    const RecordShape shape = record_shape(manifest_of(path_).settings);
    Records records;
    std::istringstream in(read_file(at(kSamplesFile)));
    for (std::string line; std::getline(in, line);) records.push_back(parse_line(line, shape));
    change(records);
    std::string out;
    for (const SampleRecord& r : records) {
      out += to_line(r.samples, r.scores, r.gradient_sha256) + "\n";
    }
    replace_file(at(kSamplesFile), out);
  }
  void record(std::size_t p, const std::function<void(ImageSamples&)>& change) const {
    records([&](Records& all) { change(all.at(p).samples); });
  }

  /// The lines of a table without its header.
  using Rows = std::vector<std::string>;
  void rows(const std::function<void(Rows&)>& change,
            const std::string& file = kCertificatesFile) const {
    std::istringstream in(read_file(at(file)));
    Rows rows;
    std::string header;
    std::getline(in, header);
    for (std::string line; std::getline(in, line);) rows.push_back(line);
    change(rows);
    std::string out = header + "\n";
    for (const std::string& row : rows) out += row + "\n";
    replace_file(at(file), out);
  }
  /// Another value in one column of one row.
  void field(std::size_t row, const std::string& column, const std::string& value,
             const std::string& file = kCertificatesFile) const {
    const std::string content = read_file(at(file));
    const auto names = split(std::string_view(content).substr(0, content.find('\n')), '\t');
    const auto place = std::find(names.begin(), names.end(), column) - names.begin();
    rows(
        [&](Rows& all) {
          std::vector<std::string> fields;
          for (const auto part : split(all.at(row), '\t')) fields.emplace_back(part);
          fields.at(static_cast<std::size_t>(place)) = value;
          all[row] = fmt::format("{}", fmt::join(fields, "\t"));
        },
        file);
  }
  void text(const std::string& file, const std::string& from, const std::string& to) const {
    std::string content = read_file(at(file));
    const auto found = content.find(from);
    ASSERT_NE(found, std::string::npos) << file << " has no " << from;
    replace_file(at(file), content.replace(found, from.size(), to));
  }
  /// The rows that the program makes of what is stored now.
  void certify() const {
    const Manifest manifest = manifest_of(path_);
    const Certifier certifier(manifest.settings);
    std::string rows = certificates_header();
    read_run(path_, [&](const ImageSamples& s) { rows += certificates_row(certifier(s)); });
    replace_file(at(kCertificatesFile), rows);
  }
  /// And what it draws of them.
  void certify_and_report() const {
    certify();
    for (const char* file : {kAttackFile, kAttackSettingsFile, kAttackCurveFile}) {
      fs::remove(at(file));
    }
    originals_.run({"report", path_.string(), "--no-verify"});
  }
  /// A file of scores replaced, with its hash in the record.
  void scores(std::size_t p, const std::function<void(ImageSamples&)>& change) const {
    const RecordShape shape = record_shape(manifest_of(path_).settings);
    records([&](Records& all) {
      SampleRecord& record = all.at(p);
      read_scores(path_, shape.scores, *record.scores, shape.n, shape.classes, record.samples);
      change(record.samples);
      record.scores = write_scores(path_, record.samples);
    });
  }
  /// A digest that fits whatever the folder holds now, if that can be read.
  void digest_anew() const {
    if (!fs::exists(at(kManifestFile))) return;
    Manifest manifest;
    std::string before;
    try {
      manifest = manifest_of(path_);
      before = manifest.digest;
      SampleLogReader reader(at(kSamplesFile), record_shape(manifest.settings),
                             SampleLogReader::Beside::kLeave);
      while (reader.next()) {
      }
      manifest.digest = run_digest(manifest, reader.state().hash.hex());
    } catch (const DataError&) {
      return;
    }
    if (fs::exists(at(kReportFile)) && !before.empty()) {  // it says the digest
      std::string page = read_file(at(kReportFile));
      const auto said = page.find(before);
      if (said != page.npos) replace_file(at(kReportFile), page.replace(said, 64, manifest.digest));
    }
    write_manifest(path_, manifest);
  }

 private:
  const Originals& originals_;
  fs::path path_;
};

/// What catches a tampering when the digest was made anew.
enum class CaughtBy {
  kContent,
  kFiles,   ///< the content beside the data set or the model, which must be given
  kDigest,  ///< nothing: only a digest that is kept elsewhere, or samples drawn again
};

struct Tampering {
  const char* name;
  const char* original;
  std::function<void(const Copy&)> change;
  CaughtBy by;
  const char* word;  ///< that names what is wrong
};

void drop_image(const Copy& c, std::size_t p) {
  const auto at = static_cast<std::ptrdiff_t>(p);
  c.records([&](Copy::Records& all) { all.erase(all.begin() + at); });
  c.manifest([](Manifest& m) { --m.images; });
  c.certify_and_report();
}

/// More votes for the class of a record.
void raise_votes(ImageSamples& s) {
  const auto top = static_cast<std::size_t>(s.estimation.top_class());
  for (std::size_t k = 0; k < kClasses; ++k) {
    if (k == top || s.estimation.votes[k] == 0) continue;
    --s.estimation.votes[k];
    ++s.estimation.votes[top];
    return;
  }
}

/// The row that the two-sided method gives an image of a run of second margins.
std::string two_sided_row(const Copy& c, std::size_t p) {
  RunSettings settings = manifest_of(c.at("")).settings;
  settings.method = "two-sided";
  const Certifier certify(settings);
  std::vector<std::string> rows;
  read_run(c.at(""), [&](const ImageSamples& s) {
    Certificate certificate = certify(s);
    certificate.method = "second-margin (two-sided)";
    std::string row = certificates_row(certificate);
    row.pop_back();  // the break
    rows.push_back(row);
  });
  return rows.at(p);
}

const std::vector<Tampering>& tamperings() {
  using enum CaughtBy;
  using Records = Copy::Records;
  using Rows = Copy::Rows;
  static const std::vector<Tampering> all{
      // Images.
      {"a record and its row replaced by another image's", "plain",
       [](const Copy& c) {
         c.records([](Records& r) { r[4] = r[1]; });
         c.certify();
       },
       kContent, "has image 336 here"},
      {"an image dropped from samples, rows and manifest", "plain",
       [](const Copy& c) { drop_image(c, 5); }, kContent, "has image 420 here"},
      {"the last image dropped", "plain", [](const Copy& c) { drop_image(c, kImages - 1); },
       kContent, "images is 11"},
      {"the last image dropped of a smaller data set", "plain",
       [](const Copy& c) {
         drop_image(c, kImages - 1);
         c.manifest([](Manifest& m) { m.dataset_images = 924; });
       },
       kContent, "dataset_images is 924"},  // the data set is in the program
      {"a line and its row swapped with another's", "plain",
       [](const Copy& c) {
         c.records([](Records& r) { std::swap(r[2], r[6]); });
         c.certify_and_report();
       },
       kContent, "has image 168 here"},
      {"an image of a shard replaced by one of another", "shard",
       [](const Copy& c) {
         c.record(2, [](ImageSamples& s) { s.index -= kSkip; });
         c.certify_and_report();
       },
       kContent, "shard 1/2) has image 420 here"},
      {"a label changed", "plain",
       [](const Copy& c) {
         c.record(3, [](ImageSamples& s) { s.label = (s.label + 1) % kClasses; });
         c.certify_and_report();
       },
       kContent, "image 252: label is"},
      // Settings.
      {"skip", "plain", [](const Copy& c) { c.settings([](auto& s) { s.skip = 45; }); }, kContent,
       "skip 45"},
      {"start", "plain", [](const Copy& c) { c.settings([](auto& s) { s.start = 90; }); }, kContent,
       "start 90"},
      {"count", "plain", [](const Copy& c) { c.settings([](auto& s) { s.count = 5; }); }, kContent,
       "count 5"},
      {"shard", "plain", [](const Copy& c) { c.settings([](auto& s) {
                                               s.shard = {0, 2};
                                             }); },
       kContent, "shard 0/2"},
      {"select n0 for label", "plain",
       [](const Copy& c) { c.settings([](auto& s) { s.select = Selection::kLabel; }); }, kContent,
       "image 252: predict is"},
      {"select n0 for same", "plain",
       [](const Copy& c) { c.settings([](auto& s) { s.select = Selection::kSame; }); }, kContent,
       "claims too much"},
      {"select same for n0", "same",
       [](const Copy& c) { c.settings([](auto& s) { s.select = Selection::kSeparate; }); },
       kContent, "select is n0"},
      {"seed", "plain", [](const Copy& c) { c.settings([](auto& s) { s.seed = 8; }); }, kContent,
       "seed is 7, the manifest has 8"},  // by the report, which says it too
      {"seed, with a new report", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.seed = 8; });
         c.certify_and_report();
       },
       kDigest, "digest"},
      {"noise", "plain", [](const Copy& c) { c.settings([](auto& s) { s.noise = "none"; }); },
       kContent, "noise is none"},
      {"precision", "plain",
       [](const Copy& c) { c.settings([](auto& s) { s.precision = Precision::kFp16; }); }, kContent,
       "precision is fp16"},
      {"precision and device", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) {
           s.precision = Precision::kFp16;
           s.device = "cuda";
         });
       },
       kContent, "device is cpu, fp32"},  // by the report
      {"LibTorch's version", "plain",
       [](const Copy& c) { c.settings([](auto& s) { s.libtorch = "2.11.0"; }); }, kContent,
       "LibTorch is 1.13.0"},  // by the report
      {"LibTorch's version, with a new report", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.libtorch = "2.11.0"; });
         c.certify_and_report();
       },
       kDigest, "digest"},
      {"a setting that there is not", "plain",
       [](const Copy& c) {
         c.text(kManifestFile, "\"settings\": {", "\"settings\": {\"judge\": 1,");
       },
       kContent, "'judge' is not known"},
      {"a setting twice", "plain",
       [](const Copy& c) { c.text(kManifestFile, "\"alpha\": ", "\"alpha\": 1e-9, \"alpha\": "); },
       kContent, "the key 'alpha' is there twice"},
      {"the digest removed", "plain",
       [](const Copy& c) { c.manifest([](Manifest& m) { m.digest.clear(); }); }, kDigest,
       "has no digest"},
      {"sigma", "plain", [](const Copy& c) { c.settings([](auto& s) { s.sigma = 0.5; }); },
       kContent, "sigma is 0.25, the settings say 0.5"},
      {"sigma everywhere", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.sigma = 0.5; });
         c.certify_and_report();
       },
       kDigest, "digest"},
      {"alpha", "plain", [](const Copy& c) { c.settings([](auto& s) { s.alpha = 0.01; }); },
       kContent, "alpha is 0.001, the settings say 0.01"},
      {"alpha in manifest and row", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.alpha = 0.0001; });
         c.field(0, "alpha", "0.0001");
       },
       kContent, "claims too much"},
      {"lipschitz smaller", "trace",
       [](const Copy& c) { c.settings([](auto& s) { s.lipschitz = 0.1; }); }, kContent,
       "which lipschitz 0.1 gives"},
      {"lipschitz larger", "trace",
       [](const Copy& c) { c.settings([](auto& s) { s.lipschitz = 0.4; }); }, kContent,
       "claims too much"},
      {"method", "plain",
       [](const Copy& c) { c.settings([](auto& s) { s.method = "two-sided"; }); }, kContent,
       "method is cohen, the settings say two-sided"},
      {"temperature", "matrix",
       [](const Copy& c) { c.settings([](auto& s) { s.scores.temperature = 3; }); }, kContent,
       "claims too much"},
      {"the hash of the model", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.model_sha256 = std::string(64, 'a'); });
         c.certify_and_report();
       },
       kFiles, "model_sha256 is aaaa"},
      {"the hash of the data", "plain",
       [](const Copy& c) {
         c.settings([](auto& s) { s.dataset_sha256 = std::string(64, 'a'); });
         c.certify_and_report();
       },
       kFiles, "dataset_sha256 is aaaa"},
      {"names of classes swapped", "plain",
       [](const Copy& c) {
         c.manifest([](Manifest& m) { std::swap(m.class_names[0], m.class_names[1]); });
       },
       kDigest, "digest"},
      {"invalid_samples", "plain",
       [](const Copy& c) { c.manifest([](Manifest& m) { m.invalid_samples = 3; }); }, kContent,
       "invalid_samples is 3"},
      {"the last image dropped of a run called interrupted", "plain",
       [](const Copy& c) {
         drop_image(c, kImages - 1);
         c.manifest([](Manifest& m) {
           m.images = kImages;
           m.state = "interrupted";
         });
       },
       kContent, "state is interrupted"},
      // Records.
      {"votes invented, with their row", "plain",
       [](const Copy& c) {
         c.record(2, raise_votes);
         c.certify_and_report();
       },
       kDigest, "digest"},
      {"another image's votes under its own number", "plain",
       [](const Copy& c) {
         c.records([](Records& r) {
           r[9].samples.selection = r[1].samples.selection;
           r[9].samples.estimation = r[1].samples.estimation;
         });
         c.certify_and_report();
       },
       kDigest, "digest"},
      {"votes changed, the row not", "plain", [](const Copy& c) { c.record(2, raise_votes); },
       kContent, "n_top is"},
      {"a stop moved", "stopped",
       [](const Copy& c) { c.record(4, [](ImageSamples& s) { s.stopped = StopReason::kNone; }); },
       kContent, "counts do not sum to 1000"},
      {"votes beyond a trace", "trace", [](const Copy& c) { c.record(2, raise_votes); }, kContent,
       "by the kept scores"},
      {"votes beyond a histogram", "histogram", [](const Copy& c) { c.record(2, raise_votes); },
       kContent, "by the kept scores"},
      {"votes beyond logits", "matrix", [](const Copy& c) { c.record(2, raise_votes); }, kContent,
       "the kept logits give"},
      {"logits beyond votes, with their hash", "matrix",
       [](const Copy& c) {
         c.scores(2, [](ImageSamples& s) { std::swap(s.logits[0], s.logits[1]); });
         c.scores(2, [](ImageSamples& s) {
           std::rotate(s.logits.begin(), s.logits.begin() + 1, s.logits.begin() + kClasses);
         });
       },
       kContent, "the kept logits give"},
      {"scores beyond votes, with their hash", "trace",
       [](const Copy& c) {
         c.scores(2, [](ImageSamples& s) { std::swap(s.trace.values[0], s.trace.values[1]); });
       },
       kContent, "by the kept scores"},
      {"a score in its file", "trace",
       [](const Copy& c) {
         std::string bytes = read_file(c.at("scores/168.npy"));
         bytes.back() = static_cast<char>(bytes.back() ^ 1);
         replace_file(c.at("scores/168.npy"), bytes);
       },
       kContent, "its hash is not the record's"},
      {"scores of another class", "histogram",
       [](const Copy& c) {
         c.records([](Records& r) { r[3].scores->tested = r[3].samples.label; });
       },
       kContent, "the scores are of class"},
      {"a gradient of another class", "gradient",
       [](const Copy& c) { c.record(3, [](ImageSamples& s) { s.gradient.tested = s.label; }); },
       kContent, "the gradient statistics are of class"},
      {"a gradient that is shorter", "gradient",
       [](const Copy& c) {
         c.record(2, [](ImageSamples& s) { s.gradient.dot = -1; });
         c.field(2, "radius_full", "0.9");
         c.field(2, "radius_l2", "0.9", "radii.tsv");
       },
       kContent, "claims too much"},
      // Rows.
      {"rows swapped", "plain",
       [](const Copy& c) { c.rows([](Rows& r) { std::swap(r[1], r[2]); }); }, kContent,
       "the stored samples here are of image"},
      {"a row dropped", "plain", [](const Copy& c) { c.rows([](Rows& r) { r.pop_back(); }); },
       kContent, "11 rows for 12 stored images"},
      {"a row twice", "plain", [](const Copy& c) { c.rows([](Rows& r) { r.push_back(r[0]); }); },
       kContent, "13 rows for 12 stored images"},
      {"a radius", "plain", [](const Copy& c) { c.field(2, "radius_full", "0.9"); }, kContent,
       "radius_full 0.9 claims too much"},
      {"a printed radius", "plain", [](const Copy& c) { c.field(2, "radius", "0.900"); }, kContent,
       "is above radius_full"},
      {"a bound", "plain", [](const Copy& c) { c.field(2, "p_lower", "0.999"); }, kContent,
       "p_lower claims too much"},
      {"a wrong answer called right", "plain", [](const Copy& c) { c.field(3, "correct", "1"); },
       kContent, "correct is 1"},
      {"a radius where it abstains", "plain",
       [](const Copy& c) { c.field(7, "radius_full", "0.1"); }, kContent, "abstains, but claims"},
      {"one row by another method than the rule's", "margin",
       [](const Copy& c) { c.rows([&](Rows& r) { r[4] = two_sided_row(c, 4); }); }, kContent,
       "method is second-margin (two-sided)"},
      {"a row of fewer samples that says all were drawn", "stopped",
       [](const Copy& c) { c.field(4, "method", "cohen-sequential (all n)"); }, kContent,
       "method is cohen-sequential (all n)"},
      {"a radius in another norm", "gradient",
       [](const Copy& c) { c.field(2, "radius_l1", "9", "radii.tsv"); }, kContent,
       "radius_l1 9 claims too much"},
      // What is made of the rows.
      {"curve.tsv: an accuracy", "plain",
       [](const Copy& c) { c.field(3, "accuracy", "0.99", kCurveTsvFile); }, kContent,
       "accuracy is 0.99 at radius"},
      {"curve.tsv: a radius", "plain",
       [](const Copy& c) { c.field(3, "radius", "0.99", kCurveTsvFile); }, kContent,
       "a step at radius 0.99"},
      {"curve.tsv: a step dropped", "plain",
       [](const Copy& c) { c.rows([](Rows& r) { r.pop_back(); }, kCurveTsvFile); }, kContent,
       "the curve has"},
      {"curve.tsv: a lower bound", "plain",
       [](const Copy& c) { c.field(0, "at_least", "0.9166666666666666", kCurveTsvFile); }, kContent,
       "at_least is 0.91"},
      {"curve_l1.tsv: an accuracy", "gradient",
       [](const Copy& c) { c.field(2, "accuracy", "0.99", kCurveL1File); }, kContent,
       "accuracy is 0.99 at radius"},
      {"curve_linf.tsv: a radius", "gradient",
       [](const Copy& c) { c.field(1, "radius_linf", "0.99", kCurveLinfFile); }, kContent,
       "a step at radius 0.99"},
      {"curve_linf.tsv: a radius without the gradient", "gradient",
       [](const Copy& c) {
         c.text(kCurveLinfFile, "without the gradient\t0\t", "without the gradient\t0.001\t");
       },
       kContent, "a step at radius 0.001"},
      {"curve_parts.tsv: channels under each other's name", "gradient",
       [](const Copy& c) {
         std::string text = read_file(c.at(kCurvePartsFile));
         for (std::size_t at = 0; (at = text.find(", R\t", at)) != text.npos; ++at)
           text[at + 2] = 'G';
         replace_file(c.at(kCurvePartsFile), text);
       },
       kContent, "is expected"},
      {"curve_l1.tsv and the radii that it shows", "gradient",
       [](const Copy& c) {
         for (const char* file : {kRadiiFile, kCurveL1File}) {
           std::string text = read_file(c.at(file));
           for (const std::string name : {"radius_l1", "proof_l1"}) {
             const auto at = text.find(name);
             if (at != text.npos) text.replace(at + name.size() - 2, 2, "xy");
           }
           replace_file(c.at(file), text);
         }
       },
       kContent, "radius_l1 is missing"},
      {"curve_linf.tsv of a run that has no such radii", "plain",
       [](const Copy& c) { replace_file(c.at(kCurveLinfFile), "radius_linf\taccuracy\n0\t1\n"); },
       kContent, "the run has no such radii"},
      {"curve.tsv: emptied", "plain",
       [](const Copy& c) { c.rows([](Rows& r) { r.clear(); }, kCurveTsvFile); }, kContent,
       "0 curves, 1 expected"},
      {"curve_parts.tsv: a step dropped", "gradient",
       [](const Copy& c) { c.rows([](Rows& r) { r.pop_back(); }, kCurvePartsFile); }, kContent,
       "the curve has"},
      {"accuracy.tsv: an accuracy", "plain",
       [](const Copy& c) { c.field(1, "certified accuracy", "0.999", kAccuracyFile); }, kContent,
       "certified accuracy is 0.999"},
      {"accuracy.tsv: a number of images", "plain",
       [](const Copy& c) { c.field(1, "images", "12 of 12", kAccuracyFile); }, kContent,
       "images is '12 of 12'"},
      {"accuracy.tsv: theorem 5", "plain",
       [](const Copy& c) { c.field(0, "theorem 5", "0.900", kAccuracyFile); }, kContent,
       "theorem 5 is 0.900"},
      {"accuracy.tsv: the exact bound", "plain",
       [](const Copy& c) { c.field(0, "exact", "0.900", kAccuracyFile); }, kContent,
       "exact is 0.900"},
      {"distribution.tsv: images of a bin", "plain",
       [](const Copy& c) { c.field(0, "abstained", "5", kDistributionFile); }, kContent,
       "5 abstained images of this p_lower"},
      {"distribution.tsv: a bin dropped", "plain",
       [](const Copy& c) { c.rows([](Rows& r) { r.pop_back(); }, kDistributionFile); }, kContent,
       "images in the bins of radius"},
      {"report.html: what carries the average", "plain",
       [](const Copy& c) { c.text(kReportFile, "</b><span>top 10 %", "x</b><span>top 10 %"); },
       kContent, "'top 10 % carry (of the ACR)' is "},
      {"report.html: an image", "plain",
       [](const Copy& c) { c.text(kReportFile, "\"columns\":[[0,84,", "\"columns\":[[0,85,"); },
       kContent, "index is 85, its row has 84"},
      {"report.html: a number at the top", "plain",
       [](const Copy& c) {
         c.text(kReportFile, "<b>1</b><span>abstained", "<b>0</b><span>abstained");
       },
       kContent, "'abstained' is 0"},
      {"report.html: its table", "plain",
       [](const Copy& c) { c.text(kReportFile, " of 12</td>", " of 13</td>"); }, kContent,
       "its table of certified accuracy"},
      {"report.html: a setting", "plain",
       [](const Copy& c) { c.text(kReportFile, "<td>α</td><td>0.001<", "<td>α</td><td>0.0001<"); },
       kContent, "α is 0.0001"},
      {"report.html: its normalisation", "plain",
       [](const Copy& c) { c.text(kReportFile, "<td>none added", "<td>cifar10 added"); }, kContent,
       "normalisation is cifar10 added"},
      {"report.html: how many images", "plain",
       [](const Copy& c) {
         c.text(kReportFile, "<td>shapes test: 12 images", "<td>shapes test: 900 images");
       },
       kContent, "data is shapes test: 900 images"},
      {"report.html: where its slice starts", "plain",
       [](const Copy& c) { c.text(kReportFile, "th from 0</td>", "th from 3</td>"); }, kContent,
       "data is shapes test: 12 images, every 84th from 3"},
      {"report.html: its method", "plain",
       [](const Copy& c) {
         c.text(kReportFile, "<td>method</td><td>cohen", "<td>method</td><td>li");
       },
       kContent, "method is li"},
      {"report.html: the hash of its samples", "plain",
       [](const Copy& c) {
         c.text(kReportFile, "<td>samples sha256</td><td>", "<td>samples sha256</td><td>0");
       },
       kContent, "samples sha256 is 0"},
      {"attack.tsv: a certified radius", "plain",
       [](const Copy& c) { c.field(2, "radius", "0.01", kAttackFile); }, kContent,
       "radius is 0.01, the run has"},
      {"attack.tsv: a distance", "plain",
       [](const Copy& c) { c.field(2, "attack_radius", "1.9", kAttackFile); }, kContent,
       "attack_curve.tsv"},
      {"attack.tsv: a distance that no search gives", "plain",
       [](const Copy& c) { c.field(2, "attack_radius", "2.5", kAttackFile); }, kContent,
       "above the largest ball"},
      {"attack.tsv: the class that was attacked as an answer", "plain",
       [](const Copy& c) {
         const auto rows = read_cohen_log(c.at("")).rows;
         c.field(2, "attack_predict", fmt::format("{}", rows[2].predicted), kAttackFile);
       },
       kContent, "the class that was attacked"},
      {"attack.json: another model", "plain",
       [](const Copy& c) {
         c.text(kAttackSettingsFile, "\"model_sha256\": \"", "\"model_sha256\": \"0");
       },
       kContent, "attack.json: model_sha256 is 0"},
      {"attack_curve.tsv", "plain",
       [](const Copy& c) { c.field(2, "accuracy", "0.99", kAttackCurveFile); }, kContent,
       "accuracy is 0.99"},
      // Folders of recertify.
      {"votes of another draw", "again",
       [](const Copy& c) { c.field(2, "n_top", "281", "certificates-cohen.tsv"); }, kContent,
       "n_top is 281"},
      {"the seed of the draw", "again",
       [](const Copy& c) { c.text("recertify.json", "\"seed\": 7", "\"seed\": 8"); }, kContent,
       "n_top is"},
      {"how many votes were drawn", "again",
       [](const Copy& c) { c.text("recertify.json", "\"n\": 300", "\"n\": 400"); }, kContent,
       "n is 300, stored is 400"},
      {"alpha of recertify", "again",
       [](const Copy& c) { c.text("recertify.json", "\"alpha\": 0.001", "\"alpha\": 0.01"); },
       kContent, "alpha is 0.001, the settings say 0.01"},
      {"the hash of the samples", "again",
       [](const Copy& c) {
         c.text("recertify.json", "\"source_sha256\": \"", "\"source_sha256\": \"0");
       },
       kContent, "the rows are of other samples"},
      {"rows of a method left out", "again",
       [](const Copy& c) { fs::remove(c.at("certificates-two-sided.tsv")); }, kContent,
       "certificates-two-sided.tsv is missing"},
      {"curve.tsv of several methods", "again",
       [](const Copy& c) { c.field(3, "accuracy", "0.99", kCurveTsvFile); }, kContent,
       "accuracy is 0.99"},
      {"counts of a file", "counts",
       [](const Copy& c) { c.field(1, "n_top", "920", "certificates-cohen.tsv"); }, kContent,
       "n_top is 920, stored is 900"},
  };
  return all;
}

class Tamperings : public testing::Test {
 protected:
  static void SetUpTestSuite() { originals_ = std::make_unique<Originals>(); }
  static void TearDownTestSuite() { originals_.reset(); }

  struct Verdict {
    int exit_code;
    std::string said;
  };
  static Verdict verify(const std::string& folder, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"verify", folder});
    const auto result = run_certify(more, {originals_->path(), {}, 0});
    return {result.exit_code, result.out + result.err};
  }
  static Verdict verify_with_files(const std::string& folder) {
    return verify(folder, {"--data-dir", ".", "--model", "model.pt"});
  }

  static std::unique_ptr<Originals> originals_;
};
std::unique_ptr<Originals> Tamperings::originals_;

TEST_F(Tamperings, WhatWasNotTouchedPasses) {
  for (const char* name : {"plain", "margin", "same", "stopped", "shard", "trace", "matrix",
                           "histogram", "gradient", "again", "counts"}) {
    const Verdict verdict = verify(name);
    EXPECT_EQ(verdict.exit_code, 0) << name << ": " << verdict.said;
    EXPECT_THAT(verdict.said, HasSubstr("none overclaims"));
    EXPECT_THAT(verdict.said, testing::Not(HasSubstr("note: "))) << name;
  }
  const Verdict verdict = verify_with_files("plain");
  EXPECT_EQ(verdict.exit_code, 0) << verdict.said;
}

TEST_F(Tamperings, AreCaughtAndNamed) {
  ASSERT_GE(tamperings().size(), 40U);
  for (const Tampering& one : tamperings()) {
    SCOPED_TRACE(one.name);
    const Copy copy(*originals_, one.original);
    one.change(copy);
    const bool needs_files = one.by == CaughtBy::kFiles;
    const Verdict verdict = needs_files ? verify_with_files("tampered") : verify("tampered");
    EXPECT_NE(verdict.exit_code, 0) << verdict.said;
    EXPECT_THAT(verdict.said, HasSubstr(one.word));
  }
}

TEST_F(Tamperings, OfARowAreNamedAndOfWhatIsDrawnFromItAFewAreShown) {
  const Copy copy(*originals_, "plain");
  copy.field(1, "radius_full", "2.5");
  copy.field(2, "radius_full", "2.25");
  const std::string said = verify("tampered").said;
  EXPECT_THAT(said, HasSubstr("radius_full 2.5 claims too much: allowed is about "));
  std::istringstream lines(said);
  int of_curve = 0;
  for (std::string line; std::getline(lines, line);) {
    of_curve += line.find("curve.tsv:") != line.npos && line.find(": a step") != line.npos;
  }
  EXPECT_EQ(of_curve, 3) << said;
  EXPECT_THAT(said, testing::ContainsRegex("curve.tsv: and [0-9]+ more of this file"));
}

/// No overclaim, but a wrong certificate may be hidden so.
TEST_F(Tamperings, RowsThatClaimLessThanTheirSamplesAreNoted) {
  const Copy copy(*originals_, "plain");
  EXPECT_THAT(verify("tampered").said, testing::Not(HasSubstr("claims less")));
  copy.field(1, "radius_full", "0.125");
  copy.field(1, "radius", "0.125");
  for (const char* file : {kAttackFile, kAttackSettingsFile, kAttackCurveFile}) {
    fs::remove(copy.at(file));
  }
  originals_->run({"report", copy.at("").string(), "--no-verify"});
  const Verdict verdict = verify("tampered");
  EXPECT_EQ(verdict.exit_code, 0) << verdict.said;
  EXPECT_THAT(verdict.said,
              HasSubstr("1 row claims less than the samples give: image 84 has 0.125"));
}

TEST_F(Tamperings, AreCaughtByTheirContentWhereItCanTellThoughTheDigestWasMadeAnew) {
  for (const Tampering& one : tamperings()) {
    SCOPED_TRACE(one.name);
    const Copy copy(*originals_, one.original);
    one.change(copy);
    copy.digest_anew();
    const Verdict alone = verify("tampered");
    if (one.by != CaughtBy::kContent) {
      EXPECT_EQ(alone.exit_code, 0) << "content can tell after all: " << alone.said;
      if (one.by == CaughtBy::kDigest) continue;
    }
    const Verdict verdict = one.by == CaughtBy::kFiles ? verify_with_files("tampered") : alone;
    EXPECT_NE(verdict.exit_code, 0) << verdict.said;
    EXPECT_THAT(verdict.said, HasSubstr(one.word));
  }
}

}  // namespace
}  // namespace certify
