#include "data/images/tiff_format.h"

#include <algorithm>
#include <string>

namespace certify {
namespace {

/// What the samples behind the colours are: 1 and 2 for alpha, with and without which colours were
/// multiplied, 0 for anything.
std::vector<std::uint16_t> extra_samples(const Tiff& tiff) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1) return {};
  return {kinds, kinds + count};
}

TiffKind kind_of(int meaning, int compression) {
  switch (meaning) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      return TiffKind::kGrey;
    case PHOTOMETRIC_PALETTE:
      return TiffKind::kPalette;
    case PHOTOMETRIC_RGB:
      return TiffKind::kRgb;
    case PHOTOMETRIC_SEPARATED:
      return TiffKind::kCmyk;
    case PHOTOMETRIC_YCBCR:
      if (compression == COMPRESSION_JPEG) return TiffKind::kRgb;  // as libjpeg makes of it
      throw DataError("YCbCr without JPEG, which Pillow's versions read differently");
    default:
      throw DataError("colours of kind {} (its PhotometricInterpretation), which are not read",
                      meaning);
  }
}

void check_bits(const TiffFormat& format) {
  const bool deep = format.bits == 16 && format.kind != TiffKind::kPalette;
  const bool shallow = (format.bits == 1 || format.bits == 2 || format.bits == 4) &&
                       format.samples == 1 &&
                       (format.kind == TiffKind::kGrey || format.kind == TiffKind::kPalette);
  if (format.bits != 8 && !deep && !shallow) {
    throw DataError("{} bits a sample with {} samples a pixel, which is not read", format.bits,
                    format.samples);
  }
}

/// How many samples behind its colours Pillow reads.
std::size_t most_extra_samples(const TiffFormat& format) {
  if (format.kind == TiffKind::kRgb) return format.bits == 8 ? 3 : 1;
  if (format.bits != 8) return 0;
  return format.kind == TiffKind::kCmyk ? 2 : format.kind == TiffKind::kGrey ? 1 : 0;
}

void check_samples(const TiffFormat& format, const std::vector<std::uint16_t>& extra) {
  const auto colours = format.samples - std::min<std::size_t>(format.samples, extra.size());
  const std::size_t expected = format.kind == TiffKind::kCmyk  ? 4
                               : format.kind == TiffKind::kRgb ? 3
                                                               : 1;
  if (colours != expected || extra.size() > most_extra_samples(format)) {
    throw DataError("{} samples a pixel, {} of them colours, which is not read", format.samples,
                    colours);
  }
  if (format.kind == TiffKind::kGrey && !extra.empty() && extra[0] == EXTRASAMPLE_ASSOCALPHA) {
    throw DataError("grey multiplied by alpha, which Pillow does not convert");
  }
  if (format.separate && !extra.empty() && extra[0] == EXTRASAMPLE_UNSPECIFIED) {
    throw DataError("a plane of no known meaning, which Pillow's versions read differently");
  }
}

/// Those that the libtiff in Pillow's wheels has, too. @throws DataError for others
void check_compression(int compression) {
  static constexpr std::array kRead{
      COMPRESSION_NONE,     COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,     COMPRESSION_CCITTFAX4,
      COMPRESSION_LZW,      COMPRESSION_JPEG,     COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
      COMPRESSION_PACKBITS, COMPRESSION_LZMA,     COMPRESSION_ZSTD};
  if (std::ranges::find(kRead, compression) == kRead.end()) {
    throw DataError("compression {}, which is not read", compression);
  }
  if (TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression)) == 0) {
    throw DataError("compression {}, which this libtiff does not have", compression);
  }
}

