#include "core/report/sources/run_description.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/certificate.h"
#include "core/methods/catalogue.h"
#include "core/noise/cell_noise.h"
#include "core/noise/families.h"

namespace certify {

std::string describe_level(const RunSettings& s) {
  if (!s.sigma_map.empty()) return s.sigma_map_seen ? "map of σ that saw images" : "map of σ";
  const NoiseFamily& family = *s.noise_value().family;
  if (kind_of(family).empty()) return fmt::format("σ = {}", s.sigma);
  // Six digits: λ as it was typed, and not √3 (λ/√3) in floating point.
  return fmt::format("{} noise, λ = {:.6g}", family.name, half_side_of(s.sigma));
}

std::string describe_run(const RunSettings& s) {
  return fmt::format("{}, {}, {}{}", s.classifier_name(), describe_level(s), s.method,
                     s.batch_dependent ? ", no certificates" : "");
}

namespace {

/// "500 images, every 20th from 0"
std::string describe_images(std::int64_t count, std::int64_t skip, std::int64_t start) {
  return fmt::format("{} images, every {} from {}", count,
                     skip == 1 ? "one" : fmt::format("{}th", skip), start);
}

/// "train:64": the split that its first noisy images are of, and how many.
std::string describe_scales(const RunSettings& s) {
  const std::size_t colon = s.calibration.find(':');
  if (colon == std::string::npos) return "as the network's file has them";
  const std::string split = s.calibration.substr(0, colon);
  return fmt::format("set by {} noisy images of {}{}", s.calibration.substr(colon + 1), split,
                     split == s.split ? ", which is the split that is certified" : "");
}

}  // namespace

std::string describe_denoiser(const DenoiserSettings& d) {
  const bool of_file = d.kind.starts_with('{');
  const std::string kind = !of_file      ? d.kind
                           : d.step >= 0 ? "diffusion by its schedule's file"
                                         : "direct";
  return fmt::format("{} ({}{}{})", d.name, kind,
                     d.step < 0 ? "" : fmt::format(", step {}", d.step),
                     d.resize == 0 ? "" : fmt::format(", then resized to {}", d.resize));
}

std::string describe_slice(const Manifest& m) {
  const RunSettings& s = m.settings;
  return fmt::format("{} {}: {}{}{}", s.dataset, s.split,
                     describe_images(m.images, s.skip, s.start),
                     s.count < 0 ? "" : fmt::format(", at most {}", s.count),
                     s.shard.count == 1 ? "" : ", shard " + to_string(s.shard));
}

std::vector<std::pair<std::string, std::string>> describe_settings(const Manifest& m) {
  const RunSettings& s = m.settings;
  double seconds = 0;
  for (const RunSession& session : m.sessions) seconds += session.seconds;
  std::vector<std::pair<std::string, std::string>> rows = {
      {"data", describe_slice(m)},
      {"data sha256", s.dataset_sha256},
      {"model", s.model},
      {"model sha256", s.model_sha256},
      {"normalisation",
       s.normalize == "none" ? "none added (inside the model, if any)" : s.normalize},
      {"σ", s.sigma_map.empty() ? fmt::format("{}", s.sigma)
                                : fmt::format("{} at least (a map)", s.sigma)},
      {"n0", fmt::format("{}", s.n0)},
      {"n", fmt::format("{}", s.n)},
      {"α", fmt::format("{}", s.alpha)},
      {"method", fmt::format("{} ({})", s.method, find_method(s.method).source)},
      {"class from", to_string(s.select)},
      {"seed", fmt::format("{}", s.seed)},
      {"noise", s.noise},
      {"device", fmt::format("{}, {}, batch {}{}", s.device, to_string(s.precision), s.batch,
                             s.deterministic ? ", deterministic" : "")},
      {"LibTorch", s.libtorch},
      {"time", fmt::format("{:.1f} s in {} session{}", seconds, m.sessions.size(),
                           m.sessions.size() == 1 ? "" : "s")}};
  if (const double step = s.noise_value().family->step; step > 0) {
    rows.emplace_back("input", fmt::format("rounded to whole steps of 1/{:.0f}", 1 / step));
    if (const double taken = s.method_options().noise_alpha; taken > 0) {
      rows.emplace_back("α that noise takes", fmt::format("{:.2g} an image", taken));
    }
  }
  if (!m.digest.empty()) rows.emplace_back("digest", m.digest);
  if (s.denoiser) {
    rows.emplace_back("denoiser", describe_denoiser(*s.denoiser));
    rows.emplace_back("denoiser sha256", s.denoiser->sha256);
  }
  if (!s.calibration.empty()) rows.emplace_back("scales of 8 bits", describe_scales(s));
  if (s.batch_dependent) rows.emplace_back("answers", "depend on the batch");
  if (!s.sigma_map.empty()) rows.emplace_back("map of σ, sha256", s.sigma_map);
  if (const auto& learned = s.sigma_map_seen) {
    rows.emplace_back("map of σ, learned on",
                      fmt::format("{}, of the same data",
                                  describe_images(learned->count, learned->skip, learned->start)));
  }
  if (s.scores.keep != ScoreKeeping::kNone) {
    rows.emplace_back("scores", fmt::format("{}, {}, T = {}", to_string(s.scores.keep),
                                            to_string(s.scores.link), s.scores.temperature));
  }
  return rows;
}

std::string comparable_key(const RunSettings& s) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", s.dataset_sha256, s.start,
                     s.skip, s.count, to_string(s.shard), s.model_sha256, s.normalize, s.sigma,
                     s.sigma_map, s.n, s.alpha, s.noise, to_string(s.precision), s.int8_ranges,
                     s.denoiser ? describe_denoiser(*s.denoiser) + s.denoiser->sha256 : "");
}

