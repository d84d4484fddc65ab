#include "core/verify/checks/page_check.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// What stands between the first `begin` at or behind `from` and the `end` that follows it.
std::optional<std::string_view> between(std::string_view text, std::string_view begin,
                                        std::string_view end, std::size_t from = 0) {
  const auto first = text.find(begin, from);
  if (first == std::string_view::npos) return std::nullopt;
  const auto last = text.find(end, first + begin.size());
  if (last == std::string_view::npos) return std::nullopt;
  return text.substr(first + begin.size(), last - first - begin.size());
}

/// The cells of a table, tab-separated as .tsv files have them.
std::string cells_of(std::string_view table) {
  std::string out;
  for (std::size_t at = 0; (at = table.find("<t", at)) != std::string_view::npos; ++at) {
    const bool heading = table.substr(at).starts_with("<th>");
    if (table.substr(at).starts_with("<tr>")) {
      if (!out.empty()) out.back() = '\n';
    } else if (heading || table.substr(at).starts_with("<td>")) {
      const auto cell = between(table, heading ? "<th>" : "<td>", heading ? "</th>" : "</td>", at);
      out += std::string(cell.value_or("")) + '\t';
    }
  }
  if (!out.empty()) out.back() = '\n';
  return out;
}

/// As it was before it was written for HTML.
std::string unescaped(std::string_view text) {
  std::string out(text);
  for (const auto& [entity, character] : std::initializer_list<std::pair<const char*, const char*>>{
           {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}}) {
    for (std::size_t at = 0; (at = out.find(entity, at)) != out.npos; ++at) {
      out.replace(at, std::strlen(entity), character);
    }
  }
  return out;
}

class PageCheck {
 public:
  PageCheck(const fs::path& file, const Manifest& manifest, const std::vector<StatedRow>& rows)
      : file_(file), page_(read_file(file)), manifest_(manifest), rows_(rows) {}

  VerifyReport check() {
    check_images();
    if (!several_) {
      check_tiles();
      check_table();
      check_settings();
    }
    return std::move(report_);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    report_.findings.push_back({file_.string(), fmt::format(format, std::forward<Args>(args)...)});
  }
  void note(const std::string& what) { report_.notes.push_back(file_.string() + ": " + what); }

  void check_images() {
    const auto data = between(page_, "id=\"image-data\">", "</script>");
    if (!data) return note("shows no images: they are too many for a page");
    try {
      const Json json = Json::parse(*data);
      several_ = json.at("runs").size() != 1;
      if (several_) return note("is about several runs, and is not checked");
      check_columns(json.at("runs").at(0), json.at("columns"));
    } catch (const Json::exception& error) {
      say("its images cannot be read: {}", error.what());
    }
  }

