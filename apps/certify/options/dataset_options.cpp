#include "apps/certify/options/dataset_options.h"

namespace certify {

DatasetRequest to_dataset_request(const OptionSet& options) {
  DatasetRequest request;
  request.name = options.text("dataset");
  request.split = options.text("split");
  request.dir = data_folder(request.name, options.text("data_dir"));
  request.classes = options.text("classes");
  if (options.given("resize")) request.resize = static_cast<int>(options.integer("resize"));
  if (options.given("crop")) set_crop(request, options.text("crop"));
  return request;
}

}  // namespace certify