std::optional<std::string> describe_missing(const Manifest& manifest, std::int64_t images) {
  if (manifest.state == "complete") return std::nullopt;
  return fmt::format("the run is not finished ({}): {} of {} images are missing", manifest.state,
                     manifest.images - images, manifest.images);
}

std::optional<std::string> describe_seen(const std::optional<LearnedImages>& learned,
                                         std::span<const RadiusRow> rows) {
  if (!learned) return std::nullopt;
  const auto seen = std::ranges::count_if(
      rows, [&](const RadiusRow& row) { return learned->contains(row.index); });
  if (seen == 0) return std::nullopt;  // a shard may have none of them
  return fmt::format(
      "the map of σ was learned on {} of these {} images, whose accuracy says little about others",
      seen, rows.size());
}

void SampleSummary::count(const ImageSamples& image) {
  ++images;
  samples += image.estimation.total();
  certified += image.stopped == StopReason::kCertified;
  hopeless += image.stopped == StopReason::kHopeless;
  if (image.estimation.invalid == image.estimation.total()) {
    ++unreadable;
    unreadable_samples += image.selection.invalid + image.estimation.invalid;
  }
}

std::string describe_stopping(const RunSettings& s, const SampleSummary& drawn) {
  const double mean = static_cast<double>(drawn.samples) / static_cast<double>(drawn.images);
  return fmt::format(
      "at {}: {:.0f} of {} samples drawn an image, {:.1f} times fewer; {} certified at all of "
      "them, {} given up, {} drew all",
      fmt::join(s.stop_at, ", "), mean, s.n, static_cast<double>(s.n) / mean, drawn.certified,
      drawn.hopeless, drawn.images - drawn.certified - drawn.hopeless);
}

void AnswerCount::add(int predicted, int label) {
  ++images_;
  if (predicted == kAbstain) return;
  ++answered_;
  ++count_of_[predicted];
  correct_ += predicted == label;
}

namespace {
constexpr std::string_view kAboutChance = "which is about chance";
}

bool AnswerCount::is_about_chance(std::string_view warning) {
  return warning.find(kAboutChance) != warning.npos;
}

std::optional<std::string> AnswerCount::about_chance() const {
  const double chance = static_cast<double>(answered_) / classes_;
  if (images_ < kEnoughToTell || answered_ < images_ / 2 ||
      static_cast<double>(correct_) >= 1.5 * chance) {
    return std::nullopt;
  }
  std::int64_t most = 0;
  for (const auto& [answer, count] : count_of_) most = std::max(most, count);
  const bool alike = 10 * most >= 9 * answered_;
  const std::string hint =
      alike ? fmt::format(
                  ", and {} are one class: was the network trained with noise of this "
                  "size, and is the normalisation right (--normalize)?",
                  most == answered_ ? "all" : fmt::format("{} of them", most))
            : ": is the normalisation right (--normalize), and the order of the classes?";
  return fmt::format("{} of {} answers are right, {}{}", correct_, answered_, kAboutChance, hint);
}

std::vector<std::string> find_warnings(const Manifest& manifest, std::span<const RadiusRow> rows,
                                       const SampleSummary& summary) {
  std::vector<std::string> warnings;
  if (manifest.settings.batch_dependent) warnings.emplace_back(kBatchDependentMark);
  if (const auto seen = describe_seen(manifest.settings.sigma_map_seen, rows)) {
    warnings.push_back(*seen);
  }
  AnswerCount answers(manifest.settings.classes);
  for (const RadiusRow& row : rows) answers.add(row.predicted, row.label);
  if (const auto chance = answers.about_chance()) warnings.push_back(*chance);
  if (summary.unreadable > 0) {
    warnings.push_back(
        fmt::format("{} of {} images have no valid sample: none of their logits is finite, or the "
                    "image cannot be read; they count as abstained",
                    summary.unreadable, summary.images));
  }
  // Of images that no sample is valid of all are recorded as invalid.
  if (const std::int64_t others = manifest.invalid_samples - summary.unreadable_samples;
      others > 0) {
    warnings.push_back(
        fmt::format("{} samples had logits that are not finite; they count against "
                    "every certificate",
                    others));
  }
  return warnings;
}

}  // namespace certify
