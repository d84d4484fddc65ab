#include <webp/demux.h>

#include <memory>

#include "data/images/decoding.h"

namespace certify {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

WebPData whole(std::string_view file) {
  return {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
}

/// Before anything of the picture's size is allocated.
void check_canvas(const WebPData& data) {
  const std::unique_ptr<WebPDemuxer, Freed<WebPDemuxDelete>> parts(WebPDemux(&data));
  if (parts == nullptr) throw DataError("damaged or truncated");
  check_size(WebPDemuxGetI(parts.get(), WEBP_FF_CANVAS_WIDTH),
             WebPDemuxGetI(parts.get(), WEBP_FF_CANVAS_HEIGHT));
}

RgbImage decode(std::string_view file) {
  const WebPData data = whole(file);
  check_canvas(data);
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);  // four bytes a pixel, alpha beside the colours
  const std::unique_ptr<WebPAnimDecoder, Freed<WebPAnimDecoderDelete>> decoder(
      WebPAnimDecoderNew(&data, &options));
  WebPAnimInfo info;
  std::uint8_t* pixels = nullptr;  // the decoder's
  int end_of_frame = 0;
  if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 ||
      WebPAnimDecoderGetNext(decoder.get(), &pixels, &end_of_frame) == 0) {
    throw DataError("its first frame is damaged or truncated");
  }
  RgbImage image =
      black_image(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = pixels[i / 3 * 4 + i % 3];
  return image;
}

}  // namespace

RgbImage decode_webp(std::string_view file) {
  try {
    return decode(file);
  } catch (const DataError& error) {
    throw DataError("no readable WebP: {}", error.what());
  }
}

}  // namespace certify
