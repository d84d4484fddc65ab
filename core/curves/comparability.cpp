#include "core/curves/comparability.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/parse.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

using IndexAndLabel = std::pair<std::int64_t, int>;

std::vector<IndexAndLabel> images_of(const RadiusLog& log) {
  std::vector<IndexAndLabel> images;
  for (const RadiusRow& row : log.rows) images.emplace_back(row.index, row.label);
  std::ranges::sort(images);
  return images;
}

/// The number behind the last "sigma" of a name, as in sigma_0.25 and sigma0.25.
std::optional<double> sigma_in(const std::string& name) {
  constexpr std::string_view kWord = "sigma";
  const std::size_t word = name.rfind(kWord);
  if (word == std::string::npos) return std::nullopt;
  const std::size_t first = name.find_first_not_of("_-= ", word + kWord.size());
  if (first == std::string::npos) return std::nullopt;
  std::size_t end = name.find_first_not_of("0123456789.", first);
  if (end == std::string::npos) end = name.size();
  while (end > first && name[end - 1] == '.') --end;  // before an ending
  const auto sigma = parse_number<double>(std::string_view(name).substr(first, end - first));
  return sigma && *sigma > 0 ? sigma : std::nullopt;
}

double largest_certified(const RadiusLog& log) {
  double largest = 0;
  for (const RadiusRow& row : log.rows) {
    if (row.predicted != kAbstain) largest = std::max(largest, row.radius);
  }
  return largest;
}

/// That of an image all of whose n samples agree.
double largest_possible(double alpha, std::int64_t n, double sigma) {
  const double q = -std::expm1(std::log(alpha) / static_cast<double>(n));
  return sigma * normal_quantile(1 - q, q);
}

bool is_of_l2_radii(const RadiusLog& log) {
  return has_radii_in(log, "l2") && !log.attack && log.of_images;
}

std::string plural(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "X, Y, Z", or "X, Y, Z and 3 others".
std::string names_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  if (names.size() <= kMost) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} others", fmt::join(names.begin(), names.begin() + kMost, ", "),
                     names.size() - kMost);
}

/// What no number of samples gives: of 10^10 that all agree the radius is 6.0 σ at α = 0.0001.
std::string describe_too_large(const RadiusLog& log) {
  constexpr double kMostSigmas = 6.5;
  const auto sigma = sigma_in(log.name);
  if (!sigma || !is_of_l2_radii(log)) return "";
  const double largest = largest_certified(log);
  if (largest <= kMostSigmas * *sigma) return "";
  return fmt::format("{} is {:.1f}σ at σ = {}", largest, largest / *sigma, *sigma);
}

/// How the images of a set stand to those of a larger one.
std::string relation(const std::vector<IndexAndLabel>& some, const std::vector<IndexAndLabel>& most,
                     const std::string& name) {
  if (some == most) {
    return fmt::format("has the images' numbers and labels of {}, but is of other data", name);
  }
  std::vector<IndexAndLabel> common;
  std::ranges::set_intersection(some, most, std::back_inserter(common));
  if (common.size() == some.size()) {
    return fmt::format("lacks {} of the {} of {}", most.size() - some.size(), most.size(), name);
  }
  const auto indices = [](const std::vector<IndexAndLabel>& images) {
    std::vector<std::int64_t> out;
    for (const IndexAndLabel& image : images) out.push_back(image.first);
    return out;
  };
  if (std::ranges::includes(indices(most), indices(some))) {
    return fmt::format("has images' numbers of {} with other labels", name);
  }
  return fmt::format("has {} of them in common with {}", common.size(), name);
}

std::string letter(std::size_t set) {
  constexpr std::size_t kLetters = 26;
  return set < kLetters ? std::string(1, static_cast<char>('A' + set)) : fmt::format("{}", set + 1);
}

class Comparing {
 public:
  explicit Comparing(std::span<const RadiusLog> logs) : logs_(logs) {
    find_sets();
    find_alphas();
  }
  Comparability take() { return std::move(out_); }

