#include "core/report/figures/image_card.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/base/errors.h"
#include "core/base/norm.h"
#include "core/report/logs/python_format.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr int kWidth = 885, kMargin = 20, kPicture = 200, kLine = 22;
constexpr int kChartLeft = kMargin + kPicture + 30;
constexpr int kBarLeft = kChartLeft + 275, kBarRight = kWidth - kMargin - 130;
constexpr std::size_t kNameLength = 40, kFactLength = 34;

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1,
                  '\0');  // with the zero that OpenSSL puts behind
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

class Card {
 public:
  explicit Card(const ImageCard& card) : card_(card) {}

  std::string draw() {
    text(kMargin, 30, card_.title, "font-size=\"16\" font-weight=\"bold\"");
    draw_pictures();
    draw_votes();
    draw_radii();
    const int height = std::max(left_bottom_, y_) + kMargin;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
        "{1}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<rect width=\"{0}\" "
        "height=\"{1}\" fill=\"#fff\"/>\n{2}</svg>\n",
        kWidth, height, out_);
  }

 private:
  void text(int x, int y, std::string_view words, std::string_view attributes = "") {
    out_ += fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", x, y, attributes, escaped(words));
  }

  void left_image(const std::string& png) {
    out_ += fmt::format(
        "<image x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" "
        "style=\"image-rendering:pixelated\" href=\"{3}\"/>\n",
        kMargin, left_bottom_, kPicture, png_uri(png));
    left_bottom_ += kPicture;
  }

  void left_line(std::string_view words) {
    left_bottom_ += kLine;
    text(kMargin, left_bottom_, shortened(words, kFactLength), "font-size=\"12\"");
  }

  void draw_pictures() {
    if (!card_.png.empty()) left_image(card_.png);
    for (const std::string& fact : card_.facts) left_line(fact);
    if (card_.gradient_png.empty()) return;
    left_bottom_ += kLine;
    left_image(card_.gradient_png);
    left_line("Gradient of the vote for " + card_.gradient_of);
    left_line("light raises it: red, lowers: blue");
  }

  void bar(double share, const char* colour) {
    const double width = std::max(0.5, share * (kBarRight - kBarLeft));
    out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"14\" fill=\"{}\"/>\n",
                        kBarLeft, y_ - 11, width, colour);
  }

  void heading(std::string_view words) {
    text(kChartLeft, y_, words, "font-weight=\"bold\"");
    y_ += kLine + 2;
  }

  void row(std::string_view name, double share, const char* colour, std::string_view value) {
    text(kBarLeft - 8, y_, shortened(name, kNameLength), "text-anchor=\"end\"");
    if (share > 0) bar(share, colour);
    text(kBarRight + 8, y_, value);
    y_ += kLine;
  }

  void draw_votes() {
    heading(fmt::format("Votes of {} noisy samples (blue: the label)", card_.n));
    for (const ImageCard::Votes& votes : card_.votes) {
      const double share = static_cast<double>(votes.count) / static_cast<double>(card_.n);
      row(votes.name, share, votes.is_label ? "#0072b2" : "#b0b0b0",
          fmt::format("{}", votes.count));
    }
    y_ += kLine / 2;
  }

  void draw_radii() {
    if (card_.radii.empty()) return;
    heading(fmt::format("Certified {} radius of each method, if chosen beforehand",
                        norm_symbol(card_.norm)));
    double largest = 0;
    for (const ImageCard::Radius& r : card_.radii) largest = std::max(largest, r.radius);
    if (card_.row) largest = std::max(largest, card_.row->radius);
    for (const ImageCard::Radius& r : card_.radii) radius(r, largest, "#009e73");
    if (card_.row) draw_row(*card_.row, largest);
  }

  void radius(const ImageCard::Radius& r, double largest, const char* colour) {
    row(r.method, largest > 0 ? r.radius / largest : 0, colour,
        r.answer.empty()
            ? "abstains"
            : fmt::format("{} {}", python_radius_rounded_down(r.radius), shortened(r.answer, 12)));
  }

  void draw_row(const ImageCard::Radius& claimed, double largest) {
    y_ += kLine / 2;
    heading(card_.row_claims_too_much ? "Its row in the run claims more than its samples give"
            : card_.row_claims_less   ? "Its row in the run claims less than its samples give"
                                      : "Its row in the run");
    radius(claimed, largest, card_.row_claims_too_much ? "#d55e00" : "#009e73");
  }

  const ImageCard& card_;
  std::string out_;
  int y_ = 62;
  int left_bottom_ = 50;
};

}  // namespace

std::string png_uri(const std::string& png) { return "data:image/png;base64," + base64(png); }

std::string image_card_svg(const ImageCard& card) {
  if (card.n < 1) throw InputError("an image without samples has no counts to show");
  return Card(card).draw();
}

}  // namespace certify
