#pragma once

#include <string>

namespace certify {

/// A word as a shell must be given it; for the eye, plain where that is enough.
std::string shell_word(const std::string& word);

}  // namespace certify