  void check_columns(const Json& run, const Json& columns) {
    const auto compare = [&](const char* name, auto stated) {
      if (!run.contains(name)) return;
      const Json& column = columns.at(run.at(name).get<std::size_t>());
      if (column.size() != rows_.size()) {
        return say("shows {} images, there are {} rows", column.size(), rows_.size());
      }
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto expected = stated(rows_[i]);
        const auto shown = column[i].template get<std::decay_t<decltype(expected)>>();
        if (shown == expected) continue;
        say("image {}: {} is {}, its row has {}", rows_[i].index, name, shown, expected);
      }
    };
    for (const char* needed : {"index", "label", "predicted", "radius"}) {
      static_cast<void>(run.at(needed));
    }
    compare("index", [](const StatedRow& row) { return row.index; });
    compare("label", [](const StatedRow& row) { return row.label; });
    compare("predicted", [](const StatedRow& row) { return row.predicted; });
    compare("radius",
            [](const StatedRow& row) { return std::strtod(row.radius_text.c_str(), nullptr); });
    compare("n_top", [](const StatedRow& row) { return row.n_top; });
    compare("n_runner_up", [](const StatedRow& row) { return row.n_runner_up; });
    compare("n", [](const StatedRow& row) { return row.n; });
  }

  void check_tiles() {
    const RecountedCurve curve = recount(rows_);
    std::int64_t abstained = 0;
    for (const StatedRow& row : rows_) abstained += row.predicted < 0;
    check_tile("images", static_cast<double>(curve.images()), 0);
    check_tile("abstained", static_cast<double>(abstained), 0);
    check_tile("smoothed accuracy",
               static_cast<double>(curve.correct()) / static_cast<double>(curve.images()), 1e-3);
    const bool l1 = !rows_.empty() && rows_.front().norm == "l1";
    check_tile(l1 ? "average ℓ1 radius (ACR)" : "average radius (ACR)", curve.average_radius(),
               1e-3);
    // Pages from before have no such tile.
    const std::string carried = "top 10 % carry (of the ACR)";
    if (page_.find(carried) != std::string::npos) {
      check_tile(carried, curve.top_tenth_share(), 1e-3);
    }
  }

  /// @param unit  that the number is rounded down to
  void check_tile(const std::string& what, double expected, double unit) {
    const std::string end = "</b><span>" + what + "</span>";
    const auto at = page_.find(end);
    if (at == std::string::npos) return say("does not say '{}'", what);
    const auto begin = page_.rfind('>', at - 1) + 1;
    const std::string_view text = std::string_view(page_).substr(begin, at - begin);
    const auto stated = parse_number<double>(text);
    constexpr double kRounding = 1e-9;
    if (stated && *stated <= expected + kRounding && *stated > expected - unit - kRounding) return;
    say("'{}' is {}, the rows give {}", what, text, expected);
  }

  void check_table() {
    const fs::path table = file_.parent_path() / kAccuracyFile;
    if (!fs::exists(table)) return note("accuracy.tsv is not beside it: its table is not checked");
    const auto section = between(page_, "<section id=\"accuracy\">", "</section>");
    if (section && cells_of(*section) == read_file(table)) return;
    say("its table of certified accuracy is not that of {}", kAccuracyFile);
  }

  void check_settings() {
    const RunSettings& s = manifest_.settings;
    const auto compare = [&](const char* name, const std::string& expected) {
      const auto stated = between(page_, fmt::format("<tr><td>{}</td><td>", name), "</td></tr>");
      if (!stated) return say("does not say its {}", name);
      if (unescaped(*stated) != expected) {
        say("{} is {}, the manifest has {}", name, *stated, expected);
      }
    };
    const auto begins_with = [&](const char* name, const std::string& expected) {
      const auto stated = between(page_, fmt::format("<tr><td>{}</td><td>", name), "</td></tr>");
      if (!stated) return say("does not say its {}", name);
      if (!unescaped(*stated).starts_with(expected)) {
        say("{} is {}, the manifest has {}", name, *stated, expected);
      }
    };
    compare("data sha256", s.dataset_sha256);
    compare("data", fmt::format("{} {}: {} images, every {} from {}{}{}", s.dataset, s.split,
                                manifest_.images, s.skip == 1 ? "one" : fmt::format("{}th", s.skip),
                                s.start, s.count < 0 ? "" : fmt::format(", at most {}", s.count),
                                s.shard.count == 1 ? "" : ", shard " + to_string(s.shard)));
    compare("model", s.model);
    compare("model sha256", s.model_sha256);
    compare("normalisation",
            s.normalize == "none" ? "none added (inside the model, if any)" : s.normalize);
    if (s.batch_dependent) compare("answers", "depend on the batch");
    if (!s.sigma_map.empty()) compare("map of σ, sha256", s.sigma_map);
    begins_with("method", s.method + " (");
    begins_with("device", fmt::format("{}, {}, batch ", s.device, to_string(s.precision)));
    compare("noise", s.noise);
    compare("LibTorch", s.libtorch);
    // Pages from before have no such row.
    if (page_.find("<tr><td>digest</td>") != page_.npos) compare("digest", manifest_.digest);
    if (const fs::path samples = file_.parent_path() / kSamplesFile; fs::exists(samples)) {
      compare("samples sha256", sha256_of_file(samples));
    }
    if (s.denoiser) check_denoiser(*s.denoiser);
    if (s.sigma_map.empty()) compare("σ", fmt::format("{}", s.sigma));
    compare("n0", fmt::format("{}", s.n0));
    compare("n", fmt::format("{}", s.n));
    compare("α", fmt::format("{}", s.alpha));
    compare("class from", to_string(s.select));
    compare("seed", fmt::format("{}", s.seed));
  }

  void check_denoiser(const DenoiserSettings& d) {
    const auto stated = between(page_, "<tr><td>denoiser</td><td>", "</td></tr>");
    if (!stated) return say("does not say its denoiser");
    const auto says = [&](const char* what, std::int64_t value, bool there) {
      const bool right = there ? stated->find(fmt::format("{} {}", what, value)) != stated->npos
                               : stated->find(what) == stated->npos;
      if (!right) say("denoiser is {}, the manifest has {} {}", *stated, what, value);
    };
    says(", step", d.step, d.step >= 0);
    says("resized to", d.resize, d.resize > 0);
    const auto sha256 = between(page_, "<tr><td>denoiser sha256</td><td>", "</td></tr>");
    if (!sha256 || *sha256 != d.sha256) say("its denoiser's SHA-256 is not the manifest's");
  }

  fs::path file_;
  std::string page_;
  const Manifest& manifest_;
  const std::vector<StatedRow>& rows_;
  bool several_ = false;
  VerifyReport report_;
};

}  // namespace

VerifyReport check_page(const fs::path& page, const Manifest& manifest,
                        const std::vector<StatedRow>& rows) {
  return PageCheck(page, manifest, rows).check();
}

}  // namespace certify
