#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certify {

/// All that is shown of one image of a run.
struct ImageCard {
  struct Votes {
    std::string name;  ///< of the class, or of what is no class
    std::int64_t count = 0;
    bool is_label = false;
  };
  struct Radius {
    std::string method;
    std::string answer;  ///< the class that is certified; empty: abstained
    double radius = 0;   ///< printed with three digits, rounded down
  };
  std::string title;
  std::vector<std::string> facts{};  ///< lines below the picture
  std::string png{};                 ///< the picture's file; empty: none at hand
  std::string gradient_png{};        ///< of the class's vote by every pixel; empty: not kept
  std::string gradient_of{};         ///< that class
  std::vector<Votes> votes{};        ///< most first
  std::int64_t n = 0;                ///< estimation samples
  std::string norm = "l2";           ///< of the radii
  std::vector<Radius> radii{};
  std::optional<Radius> row{};  ///< what the run's table of certificates says
  /// Another class or a larger radius than its samples give; or less than they give.
  bool row_claims_too_much = false, row_claims_less = false;
};

/// One stand-alone SVG: the picture and the gradient, its counts as bars, its radii by each method.
/// The same card gives the same bytes. All text handed in is escaped. @throws InputError for n < 1.
std::string image_card_svg(const ImageCard& card);

/// A data: URI of a PNG file, for an <image> element.
std::string png_uri(const std::string& png);

}  // namespace certify
