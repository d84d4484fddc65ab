// What forms_test.py asks for the images that the program reads: dump_dataset NAME DIR SPLIT OUT
// [KEY=VALUE …] writes OUT.images.npy (uint8, [N,C,H,W]) and OUT.labels.npy (int64), and prints
// sha256() and the note.

#include <cmath>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/files.h"
#include "core/base/npy.h"
#include "data/dataset.h"

using namespace certify;

int main(int argc, char** argv) {
  if (argc < 5) return 64;
  DatasetRequest request{.name = argv[1], .split = argv[3], .dir = argv[2]};
  for (int i = 5; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::string_view key = option.substr(0, option.find('=')),
                           value = option.substr(option.find('=') + 1);
    if (key == "labels") request.labels = value;
    if (key == "labels_file") request.labels_file = value;
    if (key == "classes") request.classes = value;
    if (key == "resize") request.resize = std::stoi(std::string(value));
    if (key == "crop") set_crop(request, std::string(value));
  }
  try {
    const auto data = open_dataset(request);
    const ImageShape& shape = data->info().shape;
    std::string images = npy_header(
        "|u1", std::vector<std::int64_t>{data->size(), shape.channels, shape.height, shape.width});
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < data->size(); ++i) {
      const LabeledImage item = data->at(i);
      labels.push_back(item.label);
      for (const float pixel : item.image.pixels) {
        images += static_cast<char>(static_cast<unsigned char>(std::lround(pixel * 255.0F)));
      }
    }
    const std::string out = argv[4];
    replace_file(out + ".images.npy", images);
    replace_file(out + ".labels.npy", to_npy(labels, {data->size(), 1}));
    std::cout << data->sha256() << '\n' << data->info().note << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 65;
  }
}
