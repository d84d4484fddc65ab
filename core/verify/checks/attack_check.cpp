#include "core/verify/checks/attack_check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/json_file.h"
#include "core/base/tsv_reader.h"
#include "core/runs/run_folder.h"
#include "core/verify/bounds/noise_price.h"
#include "core/verify/bounds/tails.h"
#include "core/verify/checks/curve_check.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr double kLevel = 0.01;  ///< below it so many wrong certificates are a contradiction

struct AttackRow {
  std::int64_t index = 0;
  int label = 0, predicted = 0, answer = 0;
  double radius = 0, distance = 0, unsettled = 0;
  bool correct = false;
};

/// As files name them: no distance in one norm stands in a column of another's.
struct AttackColumns {
  std::string radius = "radius", distance = "attack_radius", unsettled = "unsettled_radius";

  explicit AttackColumns(const std::string& norm) {
    if (norm == "l2") return;
    for (std::string* column : {&radius, &distance, &unsettled}) *column += "_" + norm;
  }
};

AttackRow read_row(const TsvReader& table, const AttackColumns& columns) {
  return {table.number<std::int64_t>("idx", 0),       table.number<int>("label", 0),
          table.number<int>("predict", -1),           table.number<int>("attack_predict", -1),
          table.number<double>(columns.radius, 0),    table.number<double>(columns.distance, 0),
          table.number<double>(columns.unsettled, 0), table.number<int>("correct", 0) != 0};
}

/// What attack.json says.
struct AttackFacts {
  double alpha = 0, max_radius = 0;
};

class AttackCheck {
 public:
  AttackCheck(const fs::path& run, const RunSettings& settings, const std::vector<StatedRow>& rows)
      : run_(run),
        settings_(settings),
        rows_(rows),
        norm_(checker::norm_of_noise(settings)),
        columns_(norm_) {}

