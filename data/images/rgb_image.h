#pragma once
/// Decoded pictures: read, written and resized.
///
/// A certificate is about the image that the model's authors meant, so pixels are Pillow's to the
/// last bit (docs/pixels.md). Hence the libraries that Pillow uses (libjpeg-turbo, libpng, libtiff,
/// libwebp), and readers of our own for BMP and PNM, for which Debian has no library that would
/// fit. Resizing is our own: OpenCV's and LibTorch's filters differ.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// A decoded picture of any size.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<unsigned char> bytes;  ///< height × width × 3 (HWC), red first

  const unsigned char* row(int y) const { return bytes.data() + offset(y); }
  unsigned char* row(int y) { return bytes.data() + offset(y); }
  bool operator==(const RgbImage&) const = default;

 private:
  std::size_t offset(int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
};

/// Black. @pre width, height >= 0
inline RgbImage black_image(int width, int height) {
  RgbImage image{width, height, {}};
  image.bytes.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  return image;
}

/// Larger pictures are refused unread: what Pillow calls a decompression bomb.
inline constexpr std::int64_t kMostPixels = 178'956'970;

/// The content of a file of any kind below, told apart by its first bytes: ImageNet has a PNG that
/// is called .JPEG. Every decoder gives the pixels of Pillow's Image.open(f).convert("RGB").
/// @throws DataError (without a file's name) for any other, damaged or truncated.
RgbImage decode_image(std::string_view file);

/// @throws DataError naming the file for content of no such kind, damaged or truncated; IoError
/// when the system refuses to read it, which another try may not.
RgbImage read_image(const std::filesystem::path& path);

/// libjpeg-turbo with its defaults: grey repeated in three channels, four components taken for
/// Adobe's inverted CMYK, EXIF orientation ignored. Lossless ones are read without libjpeg.
/// @throws DataError (without a file's name) for what is no JPEG, is cut short (if only by its end
/// mark, which Pillow at times lets pass), larger than kMostPixels, or what libjpeg refuses, with
/// libjpeg's reason. Damage that libjpeg only warns of passes, as it does in Pillow.
RgbImage decode_jpeg(std::string_view file);

/// Palettes and grey expanded, alpha dropped (not blended), 16 bits a channel cut to the upper 8,
/// but 16 bits of grey alone cut at 255; gamma ignored.
/// @throws DataError (without a file's name) for what is no PNG, is damaged or cut short (if only
/// by its end mark, which Pillow lets pass), or larger than kMostPixels.
RgbImage decode_png(std::string_view file);

/// Windows and OS/2 bitmaps with 1, 4, 8, 16, 24 or 32 bits a pixel, run-length codes as well;
/// alpha dropped. (Microsoft, "Bitmap Storage"; the rest is Pillow's BmpImagePlugin.)
/// @throws DataError (without a file's name) for what is no BMP, is damaged or cut short (save for
/// the fill behind its last row), larger than kMostPixels, holds colours in bits where Pillow does
/// not look for them, or has a palette that Pillow misreads.
RgbImage decode_bmp(std::string_view file);

/// PBM, PGM and PPM, plain and raw (netpbm's pbm(5), pgm(5) and ppm(5)), the first picture of a
/// file. Values are brought to 8 bits by their largest; grey with a largest above 255 is brought to
/// 16 bits and cut at 255, as Pillow does.
/// @throws DataError (without a file's name) for any other, damaged, cut short or larger than
/// kMostPixels. A plain file that ends inside its last number cannot be told from a whole one.
RgbImage decode_pnm(std::string_view file);

/// The first page: grey, palettes, RGB and CMYK in strips or tiles, in the compressions that
/// libtiff was built with; turned as its orientation says, alpha dropped (what was multiplied by it
/// is divided again), 16 bits a channel cut to the upper 8.
/// @throws DataError (without a file's name) for what is no TIFF, damaged, cut short, larger than
/// kMostPixels, what libtiff refuses, with its reason, or what Pillow's versions read differently
/// or not at all.
RgbImage decode_tiff(std::string_view file);

/// Lossy or lossless, of an animation the first frame on black; alpha dropped (not blended).
/// @throws DataError (without a file's name) for what is no WebP, is damaged or cut short, or
/// larger than kMostPixels.
RgbImage decode_webp(std::string_view file);

/// A PNG file: 8 bits a channel. The same pixels give the same bytes on the same libpng and zlib.
/// @throws IoError if libpng cannot.
std::string encode_png(const RgbImage& image);

/// Which pixels of a picture a network sees.
struct Framing {
  int resize = 0;  ///< the shorter side is brought to this length first; 0: left as it is
  int height = 0;  ///< of the crop from the middle
  int width = 0;
};

/// torchvision's Resize(framing.resize), bilinear and antialiased, then CenterCrop, to the last bit
/// of what Pillow computes: sizes, offsets and filter weights are rounded as there. A picture of
/// the right size is not resampled; one smaller than the crop gets a black border.
/// @throws DataError when the resized picture would pass kMostPixels (one a million times as long
/// as wide).
RgbImage frame(const RgbImage& image, const Framing& framing);

/// The whole picture brought to a size, bilinear and antialiased, as Pillow's
/// Image.resize((width, height), BILINEAR), to the last bit. Sides need not keep their proportion.
/// @pre 0 < width, height
RgbImage resize(const RgbImage& image, int width, int height);

}  // namespace certify
