#include "core/report/pages/html_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/python_format.h"
#include "core/report/pages/html_page.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr std::size_t kSlowestShown = 10;
constexpr std::size_t kAbstainedShown = 100;

/// The value that all certificates share, if they do.
template <class Value>
std::optional<Value> common(const std::vector<Certificate>& certificates,
                            Value Certificate::*field) {
  if (certificates.empty()) return std::nullopt;
  const Value first = certificates.front().*field;
  const bool same = std::all_of(certificates.begin(), certificates.end(),
                                [&](const Certificate& c) { return c.*field == first; });
  return same ? std::optional(first) : std::nullopt;
}

class Page {
 public:
  explicit Page(const RunReport& report) : report_(report) {}

  std::string write() {
    open();
    write_warnings();
    if (report_.log.rows.empty()) {
      put("<section><p>No image has been certified yet.</p></section>\n");
    } else {
      const CertifiedAccuracy curve(report_.log);
      write_tiles(curve);
      write_chart();
      write_accuracies(curve);
      write_meaning();
    }
    write_settings();
    write_slowest();
    write_abstained();
    return out_ + kHtmlFoot;
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void open() { out_ += html_head(report_.title); }

  void write_warnings() {
    if (report_.log.unsound) {
      put("<p class=\"unsound\" role=\"alert\">{}: the method of this run is published, but does "
          "not bound what it says it bounds. Its radii must not be quoted as certified.</p>\n",
          kNotACertificate);
    }
    for (const std::string& warning : report_.warnings) {
      put("<p class=\"warning\" role=\"alert\">{}</p>\n", escaped(warning));
    }
  }

  void write_tiles(const CertifiedAccuracy& curve) {
    const auto tile = [&](const std::string& value, std::string_view what) {
      put("<div><b>{}</b><span>{}</span></div>\n", value, what);
    };
    put("<div class=\"tiles\">\n");
    tile(fmt::format("{}", curve.images()), "images");
    tile(share_rounded_down(curve.correct(), curve.images()), "smoothed accuracy");
    tile(fmt::format("{}", curve.abstained()), "abstained");
    tile(fmt::format("{:.3f}", curve.average_radius()), "average radius (ACR)");
    put("</div>\n");
  }

  /// Two drawings of the same curve: one scaled down to a phone would have unreadable labels.
  void write_chart() {
    const std::span<const RadiusLog> logs(&report_.log, 1);
    put("<figure><div class=\"wide\">\n{}</div><div class=\"narrow\">\n{}</div></figure>\n",
        curve_svg(logs, {.title = "", .width = 800}), curve_svg(logs, {.title = "", .width = 340}));
  }

  void write_accuracies(const CertifiedAccuracy& curve) {
    const std::vector<double> radii = default_radii(std::span(&curve, 1));
    const std::vector<std::string> names = aligned_decimals(radii);
    put("<section>\n<h2>Certified accuracy{}</h2>\n<div "
        "class=\"scroll\"><table>\n<thead><tr><th>radius</th>"
        "<th>certified accuracy</th><th>images</th></tr></thead>\n<tbody>\n",
        report_.log.unsound ? " (NOT A CERTIFICATE)" : "");
    for (std::size_t i = 0; i < radii.size(); ++i) {
      const std::int64_t certified = curve.certified(radii[i]);
      put("<tr><td>{}</td><td>{}<span class=\"bar\"><i style=\"width:{:.1f}%\"></i></span></td>"
          "<td>{} of {}</td></tr>\n",
          names[i], share_rounded_down(certified, curve.images()), 100 * curve.at(radii[i]),
          certified, curve.images());
    }
    put("</tbody>\n</table></div>\n<p class=\"note\">Share of all images, abstentions and errors "
        "included, "
        "that are answered correctly with a radius of at least this; rounded down.</p>\n"
        "</section>\n");
  }

  void write_meaning() {
    if (report_.log.unsound) return;
    const std::optional<double> alpha = common(report_.certificates, &Certificate::alpha);
    const std::optional<double> sigma = common(report_.certificates, &Certificate::sigma);
    put("<section>\n<h2>What a certificate means</h2>\n<p>With probability at least 1 − α{} over "
        "the "
        "sampling noise, for each image on its own, the smoothed classifier (the answer that the "
        "model gives most often under Gaussian noise of standard deviation {}, in units of the "
        "[0,1] input) gives the same answer everywhere within the ℓ<sub>2</sub> radius of the "
        "image.</p>\n<p class=\"note\">It says nothing of the model without noise, of changes "
        "measured otherwise, or of images that are not in this run. Where the noise leaves the "
        "answer open, the method abstains.</p>\n</section>\n",
        alpha ? fmt::format(" (α = {})", *alpha) : "", sigma ? fmt::format("σ = {}", *sigma) : "σ");
  }

  void write_settings() {
    if (report_.settings.empty()) return;
    put("<section>\n<h2>Settings</h2>\n<table class=\"settings\">\n<tbody>\n");
    for (const auto& [name, value] : report_.settings) {
      put("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
    }
    put("</tbody>\n</table>\n</section>\n");
  }

  void write_slowest() {
    if (report_.certificates.empty()) return;
    std::vector<Certificate> slowest = report_.certificates;
    // Stable, so that images that took equally long stay in their order.
    std::stable_sort(
        slowest.begin(), slowest.end(),
        [](const Certificate& a, const Certificate& b) { return a.seconds > b.seconds; });
    slowest.resize(std::min(slowest.size(), kSlowestShown));
    put("<section>\n<h2>Slowest images</h2>\n<div "
        "class=\"scroll\"><table>\n<thead><tr><th>image</th>"
        "<th class=\"text\">label</th><th class=\"text\">prediction</th><th>radius</th>"
        "<th>seconds</th></tr></thead>\n<tbody>\n");
    for (const Certificate& c : slowest) {
      put("<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td>{}</td>"
          "<td>{:.2f}</td></tr>\n",
          c.index, class_name(c.label), class_name(c.predicted),
          c.abstained() ? "–" : python_radius_rounded_down(c.radius), c.seconds);
    }
    put("</tbody>\n</table></div>\n</section>\n");
  }

  void write_abstained() {
    std::vector<Certificate> abstained;
    std::copy_if(report_.certificates.begin(), report_.certificates.end(),
                 std::back_inserter(abstained), [](const Certificate& c) { return c.abstained(); });
    if (abstained.empty()) return;
    const std::size_t shown = std::min(abstained.size(), kAbstainedShown);
    put("<section>\n<h2>Abstained images</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
        "<th>image</th><th class=\"text\">label</th><th>votes</th><th>runner-up</th>"
        "<th>samples</th></tr></thead>\n<tbody>\n");
    for (std::size_t i = 0; i < shown; ++i) {
      const Certificate& c = abstained[i];
      put("<tr><td>{}</td><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
          c.index, class_name(c.label), c.n_top, c.n_runner_up, c.n);
    }
    put("</tbody>\n</table></div>\n<p class=\"note\">Votes: samples that answered with the class "
        "under "
        "test; runner-up: the most that any other class got.</p>\n");
    if (shown < abstained.size()) {
      put("<p class=\"note\">The first {} of {}; all are in certificates.tsv.</p>\n", shown,
          abstained.size());
    }
    put("</section>\n");
  }

  std::string class_name(int label) const {
    if (label == kAbstain) return "abstained";
    const auto known = static_cast<int>(report_.class_names.size());
    if (label < 0 || label >= known) return fmt::format("class {}", label);
    return escaped(report_.class_names[static_cast<std::size_t>(label)]);
  }

  const RunReport& report_;
  std::string out_;
};

}  // namespace

std::string html_report(const RunReport& report) { return Page(report).write(); }

}  // namespace certify
