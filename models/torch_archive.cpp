#include "models/torch_archive.h"

#include "core/base/errors.h"

namespace certify {

TorchArchive::TorchArchive(std::string_view bytes) : archive_(bytes) {
  for (const std::string& name : archive_.names()) {
    const std::size_t slash = name.find('/');
    const std::string inside = slash == std::string::npos ? name : name.substr(slash + 1);
    if (!names_.emplace(inside, name).second) throw DataError("it has {} twice", inside);
  }
}

bool TorchArchive::has_below(std::string_view folder) const {
  const auto first = names_.lower_bound(folder);
  return first != names_.end() && first->first.starts_with(folder);
}

std::vector<std::string> TorchArchive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, whole] : names_) names.push_back(name);
  return names;
}

std::string_view TorchArchive::record(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end()) throw DataError("its record {} is missing", name);
  if (!archive_.is_plain(found->second)) {
    throw DataError("its record {} is compressed, which torch never does: unpack it and save again",
                    name);
  }
  // torch.serialization.set_crc32_options(False) leaves a zero.
  return archive_.record(found->second, ZipArchive::Checksum::kMayBeMissing).bytes;
}

void TorchArchive::check() const {
  for (const auto& [name, whole] : names_) {
    archive_.record(whole, ZipArchive::Checksum::kMayBeMissing);
  }
}

}  // namespace certify
