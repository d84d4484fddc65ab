#include "core/report/figures/figure_file.h"

#include <system_error>

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
  if (answer.code != 0) {
    fs::remove(to);
    throw IoError("{}: rsvg-convert: {}", file.string(), answer.text);
  }
  fs::rename(to, file);
}

}  // namespace

void check_figure_name(const fs::path& file) {
  const fs::path ending = file.extension();
  if (ending != ".svg" && ending != ".png") {
    throw InputError("{}: expected a name ending in .svg or .png", file.string());
  }
  const fs::path folder = file.parent_path();
  std::error_code unreadable;
  if (!folder.empty() && !fs::is_directory(folder, unreadable)) {
    throw IoError("{}: there is no folder {}", file.string(), folder.string());
  }
  if (ending == ".svg") return;
  const CommandAnswer answer = run_command({"rsvg-convert", "--version"});
  if (answer.code != 0) {
    throw InputError(
        "{}: PNG needs rsvg-convert (Debian: librsvg2-bin); figures are SVG without it: {}",
        file.string(), answer.text);
  }
}

void write_figure(const fs::path& file, std::string_view svg) {
  if (file.extension() == ".png") return convert(file, svg);
  replace_file(file, svg);
}

}  // namespace certify