 private:
  void find_sets() {
    for (const RadiusLog& log : logs_) {
      if (!log.of_images || log.attack) {  // the best of several; an attack on some of a run's
        out_.set_of.push_back(0);
        continue;
      }
      const std::size_t number = set_of(log);
      out_.set_of.push_back(number);
      sets_[number].logs.push_back(&log);
    }
    out_.sets = std::max<std::size_t>(1, sets_.size());
    if (out_.sets > 1) warn_of_sets();
    warn_of_each("Rows seem to be missing", describe_missing_rows);
    warn_of_each("Radii are too large for ℓ2 radii of the [0,1] input", describe_too_large);
  }

  /// One warning for all logs of which there is something to say.
  void warn_of_each(std::string_view what, std::string (*describe)(const RadiusLog&)) {
    std::vector<std::string> parts;
    for (const RadiusLog& log : logs_) {
      const std::string said = describe(log);
      if (!said.empty()) parts.push_back(fmt::format("{}: {}", log.name, said));
    }
    if (!parts.empty()) out_.warnings.push_back(fmt::format("{}. {}.", what, names_of(parts)));
  }

  /// The first set of its images, of its data as far as logs say; or a new one.
  std::size_t set_of(const RadiusLog& log) {
    std::vector<IndexAndLabel> images = images_of(log);
    const auto is_its_own = [&](const Set& set) {
      return set.images == images && std::ranges::none_of(set.logs, [&](const RadiusLog* other) {
               return of_other_data(*other, log);
             });
    };
    const auto found = std::ranges::find_if(sets_, is_its_own);
    if (found == sets_.end()) {
      sets_.push_back({std::move(images), {}});
      return sets_.size() - 1;
    }
    return static_cast<std::size_t>(found - sets_.begin());
  }

  void warn_of_sets() {
    const auto size = [](const Set& set) { return set.images.size(); };
    const auto largest =
        static_cast<std::size_t>(std::ranges::max_element(sets_, {}, size) - sets_.begin());
    constexpr std::size_t kMost = 6;
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < std::min(sets_.size(), kMost); ++i) {
      std::vector<std::string> names;
      for (const RadiusLog* log : sets_[i].logs) names.push_back(log->name);
      const std::string how =
          i == largest
              ? ""
              : "; it " + relation(sets_[i].images, sets_[largest].images, letter(largest));
      parts.push_back(fmt::format("{} ({}): {}{}", letter(i), plural(size(sets_[i]), "image"),
                                  names_of(names), how));
    }
    if (sets_.size() > kMost)
      parts.push_back(fmt::format("And {} more sets", sets_.size() - kMost));
    out_.warnings.push_back(fmt::format(
        "Not on the same images, so accuracies and averages compare within a set only. {}.",
        fmt::join(parts, ". ")));
  }

  void find_alphas() {
    std::map<double, std::vector<std::string>> logs_of;  // by α, their names
    std::vector<std::string> guesses;
    for (const RadiusLog& log : logs_) {
      const auto inferred = infer_alpha(log);
      const double alpha = inferred ? inferred->alpha : log.alpha;
      std::string& text = out_.alphas.emplace_back();
      if (log.attack || alpha == 0) continue;
      text = fmt::format("{}{}", alpha, inferred ? " (inferred)" : "");
      logs_of[alpha].push_back(log.name);
      if (!inferred) continue;
      guesses.push_back(fmt::format("{} {:.2f}σ at σ = {}", log.name,
                                    largest_certified(log) / inferred->sigma, inferred->sigma));
    }
    out_.one_alpha = logs_of.size() <= 1;
    if (out_.one_alpha) return;
    std::vector<std::string> parts;
    for (const auto& [alpha, names] : logs_of) {
      parts.push_back(fmt::format("{} ({})", alpha, names_of(names)));
    }
    std::string warning =
        fmt::format("{} of the same failure probability α, and a larger α gives larger radii: {}.",
                    guesses.empty() ? "Not" : "Perhaps not", fmt::join(parts, ", "));
    if (!guesses.empty()) {
      warning += fmt::format(" Where a log does not state α, its largest radius tells: {}.",
                             names_of(guesses));
    }
    out_.warnings.push_back(std::move(warning));
  }

  struct Set {
    std::vector<IndexAndLabel> images;
    std::vector<const RadiusLog*> logs;
  };

  std::span<const RadiusLog> logs_;
  Comparability out_;
  std::vector<Set> sets_;
};

}  // namespace

