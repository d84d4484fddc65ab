#include "apps/certify/options/unit_option.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/base/errors.h"

namespace certify {

void add_unit_option(CLI::App& command, std::optional<std::string>& unit) {
  command
      .add_option(
          "--unit", unit,
          "What the radii of the logs measure where it is no l2 distance, such as blur: axis "
          "and tables say so, and the mean is not called ACR")
      ->type_name("TEXT");
}

void check_unit(const std::optional<std::string>& unit, const std::vector<std::string>& paths) {
  if (!unit) return;
  const bool is_line = std::none_of(unit->begin(), unit->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!is_line || unit->find_first_not_of(' ') == std::string::npos) {
    throw InputError("--unit '{}': expected a word or two, such as blur", *unit);
  }
  for (const std::string& path : paths) {
    std::error_code unreadable;  // is told by the reader
    if (!std::filesystem::is_directory(path, unreadable)) continue;
    throw InputError("{}: --unit is for logs of other programs; a run says what its radii are",
                     path);
  }
}

}  // namespace certify
