#include "core/report/figures/figure_file.h"

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/process.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kZoom = "2";  // so that text of 11 px is sharp on paper and on dense screens

fs::path with_ending(fs::path file, const char* ending) { return file += ending; }

void convert(const fs::path& file, std::string_view svg) {
  const fs::path from = with_ending(file, ".tmp.svg"), to = with_ending(file, ".tmp.png");
  replace_file(from, svg);
  const CommandAnswer answer = run_command(
      {"rsvg-convert", "--zoom", kZoom, "--background-color", "white", "--output", to, from});
  fs::remove(from);
  if (answer.code != 0) throw IoError("{}: rsvg-convert: {}", file.string(), answer.text);
  fs::rename(to, file);
}

}  // namespace

void check_figure_name(const fs::path& file) {
  const fs::path ending = file.extension();
  if (ending != ".svg" && ending != ".png") {
    throw InputError("{}: expected a name ending in .svg or .png", file.string());
  }
  if (ending == ".png" && run_command({"rsvg-convert", "--version"}).is_missing()) {
    throw InputError(
        "{}: PNG needs rsvg-convert (Debian: librsvg2-bin), which is not installed; "
        "figures are SVG without it",
        file.string());
  }
}

void write_figure(const fs::path& file, std::string_view svg) {
  check_figure_name(file);
  if (file.extension() == ".svg") return replace_file(file, svg);
  convert(file, svg);
}

}  // namespace certify
