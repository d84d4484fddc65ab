#pragma once

#include <memory>
#include <string>

#include <spdlog/logger.h>

namespace certify {

struct LogOptions {
  std::string format = "text";  ///< or "json": one object a line
  bool quiet = false;           ///< warnings and errors only
};

/// A logger on stderr; results go to stdout. Colours only on a terminal without NO_COLOR.
std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options);

}  // namespace certify
