#include "core/verify/checks/curve_check.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/tsv_reader.h"
#include "core/runs/run_folder.h"
#include "core/verify/bounds/tails.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using checker::Real;
using checker::Share;

constexpr double kDefaultRho = 0.001;
constexpr std::string_view kAtLeast = "at_least", kWithRho = "_rho_";
constexpr Real kRhoSlack = 1e-9L;     ///< relative; many times the error of a tail
constexpr std::int64_t kSteps = 256;  ///< of a band: in between it takes a later, lower step

/// The least number of good images that Y certified ones of m do not rule out:
/// min{g : P[Bin(m - g, α) >= Y - g] > ρ}, whose tail grows with g.
std::int64_t good_images(std::int64_t Y, std::int64_t m, double alpha, Real rho) {
  std::int64_t ruled_out = -1, possible = Y;
  while (possible - ruled_out > 1) {
    const std::int64_t g = ruled_out + (possible - ruled_out) / 2;
    const Real tail = checker::upper_tail(Y - g, m - g, Share::from_p(alpha));
    (tail > rho ? possible : ruled_out) = g;
  }
  return possible;
}

/// Cohen et al. (2019), theorem 5.
Real theorem_5(std::int64_t Y, std::int64_t m, double alpha, double rho) {
  const auto images = static_cast<Real>(m);
  const Real a = alpha, l = std::log(1 / static_cast<Real>(rho));
  const Real width = std::sqrt(2 * a * (1 - a) * l / images) + l / (3 * images);
  return (static_cast<Real>(Y) / images - a - width) / (1 - a);
}

/// "at_least" or "at_least_rho_0.05"; nothing for another column.
std::optional<double> rho_of(std::string_view column) {
  if (!column.starts_with(kAtLeast)) return std::nullopt;
  column.remove_prefix(kAtLeast.size());
  if (column.empty()) return kDefaultRho;
  if (!column.starts_with(kWithRho)) return std::nullopt;
  return parse_number<double>(column.substr(kWithRho.size()));
}

double share(std::int64_t count, std::int64_t images) {
  return static_cast<double>(count) / static_cast<double>(images);
}

/// One file; findings name its lines.
class File {
 public:
  explicit File(const fs::path& file)
      : file_(file.string()), content_(read_file(file)), table_(content_, file_) {}

  TsvReader& table() { return table_; }
  VerifyReport report() && { return std::move(report_); }
  bool is_curve_tsv() const { return fs::path(file_).filename() == kCurveTsvFile; }
  /// Of radii that runs had before there were ℓ1 runs.
  bool is_of_a_further_norm() const {
    const fs::path name = fs::path(file_).filename();
    return name == kCurveL1File || name == kCurveLinfFile;
  }

  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    report_.findings.push_back({fmt::format("{}:{}", file_, table_.line()),
                                fmt::format(format, std::forward<Args>(args)...)});
  }
  void note(const std::string& what) { report_.notes.push_back(file_ + ": " + what); }

 private:
  std::string file_, content_;
  TsvReader table_;
  VerifyReport report_;
};

class CurveFile {
 public:
  CurveFile(const fs::path& file, const std::vector<RecountedCurve>& curves)
      : file_(file), curves_(curves) {}

  VerifyReport check() {
    TsvReader& table = file_.table();
    if (!curves_.empty() && curves_.front().norm() != "l2") {
      radius_ = "radius_" + curves_.front().norm();
      // Runs with radii in several norms had this name for all of them until there were ℓ1 runs.
      if (!table.has(radius_) && table.has("radius") && file_.is_of_a_further_norm()) {
        file_.note(fmt::format("its column radius has {} radii; `certify report` names it so",
                               curves_.front().norm()));
        radius_ = "radius";
      }
    }
    for (const std::string& needed : {radius_, std::string("accuracy")}) {
      table.require(needed, "no curve without it");
    }
    named_ = table.has("run");
    if (named_ && curves_.size() == 1 && file_.is_curve_tsv()) {
      file_.note(
          "has a column run, as reports of attacked runs once had: it is not checked; "
          "`certify report` writes it anew");
      return std::move(file_).report();
    }
    if (const std::string& last = table.header().back(); rho_of(last)) band_ = last;
    if (table.header().size() != 2U + named_ + !band_.empty()) {
      table.refuse("columns that no curve has");  // one of them could hide the bound
    }
    while (table.next()) check_row();
    end_curve();
    if (const std::size_t seen = curve_ + begun_; seen < curves_.size()) {
      file_.say("{} curves, {} expected", seen, curves_.size());
    }
    return std::move(file_).report();
  }

