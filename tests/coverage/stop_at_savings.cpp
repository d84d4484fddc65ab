// What stopping early saves and what it costs, replayed from stored counts:
//   build/core-only/bin/stop_at_savings COUNTS SIGMA [REPLAYS]
// COUNTS has a row an image, m counts and the label last. Given the counts of n independent
// samples, every order of them is equally likely, so a shuffle of a row replays its sampling.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/stop_at.h"
#include "core/runs/samples/count_file.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

struct Stored {
  std::int64_t votes;  ///< for the label
  std::int64_t n;
  double fixed_radius;  ///< of `cohen`, class by label
};

/// Votes for the label at each look, in a random order of the samples.
class Replay {
 public:
  Replay(const Stored& image, std::mt19937_64& random) {
    std::vector<char> order(static_cast<std::size_t>(image.n), 0);
    std::fill_n(order.begin(), image.votes, 1);
    std::shuffle(order.begin(), order.end(), random);
    votes_.reserve(order.size() + 1);
    votes_.push_back(0);
    for (const char vote : order) votes_.push_back(votes_.back() + vote);
  }

  /// The samples of the image where the rule stops it.
  ImageSamples stopped_by(const StoppingRule& rule) const {
    const auto n = static_cast<std::int64_t>(votes_.size()) - 1;
    ImageSamples samples = first(0);
    for (std::int64_t drawn = 0; drawn < n && samples.stopped == StopReason::kNone;) {
      drawn = rule.next_look(drawn);
      samples = first(drawn);
      if (drawn < n) samples.stopped = rule.decide(samples);
    }
    return samples;
  }

 private:
  ImageSamples first(std::int64_t drawn) const {
    const std::int64_t votes = votes_[static_cast<std::size_t>(drawn)];
    ImageSamples samples;
    samples.estimation.votes = {votes, drawn - votes};
    return samples;
  }

  std::vector<std::int64_t> votes_;
};

struct Spent {
  double images = 0, samples = 0, ratios = 0, least = 0;
  void add(std::int64_t drawn, std::int64_t n, double floor) {
    ++images;
    samples += static_cast<double>(drawn);
    ratios += static_cast<double>(n) / static_cast<double>(drawn);
    least += floor;
  }
  double mean() const { return samples / images; }
};

/// What a test of level alpha that always certifies in the end draws in the mean at least, by
/// Wald's inequality: ln(1/alpha) over the divergence of the share from the proportion tested.
double least_samples(const Stored& image, double radius, const MethodOptions& options) {
  const double x = static_cast<double>(image.votes) / static_cast<double>(image.n);
  const NormalTails tested = normal_cdf(radius / options.noise.sigma);
  const double misses = x < 1 ? (1 - x) * std::log((1 - x) / tested.above) : 0;
  return std::min(static_cast<double>(image.n),
                  -std::log(options.alpha) / (x * std::log(x / tested.below) + misses));
}

class Savings {
 public:
  Savings(std::vector<Stored> images, double sigma, int replays)
      : images_(std::move(images)),
        replays_(replays),
        options_{.noise = gaussian_noise(sigma), .alpha = 0.001, .selection = Selection::kLabel} {
    for (const Stored& image : images_) {
      for (int i = 0; i < replays_; ++i) orders_.emplace_back(image, random_);
    }
  }

  void print() {
    print_nine_tenths();
    print_fixed_radii();
    print_futility();
  }

 private:
  const Replay& order(std::size_t image, int replay) const {
    return orders_[image * static_cast<std::size_t>(replays_) + static_cast<std::size_t>(replay)];
  }
  std::int64_t n() const { return images_.front().n; }

  void print_nine_tenths() {
    const std::vector<double> edges = {0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999, 1, 2};
    std::vector<Spent> bands(edges.size() - 1);
    Spent all;
    int missed = 0;
    for (std::size_t i = 0; i < images_.size(); ++i) {
      const Stored& image = images_[i];
      if (!(image.fixed_radius > 0)) continue;
      const StopAt rule({0.9 * image.fixed_radius}, image.n, options_);
      const double share = static_cast<double>(image.votes) / static_cast<double>(image.n);
      const auto band = std::upper_bound(edges.begin(), edges.end(), share) - edges.begin() - 1;
      for (int r = 0; r < replays_; ++r) {
        const ImageSamples samples = order(i, r).stopped_by(rule);
        const std::int64_t drawn = samples.estimation.total();
        const double least = least_samples(image, 0.9 * image.fixed_radius, options_);
        bands[static_cast<std::size_t>(band)].add(drawn, image.n, least);
        all.add(drawn, image.n, least);
        missed += samples.stopped == StopReason::kHopeless;
      }
    }
    fmt::print(
        "| share of votes | images | samples drawn, mean | {0} over that | mean of {0} over an "
        "image's | least possible, mean |\n|---|---|---|---|---|---|\n",
        n());
    for (std::size_t b = 0; b < bands.size(); ++b) {
      if (bands[b].images == 0) continue;
      const std::string name =
          b + 2 == edges.size() ? "all votes" : fmt::format("{} to {}", edges[b], edges[b + 1]);
      print_spent(name, bands[b]);
    }
    print_spent("all", all);
    fmt::print("\nGiven up by mistake: {} of {} replays.\n\n", missed, all.images);
  }

