#include "data/images/lossless_jpeg.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "data/images/decoding.h"
#include "data/images/jpeg_codes.h"

namespace certify {
namespace {

enum Marker {
  kLosslessFrame = 0xC3,
  kHuffmanTables = 0xC4,
  kBegin = 0xD8,
  kEnd = 0xD9,
  kScan = 0xDA,
  kRestartInterval = 0xDD,
  kJfif = 0xE0,
  kAdobe = 0xEE
};

bool is_frame(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != kHuffmanTables && marker != 0xC8 &&
         marker != 0xCC;
}

/// As libjpeg tells them: shorter ones are something else.
bool is_jfif(std::string_view content) {
  return content.size() >= 14 && content.starts_with(std::string_view("JFIF\0", 5));
}

bool is_adobe_ycc(std::string_view content) {
  return content.size() >= 12 && content.starts_with("Adobe") && content[11] != 0;
}

/// What a sample is expected to be, from those to its left, above and beyond both (table H.1).
int predicted(int predictor, int left, int above, int beyond) {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return beyond;
    case 4:
      return left + above - beyond;
    case 5:
      return left + ((above - beyond) >> 1);
    case 6:
      return above + ((left - beyond) >> 1);
    default:
      return (left + above) >> 1;
  }
}

struct Component {
  int id = 0;
  const JpegHuffmanTable* codes = nullptr;  ///< in the scan that is being read
  std::vector<int> row, above;              ///< samples, without the bits that the scan leaves out
  bool is_read = false;
};

class Decoder {
 public:
  explicit Decoder(std::string_view file) : bytes_(file), size_(file.size()) {}

  RgbImage image() {
    if (bytes_.marker() != kBegin) throw DataError("it does not begin as one");
    for (int marker = bytes_.marker(); marker != kEnd; marker = bytes_.marker()) read(marker);
    for (const Component& component : components_) {
      if (!component.is_read) throw DataError("it ends before all its components");
    }
    if (components_.empty()) throw DataError("it has no picture");
    return std::move(image_);
  }

 private:
  void read(int marker) {
    JpegBytes content = bytes_.content();
    if (is_frame(marker)) {
      read_frame(content);
    } else if (marker == kHuffmanTables) {
      while (!content.at_end()) read_table(content);
    } else if (marker == kRestartInterval) {
      restart_ = content.u16();
    } else if (marker == kJfif) {
      is_ycc_ = is_ycc_ || is_jfif(content.rest());
    } else if (marker == kAdobe) {
      is_ycc_ = is_ycc_ || is_adobe_ycc(content.rest());
    } else if (marker == kScan) {
      read_scan(content);
    }
  }

  void read_frame(JpegBytes& content) {
    if (!components_.empty()) throw DataError("two frames");
    const int bits = content.u8();
    const int height = content.u16(), width = content.u16();
    check_size(width, height);
    const int count = content.u8();
    if (bits != 8 || (count != 1 && count != 3)) {
      throw DataError("lossless with {} bits and {} components; 8 and 1 or 3 are read", bits,
                      count);
    }
    // A sample has a bit at least.
    if (std::int64_t{width} * height * count > 8 * static_cast<std::int64_t>(size_)) {
      throw DataError("the file is truncated");
    }
    for (int c = 0; c < count; ++c) {
      components_.emplace_back().id = content.u8();
      if (content.u8() != 0x11 && count > 1) throw DataError("lossless with subsampling");
      content.u8();
    }
    image_ = black_image(width, height);
  }

  void read_table(JpegBytes& content) {
    const int place = content.u8();
    JpegHuffmanTable table(content);
    // Others are for what no lossless file has.
    if (place < 4) tables_[static_cast<std::size_t>(place)] = std::move(table);
  }

  Component& component(int id) {
    const auto found = std::ranges::find(components_, id, &Component::id);
    if (found == components_.end() || found->is_read) throw DataError("a scan of no component");
    found->is_read = true;
    return *found;
  }

  void read_scan(JpegBytes& content) {
    std::vector<Component*> scanned(static_cast<std::size_t>(content.u8()));
    if (scanned.empty()) throw DataError("a scan of no component");
    for (Component*& chosen : scanned) {
      chosen = &component(content.u8());
      const int place = content.u8() >> 4;
      if (place > 3 || !tables_.at(static_cast<std::size_t>(place))) throw DataError("no codes");
      chosen->codes = &*tables_.at(static_cast<std::size_t>(place));
    }
    if (components_.size() == 3 && is_ycc_) {
      throw DataError("lossless YCbCr, which Pillow does not read");
    }
    predictor_ = content.u8();
    content.u8();
    shift_ = content.u8() & 15;
    if (predictor_ < 1 || predictor_ > 7 || shift_ > 7 || restart_ % image_.width != 0) {
      throw DataError("lossless with predictor {}, {} bits left out and marks after {} pixels",
                      predictor_, shift_, restart_);
    }
    read_rows(scanned);
  }

  void read_rows(const std::vector<Component*>& scanned) {
    JpegBits bits(bytes_);
    const int rows_between = restart_ > 0 ? restart_ / image_.width : image_.height;
    for (Component* component : scanned) {
      component->row.resize(static_cast<std::size_t>(image_.width));
    }
    for (int y = 0; y < image_.height; ++y) {
      const bool begins = y % rows_between == 0;
      if (begins && y > 0) bits.expect_restart(y / rows_between - 1);
      for (Component* component : scanned) component->above = component->row;
      for (int x = 0; x < image_.width; ++x) {
        for (Component* component : scanned) read_sample(*component, bits, x, begins);
      }
      for (const Component* component : scanned) put(*component, y);
    }
  }

  /// @param begins  in a row that does not know those above
  void read_sample(Component& component, JpegBits& bits, int x, bool begins) const {
    const auto at = static_cast<std::size_t>(x);
    int expected = 0;
    if (begins) {
      expected = x == 0 ? 1 << (7 - shift_) : component.row[at - 1];
    } else if (x == 0) {
      expected = component.above[0];
    } else {
      expected = predicted(predictor_, component.row[at - 1], component.above[at],
                           component.above[at - 1]);
    }
    component.row[at] = (component.codes->difference(bits) + expected) & 0xFFFF;
  }

  void put(const Component& component, int y) {
    const auto channel = static_cast<std::size_t>(&component - components_.data());
    unsigned char* out = image_.row(y);
    for (const int sample : component.row) {
      const auto level = static_cast<unsigned char>(sample << shift_);
      if (components_.size() == 1) {
        std::fill_n(out, 3, level);
      } else {
        out[channel] = level;
      }
      out += 3;
    }
  }

  JpegBytes bytes_;
  std::size_t size_;
  RgbImage image_;
  std::vector<Component> components_;
  std::array<std::optional<JpegHuffmanTable>, 4> tables_;
  int restart_ = 0;  ///< pixels between marks, 0 without
  int predictor_ = 0, shift_ = 0;
  bool is_ycc_ = false;
};

}  // namespace

bool is_lossless_jpeg(std::string_view file) {
  try {
    JpegBytes bytes(file);
    if (bytes.marker() != kBegin) return false;
    for (;;) {
      const int marker = bytes.marker();
      if (is_frame(marker)) return marker == kLosslessFrame;
      bytes.content();
    }
  } catch (const DataError&) {
    return false;
  }
}

RgbImage decode_lossless_jpeg(std::string_view file) {
  try {
    return Decoder(file).image();
  } catch (const DataError& error) {
    throw DataError("no readable JPEG: {}", error.what());
  }
}

}  // namespace certify