 private:
  void begin_curve(std::string_view name) {
    if (begun_) {
      end_curve();
      ++curve_;
    }
    begun_ = true;
    name_ = name;
    if (curve_ >= curves_.size()) file_.table().refuse("a curve too many");
    const std::string& ending = curves_[curve_].name_ending();
    if (!name.ends_with(ending)) file_.say("'{}' where '…{}' is expected", name, ending);
    steps_ = curves_[curve_].steps();
    step_ = 0;
  }

  void end_curve() {
    if (begun_ && step_ < steps_.size()) {
      file_.say("the curve has {} steps, its rows give {}", step_, steps_.size());
    }
  }

  void check_row() {
    const TsvReader& table = file_.table();
    const std::string_view name = named_ ? table.field("run") : "";
    if (!begun_ || name != name_) begin_curve(name);
    const auto radius = table.number<double>(radius_, 0);
    const auto accuracy = table.number<double>("accuracy", 0);
    if (step_ == steps_.size()) return file_.say("a step at {} that no row gives", radius);
    const RecountedCurve::Step& step = steps_[step_++];
    const RecountedCurve& curve = curves_[curve_];
    const double expected = share(step.certified, curve.images());
    if (!curve.is_at(step.radius, radius)) {
      file_.say("a step at radius {}, the rows give one at {}", radius, step.radius);
    } else if (accuracy != expected) {
      file_.say("accuracy is {} at radius {}, the rows give {}", accuracy, radius, expected);
    } else if (!band_.empty() && curve.alpha() > 0) {
      check_band(step, table.number<double>(band_, 0));
    }
  }

  void check_band(const RecountedCurve::Step& step, double stated) {
    const RecountedCurve& curve = curves_[curve_];
    const std::int64_t images = curve.images();
    const std::int64_t apart = curve.correct() / kSteps;
    const Real rho = *rho_of(band_);
    const auto good = [&](std::int64_t certified, Real at) {
      return good_images(certified, images, curve.alpha(), at);
    };
    const std::int64_t most = good(step.certified, rho * (1 + kRhoSlack));
    const std::int64_t least = good(
        std::max<std::int64_t>(0, step.certified - (apart > 1 ? apart : 0)), rho * (1 - kRhoSlack));
    const std::int64_t count = std::llround(stated * static_cast<double>(images));
    if (least <= count && count <= most && stated == share(count, images)) return;
    file_.say("{} is {} at radius {}, {} of {} certified images give {}", band_, stated,
              step.radius, step.certified, images, share(most, images));
  }

  File file_;
  const std::vector<RecountedCurve>& curves_;
  std::string radius_ = "radius";  ///< its column
  bool named_ = false, begun_ = false;
  std::string band_, name_;
  std::size_t curve_ = 0, step_ = 0;
  std::vector<RecountedCurve::Step> steps_;
};

class AccuracyFile {
 public:
  AccuracyFile(const fs::path& file, const RecountedCurve& curve) : file_(file), curve_(curve) {}

  VerifyReport check() {
    read_header();
    while (file_.table().next()) check_row();
    return std::move(file_).report();
  }

 private:
  /// The last two columns are "theorem 5" and "exact", or these with "_rho_0.05" behind them.
  void read_header() {
    TsvReader& table = file_.table();
    if (curve_.norm() == "l1") radius_ = "ℓ1 radius";
    for (const char* needed : {radius_, "certified accuracy", "images"}) {
      table.require(needed, "no table of one run without it");
    }
    const std::vector<std::string>& header = table.header();
    if (header.size() == 3) return;
    if (header.size() != 5 || curve_.alpha() <= 0) table.refuse("columns that no such table has");
    theorem_5_ = header[3];
    exact_ = header[4];
    const auto at = exact_.find(kWithRho);
    const auto stated = parse_number<double>(
        at == std::string::npos ? "" : std::string_view(exact_).substr(at + kWithRho.size()));
    rho_ = stated.value_or(kDefaultRho);
  }

  void check_row() {
    const TsvReader& table = file_.table();
    const auto radius = table.number<double>(radius_, 0);
    const std::int64_t images = curve_.images(), certified = curve_.certified(radius);
    const std::string of = fmt::format("{} of {}", certified, images);
    if (table.field("images") != of) {
      file_.say("images is '{}' at radius {}, the rows give {}", table.field("images"), radius, of);
    }
    const auto thousandths = [&](std::int64_t count) { return count * 1000 / images; };
    compare("certified accuracy", radius, thousandths(certified), thousandths(certified));
    if (exact_.empty()) return;
    const auto good = [&](Real rho) {
      return thousandths(good_images(certified, images, curve_.alpha(), rho));
    };
    compare(exact_, radius, good(rho_ * (1 - kRhoSlack)), good(rho_ * (1 + kRhoSlack)));
    const Real bound = 1000 * theorem_5(certified, images, curve_.alpha(), rho_);
    const auto rounded_down = [&](Real slack) {
      return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(bound + slack)));
    };
    compare(theorem_5_, radius, rounded_down(-1e-9L), rounded_down(1e-9L));
  }

  /// A share in thousandths, rounded down, which is one of two where rounding leaves it open.
  void compare(const std::string& column, double radius, std::int64_t least, std::int64_t most) {
    const std::string_view stated = file_.table().field(column);
    const auto text = [](std::int64_t thousandths) {
      return fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
    };
    if (stated == text(least) || stated == text(most)) return;
    file_.say("{} is {} at radius {}, the rows give {}", column, stated, radius, text(most));
  }

  File file_;
  const RecountedCurve& curve_;
  const char* radius_ = "radius";  ///< its column
  std::string theorem_5_, exact_;
  double rho_ = kDefaultRho;
};

}  // namespace