/// Layouts that Pillow reads wrongly or not at all.
void check_layout(const Tiff& tiff, const TiffFormat& format, int compression) {
  if (format.separate && format.bits == 16 && compression == COMPRESSION_NONE) {
    throw DataError("16 bits in separate planes without compression, which Pillow reads wrongly");
  }
  if (format.separate &&
      tiff.field<std::uint16_t>(TIFFTAG_FILLORDER, "order of bits") == FILLORDER_LSB2MSB) {
    throw DataError("separate planes with the lowest bit first, which Pillow reads wrongly");
  }
  if (format.bits == 16 && format.white_is_zero && TIFFIsBigEndian(tiff.get()) != 0) {
    throw DataError("16 bits with white at 0 and the high byte first, which Pillow does not read");
  }
}

}  // namespace

TiffFormat read_format(const Tiff& tiff) {
  const auto number = [&](std::uint32_t tag, const char* name) {
    return tiff.field<std::uint16_t>(tag, name);
  };
  const auto compression = number(TIFFTAG_COMPRESSION, "compression");
  check_compression(compression);
  if (number(TIFFTAG_SAMPLEFORMAT, "numbers") != SAMPLEFORMAT_UINT) {
    throw DataError("samples that are no unsigned integers, which are not read");
  }
  const auto meaning = number(TIFFTAG_PHOTOMETRIC, "kind of colours");
  const std::vector<std::uint16_t> extra = extra_samples(tiff);
  TiffFormat format{.kind = kind_of(meaning, compression)};
  format.bits = number(TIFFTAG_BITSPERSAMPLE, "bits");
  format.samples = number(TIFFTAG_SAMPLESPERPIXEL, "samples");
  format.separate =
      format.samples > 1 && number(TIFFTAG_PLANARCONFIG, "planes") == PLANARCONFIG_SEPARATE;
  format.white_is_zero = meaning == PHOTOMETRIC_MINISWHITE;
  format.premultiplied = !extra.empty() && extra[0] == EXTRASAMPLE_ASSOCALPHA;
  check_bits(format);
  check_samples(format, extra);
  check_layout(tiff, format, compression);
  if (meaning == PHOTOMETRIC_YCBCR) {
    if (format.separate || format.samples != 3) throw DataError("YCbCr in planes or with alpha");
    TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  return format;
}

TiffColours::TiffColours(const Tiff& tiff, const TiffFormat& format) : format_(format) {
  if (format.kind != TiffKind::kPalette) return;
  std::array<const std::uint16_t*, 3> channels{};
  if (TIFFGetField(tiff.get(), TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) != 1) {
    throw DataError("no palette");
  }
  palette_.resize(std::size_t{1} << format.bits);
  for (std::size_t i = 0; i < palette_.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      palette_[i][c] = static_cast<unsigned char>(channels[c][i] >> 8);
    }
  }
}

Rgb TiffColours::operator()(const std::array<unsigned, 4>& samples) const {
  switch (format_.kind) {
    case TiffKind::kGrey:
      return grey(samples[0]);
    case TiffKind::kPalette:
      return palette_[samples[0]];
    default:
      return of_channels(samples);
  }
}

/// 16 bits are cut at 255, and white at 0 is overlooked then.
Rgb TiffColours::grey(unsigned value) const {
  const unsigned most = (1U << format_.bits) - 1;
  unsigned level = std::min(value, 255U);
  if (format_.bits <= 8) level = (format_.white_is_zero ? most - value : value) * (255 / most);
  Rgb pixel;
  pixel.fill(static_cast<unsigned char>(level));
  return pixel;
}

Rgb TiffColours::of_channels(std::array<unsigned, 4> samples) const {
  if (format_.bits == 16) {
    for (unsigned& sample : samples) sample >>= 8;
  }
  Rgb pixel;
  for (std::size_t c = 0; c < 3; ++c) {
    const unsigned value = samples[c], fourth = samples[3];
    if (format_.kind == TiffKind::kCmyk) {
      pixel[c] = without_ink(static_cast<int>(value), static_cast<int>(fourth));
    } else if (format_.premultiplied) {
      const unsigned level = fourth == 0 ? 0 : std::min(255U, value * 255 / fourth);
      pixel[c] = static_cast<unsigned char>(level);
    } else {
      pixel[c] = static_cast<unsigned char>(value);
    }
  }
  return pixel;
}

}  // namespace certify