  void print_spent(const std::string& name, const Spent& spent) const {
    fmt::print("| {} | {:.0f} | {:.0f} | {:.1f} | {:.1f} | {:.0f} |\n", name,
               spent.images / replays_, spent.mean(), static_cast<double>(n()) / spent.mean(),
               spent.ratios / spent.images, spent.least / spent.images);
  }

  struct Kept {
    Spent spent;
    std::vector<double> certified;  ///< images at each radius, of one replay
    double worst_loss = 0;          ///< in points of accuracy, of any radius and replay
  };

  double fixed_count(double radius) const {
    return static_cast<double>(std::count_if(
        images_.begin(), images_.end(), [&](const Stored& s) { return s.fixed_radius >= radius; }));
  }

  Kept replay_all(const std::vector<double>& radii, double futility) {
    const StopAt rule(radii, n(), options_, futility);
    Kept kept;
    kept.certified.assign(radii.size(), 0);
    const double points = 100 / static_cast<double>(images_.size());
    for (int r = 0; r < replays_; ++r) {
      std::vector<double> now(radii.size(), 0);
      for (std::size_t i = 0; i < images_.size(); ++i) {
        const ImageSamples samples = order(i, r).stopped_by(rule);
        kept.spent.add(samples.estimation.total(), n(), 0);
        const double radius = kCohenSequential.certify(samples, options_).radius;
        for (std::size_t k = 0; k < radii.size(); ++k) now[k] += radius >= radii[k];
      }
      for (std::size_t k = 0; k < radii.size(); ++k) {
        kept.certified[k] += now[k] / replays_;
        kept.worst_loss = std::max(kept.worst_loss, points * (fixed_count(radii[k]) - now[k]));
      }
    }
    return kept;
  }

  std::string in_percent(double images) const {
    const double percent = 100 * images / static_cast<double>(images_.size());
    return fmt::format("{:.2f}", std::round(100 * percent) / 100 + 0.0);  // no "-0.00"
  }

  void print_fixed_radii() {
    fmt::print(
        "| --stop-at | accuracy with all {}, % | with --stop-at, mean | largest loss of a replay, "
        "points | samples drawn, mean | {} over that |\n|---|---|---|---|---|---|\n",
        n(), n());
    for (const std::vector<double>& radii : {std::vector{0.25}, {0.5}, {0.75}, {0.25, 0.5, 0.75}}) {
      const Kept kept = replay_all(radii, StopAt::kFutility);
      std::string names, fixed, stopped;
      for (std::size_t k = 0; k < radii.size(); ++k) {
        const char* comma = k == 0 ? "" : ", ";
        names += fmt::format("{}{}", k == 0 ? "" : ",", radii[k]);
        fixed += comma + in_percent(fixed_count(radii[k]));
        stopped += comma + in_percent(kept.certified[k]);
      }
      fmt::print("| {} | {} | {} | {:.2f} | {:.0f} | {:.1f} |\n", names, fixed, stopped,
                 kept.worst_loss, kept.spent.mean(), static_cast<double>(n()) / kept.spent.mean());
    }
    fmt::print("\n");
  }

  void print_futility() {
    fmt::print(
        "| futility | mean loss at 0.25, 0.5, 0.75, points | largest loss of a replay | samples "
        "drawn, mean of the three |\n|---|---|---|---|\n");
    for (const double futility : {0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-4, 0.0}) {
      std::string losses;
      double samples = 0, worst = 0;
      for (const double radius : {0.25, 0.5, 0.75}) {
        const Kept kept = replay_all({radius}, futility);
        losses +=
            (losses.empty() ? "" : ", ") + in_percent(fixed_count(radius) - kept.certified[0]);
        samples += kept.spent.mean() / 3;
        worst = std::max(worst, kept.worst_loss);
      }
      fmt::print("| {} | {} | {:.2f} | {:.0f} |\n", futility, losses, worst, samples);
    }
  }

  std::vector<Stored> images_;
  int replays_;
  MethodOptions options_;
  std::mt19937_64 random_{20'261'121};
  std::vector<Replay> orders_;
};

std::vector<Stored> read(const char* file, double sigma) {
  std::vector<Stored> images;
  read_count_file(file, [&](ImageSamples samples) {
    const MethodOptions options{
        .noise = gaussian_noise(sigma), .alpha = 0.001, .selection = Selection::kLabel};
    images.push_back({samples.estimation.votes[static_cast<std::size_t>(samples.label)],
                      samples.estimation.total(), kCohen.certify(samples, options).radius});
  });
  return images;
}

}  // namespace
}  // namespace certify

int main(int argc, char** argv) {
  const double sigma = argc > 2 ? std::atof(argv[2]) : 0;
  const int replays = argc > 3 ? std::atoi(argv[3]) : 5;
  if (!(sigma > 0) || replays < 1) {
    fmt::print(stderr, "usage: stop_at_savings COUNTS SIGMA [REPLAYS]\n");
    return 64;
  }
  try {
    certify::Savings(certify::read(argv[1], sigma), sigma, replays).print();
  } catch (const certify::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