void RecountedCurve::add(bool correct, double radius) {
  ++images_;
  if (correct) radii_.push_back(radius);
}

std::int64_t RecountedCurve::certified(double radius) const {
  return std::count_if(radii_.begin(), radii_.end(), [&](double r) { return r >= radius; });
}

bool RecountedCurve::is_at(double radius, double stated) const {
  return stated <= radius && stated >= radius * (1 - rounding_);
}

double RecountedCurve::average_radius() const {
  return static_cast<double>(std::accumulate(radii_.begin(), radii_.end(), Real{0}) /
                             static_cast<Real>(images_));
}

double RecountedCurve::top_tenth_share() const {
  std::vector<double> falling = radii_;
  std::ranges::sort(falling, std::greater());
  Real top = 0, all = 0;
  for (std::size_t i = 0; i < falling.size(); ++i) {
    all += falling[i];
    if (10 * static_cast<std::int64_t>(i) < images_) top += falling[i];  // i < ⌈images / 10⌉
  }
  return static_cast<double>(top / all);
}

std::vector<RecountedCurve::Step> RecountedCurve::steps() const {
  std::vector<double> radii = radii_;
  std::sort(radii.begin(), radii.end());
  std::vector<Step> steps{{0, correct()}};
  for (std::size_t i = 0; i < radii.size(); ++i) {
    if (radii[i] > steps.back().radius) {
      steps.push_back({radii[i], static_cast<std::int64_t>(radii.size() - i)});
    }
  }
  if (ends_ && steps.back().certified > 0) {
    constexpr double kFar = std::numeric_limits<double>::infinity();
    steps.push_back({std::nextafter(steps.back().radius, kFar), 0});
  }
  return steps;
}

RecountedCurve recount(const std::vector<StatedRow>& rows) {
  double alpha = 0;
  for (const StatedRow& row : rows) alpha = std::max(alpha, row.alpha);
  RecountedCurve curve(alpha);
  if (!rows.empty()) curve.set_norm(rows.front().norm);
  for (const StatedRow& row : rows) curve.add(row.correct, row.radius);
  return curve;
}

std::vector<RecountedCurve> recount_radii(const std::vector<StatedRadii>& radii,
                                          const std::string& norm, std::int64_t dimension,
                                          double alpha) {
  constexpr double kRoots = 1e-14;  // relative; of the division by a root
  constexpr std::string_view kWhole[] = {"l2", "l1", "linf", "cohen"};
  // An ℓ∞ ball of radius r lies in the ℓ2 ball of √D r, an ℓ1 ball of r in that of r.
  const Real root = norm == "linf" ? std::sqrt(static_cast<Real>(dimension)) : 1;
  std::vector<RecountedCurve> curves;
  const auto add = [&](std::size_t column, Real divisor, const std::string& ending) {
    RecountedCurve& curve = curves.emplace_back(alpha);
    curve.set_name_ending(ending);
    if (!norm.empty()) curve.set_norm(norm);
    if (divisor != 1) curve.set_rounding(kRoots);
    for (const StatedRadii& row : radii) {
      curve.add(row.correct, static_cast<double>(row.radii.at(column).radius / divisor));
    }
  };
  std::optional<std::size_t> without_gradient;
  for (std::size_t column = 0; !radii.empty() && column < radii[0].radii.size(); ++column) {
    const std::string& name = radii[0].radii[column].name;
    const bool is_part = std::ranges::find(kWhole, name) == std::end(kWhole);
    if (name == "cohen") without_gradient = column;
    if (norm.empty() ? is_part : name == norm) add(column, 1, is_part ? ", " + name : "");
  }
  if (without_gradient) add(*without_gradient, root, ", without the gradient");
  return curves;
}

VerifyReport check_curves(const fs::path& file, const std::vector<RecountedCurve>& curves) {
  return CurveFile(file, curves).check();
}

VerifyReport check_accuracy_table(const fs::path& file, const RecountedCurve& curve) {
  return AccuracyFile(file, curve).check();
}

}  // namespace certify
