#include "core/verify/checks/manifest_check.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

class ManifestCheck {
 public:
  ManifestCheck(const std::filesystem::path& file, const Manifest& manifest)
      : file_(file.string()), manifest_(manifest), s_(manifest.settings) {}

  VerifyReport run(const RecordCheck& records, const std::string& hash) {
    check_settings();
    check_images();
    if (complete() && records.invalid() != manifest_.invalid_samples) {
      say("invalid_samples is {}, but the records have {}", manifest_.invalid_samples,
          records.invalid());
    }
    check_digest(hash);
    return std::move(report_);
  }

  VerifyReport run(const RecordCheck& records, const AtHand& at_hand) {
    if (at_hand.data) {
      const char* const name = "the data at hand";
      compare("dataset_sha256", s_.dataset_sha256, name, at_hand.data->sha256);
      if (manifest_.dataset_images > 0) {
        compare("dataset_images", manifest_.dataset_images, name, at_hand.data->images);
      }
      if (report_.findings.empty()) check_labels(records.labels(), *at_hand.data);
    }
    if (at_hand.model) {
      compare("model_sha256", s_.model_sha256, at_hand.model->name, at_hand.model->sha256);
    }
    if (at_hand.denoiser) {
      compare("the denoiser's sha256", s_.denoiser ? s_.denoiser->sha256 : "none",
              at_hand.denoiser->name, at_hand.denoiser->sha256);
    }
    return std::move(report_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    report_.findings.push_back({file_, fmt::format(format, std::forward<Args>(args)...)});
  }
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    report_.notes.push_back(file_ + ": " + fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename Value>
  void compare(const char* key, const Value& stated, std::string_view name, const Value& here) {
    if (stated != here) say("{} is {}, but {} has {}", key, stated, name, here);
  }

  bool complete() const { return manifest_.state == "complete"; }

  /// What no run of this program is made with.
  void check_settings() {
    if (s_.select == Selection::kSeparate && s_.n0 == 0) {
      say("select is n0, but n0 is 0: no samples chose the class");
    }
    const bool of_one_class = s_.scores.keep == ScoreKeeping::kTrace ||
                              s_.scores.keep == ScoreKeeping::kHistogram || s_.gradient;
    if (s_.select == Selection::kSame && of_one_class) {
      say("select is same, but what is kept is of a class that was known before");
    }
    if (s_.device == "cpu" && !runs_on_cpu(s_.precision)) {
      say("precision is {}, which no run on a CPU has", to_string(s_.precision));
    }
    if ((s_.precision == Precision::kInt8) == s_.int8_ranges.empty()) {
      say("precision is {}, and int8_ranges are {}there", to_string(s_.precision),
          s_.int8_ranges.empty() ? "not " : "");
    }
    if (s_.denoiser) check_denoiser(*s_.denoiser);
    if (std::ssize(manifest_.class_names) != s_.classes) {
      say("classes is {}, but {} have names", s_.classes, manifest_.class_names.size());
    }
    try {
      static_cast<void>(s_.noise_value());
    } catch (const Error& error) {
      say("noise is {}: {}", s_.noise, error.what());
    }
  }

  /// The step of a diffusion model follows from its schedule and sigma.
  void check_denoiser(const DenoiserSettings& d) {
    try {
      const std::int64_t step = denoiser_call(d.kind, s_.sigma).step.value_or(-1);
      if (d.step != step) {
        say("the denoiser's step is {}, but the one for sigma {} is {}", d.step, s_.sigma, step);
      }
    } catch (const Error& error) {
      say("the denoiser's kind is {}: {}", d.kind, error.what());
    }
    if (!s_.sigma_map.empty() && d.step >= 0) say("its denoiser takes off noise of one sigma");
  }

  void check_images() {
    const ExpectedImages expected(s_);
    if (const auto count = expected.count(manifest_.dataset_images)) {
      if (*count != manifest_.images) {
        say("images is {}, but the slice (start {}, skip {}, count {}, shard {}) has {} of the "
            "data set's {}",
            manifest_.images, s_.start, s_.skip, s_.count, to_string(s_.shard), *count,
            manifest_.dataset_images);
      }
      return;
    }
    note(
        "how many images the data set has is not stored: whether the last of the slice are there "
        "is not checked");
  }

  void check_labels(const std::vector<RecordCheck::Label>& labels, const DataAtHand& data) {
    std::vector<std::string> wrong(labels.size());
    for_each_on_all_cores(labels.size(), 16, [&](std::size_t i) {
      const auto [image, label] = labels[i];
      if (image >= data.images) {
        wrong[i] = fmt::format("image {} is none of the {} at hand", image, data.images);
      } else if (const auto there = data.label_of(image); there && *there != label) {
        wrong[i] = fmt::format("image {}: label is {}, but the data has {}", image, label, *there);
      }
    });
    const std::string samples =
        (std::filesystem::path(file_).parent_path() / kSamplesFile).string();
    for (const std::string& what : wrong) {
      if (!what.empty()) report_.findings.push_back({samples, what});
    }
  }

  void check_digest(const std::string& hash) {
    if (manifest_.digest.empty()) {
      // The first key that came later than the digest.
      const bool older =
          std::ranges::find(s_.absent_keys, "batch_dependent") != s_.absent_keys.end();
      if (complete() && !older) {
        say("has no digest, and every complete run with these settings was given one");
      } else if (complete()) {
        note(
            "no digest, as in runs from before there was one: that settings and records belong "
            "together is checked as far as they show it");
      }
      return;
    }
    if (!complete()) {
      say("state is {}, but only a run that is complete has a digest", manifest_.state);
    } else if (run_digest(manifest_, hash) != manifest_.digest) {
      say("the digest is not that of these settings, this slice and these records: one of them was "
          "changed since the run was complete");
    }
  }

  std::string file_;
  const Manifest& manifest_;
  const RunSettings& s_;
  VerifyReport report_;
};

}  // namespace

VerifyReport check_manifest(const std::filesystem::path& file, const Manifest& manifest,
                            const RecordCheck& records, const std::string& hash) {
  return ManifestCheck(file, manifest).run(records, hash);
}

VerifyReport check_at_hand(const std::filesystem::path& file, const Manifest& manifest,
                           const RecordCheck& records, const AtHand& at_hand) {
  return ManifestCheck(file, manifest).run(records, at_hand);
}

}  // namespace certify