  VerifyReport check() {
    const AttackFacts facts = check_settings();
    read_attack();
    for (std::size_t i = 0; i < attacked_.size(); ++i) {
      where_ = fmt::format("{}:{}", (run_ / kAttackFile).string(), i + 2);
      check_row(rows_[i], attacked_[i], facts);
    }
    if (attacked_.size() < rows_.size()) {
      report_.notes.push_back(fmt::format("{}: of the first {} of {} images",
                                          (run_ / kAttackFile).string(), attacked_.size(),
                                          rows_.size()));
    }
    check_number(facts);
    if (const fs::path curves = run_ / kAttackCurveFile; fs::exists(curves)) {
      report_.add(check_curves(curves, recounted()));
    }
    return std::move(report_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    report_.findings.push_back({where_, fmt::format(format, std::forward<Args>(args)...)});
  }
  template <typename Value>
  void compare(const std::string& name, const Value& stated, const Value& expected) {
    if (stated != expected) say("{} is {}, the run has {}", name, stated, expected);
  }

  AttackFacts check_settings() {
    const fs::path file = run_ / kAttackSettingsFile;
    where_ = file.string();
    try {
      const auto json = read_json(file);
      compare("model_sha256", json.at("model_sha256").get<std::string>(), settings_.model_sha256);
      compare("denoiser_sha256", json.value("denoiser_sha256", ""),
              settings_.denoiser ? settings_.denoiser->sha256 : "");
      compare("dataset_sha256", json.at("dataset_sha256").get<std::string>(),
              settings_.dataset_sha256);
      compare("method", json.at("method").get<std::string>(), settings_.method);
      compare("sigma", json.at("sigma").get<double>(), settings_.sigma);
      compare("norm", json.value("norm", "l2"), norm_);
      const AttackFacts facts{json.at("alpha").get<double>(), json.at("max_radius").get<double>()};
      check_what_the_noise_fixes(json, facts.alpha);
      return facts;
    } catch (const nlohmann::json::exception& error) {
      throw DataError("{}: {}", where_, error.what());
    }
  }

  /// With another seed noise that cuts makes another classifier. Where all samples are taken, part
  /// of them prove nothing, and an α would excuse what was found.
  void check_what_the_noise_fixes(const nlohmann::ordered_json& json, double alpha) {
    if (checker::seed_cuts(settings_)) {
      compare("seed", json.at("seed").get<std::uint64_t>(), settings_.seed);
    }
    if (checker::takes_all_samples(settings_)) {
      compare("n", json.at("n").get<std::int64_t>(), settings_.n);
      compare("alpha", alpha, 0.0);
    } else if (!(alpha > 0 && alpha < 1)) {
      say("alpha is {}, no probability of failure", alpha);
    } else if (alpha > settings_.alpha) {
      report_.notes.push_back(
          fmt::format("{}: alpha {} lets so many answers be wrong; the run has {}", where_, alpha,
                      settings_.alpha));
    }
  }

  void read_attack() {
    const fs::path file = run_ / kAttackFile;
    const std::string content = read_file(file);
    TsvReader table(content, file.string());
    for (const std::string& needed :
         {std::string("idx"), std::string("label"), std::string("predict"), columns_.radius,
          std::string("correct"), columns_.distance, std::string("attack_predict"),
          columns_.unsettled}) {
      table.require(needed, "no attack without it");
    }
    while (table.next()) {
      if (attacked_.size() == rows_.size()) table.refuse("more rows than the run has");
      attacked_.push_back(read_row(table, columns_));
    }
  }

  void check_row(const StatedRow& row, const AttackRow& attack, const AttackFacts& facts) {
    const bool certified = attack.predicted >= 0;
    compare("idx", attack.index, row.index);
    compare("label", attack.label, row.label);
    compare("predict", attack.predicted, row.predicted);
    compare(columns_.radius, attack.radius, row.predicted >= 0 ? row.radius : 0);
    compare("correct", attack.correct, row.correct);
    const bool found = attack.answer >= 0;
    if (!certified && (found || attack.distance > 0 || attack.unsettled > 0)) {
      say("image {} abstains, so nothing was attacked, but a distance is stated", attack.index);
    }
    if (found && attack.answer == attack.predicted) {
      say("image {}: attack_predict is {}, the class that was attacked", attack.index,
          attack.answer);
    }
    if (attack.answer >= settings_.classes) {
      say("image {}: attack_predict is {}, of {} classes", attack.index, attack.answer,
          settings_.classes);
    }
    if (attack.unsettled > attack.distance) {
      say("image {}: {} {} is above {} {}", attack.index, columns_.unsettled, attack.unsettled,
          columns_.distance, attack.distance);
    }
    if (attack.distance > facts.max_radius) {
      say("image {}: {} {} is above the largest ball, {}", attack.index, columns_.distance,
          attack.distance, facts.max_radius);
    }
  }

  void check_number(const AttackFacts& facts) {
    where_ = (run_ / kAttackFile).string();
    std::int64_t inside = 0;
    for (const AttackRow& attack : attacked_) {
      inside += attack.answer >= 0 && attack.distance <= attack.radius;
    }
    const double wrong = settings_.alpha + facts.alpha;
    if (inside == 0 || wrong >= 1) return;
    const checker::Real tail =
        checker::takes_all_samples(settings_)
            ? 0
            : checker::upper_tail(inside, std::ssize(attacked_), checker::Share::from_p(wrong));
    if (tail >= kLevel) return;
    say("{} answers changed inside certificates of {} images considered: so many come with "
        "probability {} at most if the certificates hold",
        inside, attacked_.size(), checker::shown(tail));
  }

  /// Certified, then neither changed nor abstained, then not changed.
  std::vector<RecountedCurve> recounted() const {
    std::vector<RecountedCurve> curves{RecountedCurve(), RecountedCurve(0, false),
                                       RecountedCurve(0, false)};
    for (RecountedCurve& curve : curves) curve.set_norm(norm_);
    for (const AttackRow& attack : attacked_) {
      curves[0].add(attack.correct, attack.radius);
      curves[1].add(attack.correct, attack.unsettled);
      curves[2].add(attack.correct, attack.distance);
    }
    return curves;
  }

  fs::path run_;
  const RunSettings& settings_;
  const std::vector<StatedRow>& rows_;
  std::string norm_;
  AttackColumns columns_;
  std::vector<AttackRow> attacked_;
  std::string where_;
  VerifyReport report_;
};

}  // namespace

VerifyReport check_attack(const fs::path& run, const RunSettings& settings,
                          const std::vector<StatedRow>& rows) {
  return AttackCheck(run, settings, rows).check();
}

}  // namespace certify
