#include "data/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"

namespace certify {
namespace {

constexpr std::array<std::string_view, 9> kTaken{"l1", "l2", "linf", "cohen", "full",
                                                 "R",  "G",  "B",    "grey"};

void check_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
  const bool taken = std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end();
  if (name.empty() || !plain || taken || name.starts_with("channel")) {
    throw InputError("mask '{}': its file's name names a radius: letters, digits, - and _, not {}",
                     name, fmt::join(kTaken, ", "));
  }
}

/// The numbers of a PGM: separated by white space, with comments from # to the end of a line.
class PgmReader {
 public:
  explicit PgmReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view word() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == '#')) {
      rest_.remove_prefix(rest_.front() == '#' ? std::min(rest_.find('\n'), rest_.size()) : 1);
    }
    const auto end = std::find_if(rest_.begin(), rest_.end(), is_space);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  int number() {
    const std::string_view text = word();
    const auto value = parse_number<int>(text);
    if (!value || *value < 0) throw DataError("'{}' is no number of a PGM", text.substr(0, 20));
    return *value;
  }
  /// What follows the one white space behind the header.
  std::string_view raster() const { return rest_.substr(std::min<std::size_t>(1, rest_.size())); }

 private:
  static bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
  std::string_view rest_;
};

/// @return one for each pixel, row by row: whether it is not black
std::vector<bool> read_pgm(std::string_view bytes, const ImageShape& shape) {
  PgmReader reader(bytes);
  const std::string_view magic = reader.word();
  if (magic != "P2" && magic != "P5") throw DataError("not a PGM file (P2 or P5)");
  const int width = reader.number(), height = reader.number(), most = reader.number();
  if (width != shape.width || height != shape.height) {
    throw DataError("{} × {} pixels, the images have {} × {}", height, width, shape.height,
                    shape.width);
  }
  if (most < 1 || most > 255) throw DataError("{} greys, expected 1 to 255", most);
  std::vector<bool> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  if (magic == "P5" && reader.raster().size() < pixels.size()) {
    throw DataError("{} pixels, expected {}", reader.raster().size(), pixels.size());
  }
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = magic == "P5" ? reader.raster()[i] != 0 : reader.number() != 0;
  }
  return pixels;
}

}  // namespace

Mask read_mask(const std::filesystem::path& file, const ImageShape& shape) {
  Mask mask{.name = file.stem().string(), .contains = {}, .sha256 = {}};
  check_name(mask.name);
  const std::string bytes = read_file(file);
  mask.sha256 = sha256_of(bytes);
  try {
    const std::vector<bool> pixels = read_pgm(bytes, shape);
    if (std::find(pixels.begin(), pixels.end(), true) == pixels.end()) {
      throw DataError("all black: a mask of no pixels");
    }
    const auto channels = static_cast<std::size_t>(shape.channels);
    mask.contains.resize(pixels.size() * channels);
    for (std::size_t i = 0; i < mask.contains.size(); ++i) mask.contains[i] = pixels[i / channels];
  } catch (const DataError& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
  return mask;
}

}  // namespace certify
