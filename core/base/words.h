#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {

/// How the values of an enum are typed, in their order.
template <std::size_t N>
using EnumWords = std::array<std::string_view, N>;

template <class Enum, std::size_t N>
std::string word_of(const EnumWords<N>& words, Enum value) {
  return std::string(words.at(static_cast<std::size_t>(value)));
}

/// @throws InputError naming the option and its words, for another one.
template <class Enum, std::size_t N>
Enum parse_word(const EnumWords<N>& words, const std::string& text, const char* option) {
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<Enum>(found - words.begin());
  throw InputError("{} {}: expected {}", option, text, fmt::join(words, ", "));
}

}  // namespace certify
