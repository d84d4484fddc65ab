/// Prints what a network answers: `network_logits MODEL CHANNELS HEIGHT WIDTH IMAGES LOGITS`.
/// IMAGES holds floats, image by image, [C,H,W]; LOGITS gets floats, a row an image. Says on stdout
/// what the network is, on stderr why it is refused (exit 65). `network_logits --version` prints
/// LibTorch's.

#include <torch/version.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/files.h"
#include "models/network.h"

namespace certify {
namespace {

/// [C,H,W] to [H,W,C], the layout of the program's images.
std::vector<float> channels_last(const std::vector<float>& images, const ImageShape& shape) {
  std::vector<float> out(images.size());
  const auto size = static_cast<std::size_t>(shape.size());
  const auto channels = static_cast<std::size_t>(shape.channels), pixels = size / channels;
  for (std::size_t first = 0; first < images.size(); first += size) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p) {
        out[first + p * channels + c] = images[first + c * pixels + p];
      }
    }
  }
  return out;
}

void run(char** arguments) {
  const ImageShape shape{std::atoi(arguments[2]), std::atoi(arguments[3]), std::atoi(arguments[4])};
  const std::string bytes = read_file(arguments[5]);
  std::vector<float> images(bytes.size() / sizeof(float));
  std::memcpy(images.data(), bytes.data(), bytes.size());
  const auto network = open_network(arguments[1], shape, {}, {.allow_native_code = true});
  const std::int64_t rows = static_cast<std::int64_t>(images.size()) / shape.size();
  std::vector<float> logits(static_cast<std::size_t>(rows * network->num_classes()));
  network->logits(channels_last(images, shape).data(), rows, logits.data());
  replace_file(arguments[6],
               {reinterpret_cast<const char*>(logits.data()), logits.size() * sizeof(float)});
  std::cout << fmt::format("{} classes, {}, fixed batch {}, {} convolutions fused\n",
                           network->num_classes(), to_string(network->options().precision),
                           network->fixed_batch(), network->fused_convolutions());
}

}  // namespace
}  // namespace certify

int main(int count, char** arguments) {
  if (count == 2 && std::string(arguments[1]) == "--version") {
    std::cout << TORCH_VERSION << "\n";
    return 0;
  }
  if (count != 7) {
    std::cerr << "usage: network_logits MODEL CHANNELS HEIGHT WIDTH IMAGES LOGITS\n";
    return 64;
  }
  try {
    certify::run(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 65;
  }
}