std::optional<InferredAlpha> infer_alpha(const RadiusLog& log) {
  // Where the name tells σ, much can be tried. Without it only the usual, or too much fits by
  // chance.
  constexpr std::array kAlphas{0.01, 0.001, 0.05, 0.0001};
  constexpr std::array<std::int64_t, 4> kSamples{100'000, 1'000, 10'000, 1'000'000};
  constexpr std::array kUsualSigmas{0.12, 0.25, 0.5, 1.0};
  constexpr std::size_t kUsualAlphas = 2, kUsualSamples = 1;
  if (log.alpha > 0 || !is_of_l2_radii(log)) return std::nullopt;
  const double largest = largest_certified(log);
  // Where all samples agree many images have it; one image's radius may be anything.
  constexpr std::int64_t kEnough = 3;
  const auto met = std::ranges::count_if(log.rows, [&](const RadiusRow& row) {
    return row.predicted != kAbstain && row.radius == largest;
  });
  if (!(largest > 0) || met < kEnough) return std::nullopt;
  const double last_digit = std::pow(10, std::floor(std::log10(largest)) - 2);  // of three
  const auto known = sigma_in(log.name);
  std::vector<double> sigmas(kUsualSigmas.begin(), kUsualSigmas.end());
  if (known) sigmas = {*known};
  const std::span alphas(kAlphas.data(), known ? kAlphas.size() : kUsualAlphas);
  const std::span samples(kSamples.data(), known ? kSamples.size() : kUsualSamples);
  std::optional<InferredAlpha> found;
  for (const double sigma : sigmas) {
    for (const std::int64_t n : samples) {
      for (const double alpha : alphas) {
        const double more = largest_possible(alpha, n, sigma) - largest;
        // Rounded to the nearest, or cut off.
        if (more < -0.51 * last_digit || more > last_digit) continue;
        if (found && found->alpha != alpha) return std::nullopt;
        found = {alpha, sigma, n};
      }
    }
  }
  return found;
}

std::string describe_missing_rows(const RadiusLog& log) {
  constexpr std::size_t kEnough = 10;  // images, to speak of steps
  if (log.attack || !log.of_images || log.rows.size() < kEnough) return "";
  const std::vector<IndexAndLabel> images = images_of(log);
  std::map<std::int64_t, std::size_t> gaps;
  for (std::size_t i = 1; i < images.size(); ++i) ++gaps[images[i].first - images[i - 1].first];
  const std::int64_t step = gaps.begin()->first;
  if (step < 1 || gaps.begin()->second * 2 < images.size()) return "";  // no steps
  std::int64_t holes = 0, first_hole = -1;
  for (std::size_t i = 1; i < images.size(); ++i) {
    const std::int64_t gap = images[i].first - images[i - 1].first;
    if (gap % step != 0) return "";
    if (gap > step && first_hole < 0) first_hole = images[i - 1].first + step;
    holes += gap / step - 1;
  }
  const std::int64_t first = images.front().first, last = images.back().first;
  if (holes > 0) {
    return fmt::format("{} of {}, from image {} to {} in steps of {}; the first is image {}", holes,
                       std::ssize(images) + holes, first, last, step, first_hole);
  }
  // Of a run the manifest knows better.
  if (first != 0 || !log.dataset.empty()) return "";
  // CIFAR-10's and ImageNet's images, and the steps that the field takes in them.
  constexpr std::int64_t kCifar = 10'000, kImagenet = 50'000;
  const std::int64_t end = last + step, usual = step == 20 ? kCifar : step == 100 ? kImagenet : 0;
  if (usual == 0 || end == kCifar || end >= usual) return "";
  return fmt::format(
      "it ends at image {} of every {}th, with {} rows, where the usual subset has {}", last, step,
      images.size(), usual / step);
}

std::string Comparability::set_name(std::size_t log) const {
  return sets > 1 ? letter(set_of[log]) : "";
}

std::string Comparability::name_with_set(const RadiusLog& log, std::size_t number) const {
  return sets > 1 ? fmt::format("{} [{}]", log.name, set_name(number)) : log.name;
}

Comparability compare(std::span<const RadiusLog> logs) { return Comparing(logs).take(); }

}  // namespace certify
