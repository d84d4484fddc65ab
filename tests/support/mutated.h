#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace certify {

/// The bytes of a good file with a few of them changed, taken out, repeated or cut off: the same for
/// the same generator.
inline std::string mutated(std::string bytes, std::mt19937_64& random) {
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  for (std::size_t change = 1 + below(4); change > 0 && !bytes.empty(); --change) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - at, 16));
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes[at] ^= static_cast<char>(1U << below(8));
        break;
      case 2:
        for (std::size_t i = 0; i < length; ++i) bytes[at + i] = below(2) == 0 ? '\0' : '\xff';
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(below(bytes.size()), length));
        break;
      default:
        if (below(4) == 0) bytes.resize(at);
    }
  }
  return bytes;
}

/// How many files a fuzzing test tries: $CERTIFY_FUZZ_INPUTS, or a number that takes a second.
inline std::int64_t fuzz_inputs(std::int64_t usual) {
  const char* typed = std::getenv("CERTIFY_FUZZ_INPUTS");
  return typed != nullptr ? std::atoll(typed) : usual;
}

}  // namespace certify
