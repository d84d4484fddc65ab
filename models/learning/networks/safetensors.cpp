#include "models/learning/networks/safetensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // as the format has it

struct NamedType {
  std::string_view name;
  ElementType type;
};
constexpr std::array kTypes{
    NamedType{"F32", ElementType::kFp32},  NamedType{"F16", ElementType::kFp16},
    NamedType{"BF16", ElementType::kBf16}, NamedType{"F64", ElementType::kFp64},
    NamedType{"I64", ElementType::kInt64}, NamedType{"I32", ElementType::kInt32},
    NamedType{"I16", ElementType::kInt16}, NamedType{"I8", ElementType::kInt8},
    NamedType{"U8", ElementType::kUint8},  NamedType{"BOOL", ElementType::kBool},
};

std::optional<ElementType> type_called(std::string_view name) {
  const auto* known =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.name == name; });
  return known == kTypes.end() ? std::nullopt : std::optional(known->type);
}

/// Refuses what is nested deeper than a header is, and names that come twice, of which a parser
/// keeps the last.
nlohmann::json parse_header(std::string_view text) {
  constexpr int kDeepest = 4;
  std::set<std::string> names;
  const auto look = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > kDeepest) throw DataError("its header is nested too deep");
    if (event == nlohmann::json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second) {
      throw DataError("its header has {} twice", parsed.get<std::string>());
    }
    return true;
  };
  try {
    nlohmann::json header = nlohmann::json::parse(text, look);
    if (header.is_object()) return header;
  } catch (const nlohmann::json::exception&) {
  }
  throw DataError("its header is no JSON object");
}

struct Range {
  std::uint64_t begin, end;
  auto operator<=>(const Range&) const = default;
};

std::vector<std::uint64_t> numbers(const nlohmann::json& entry, const char* key,
                                   const std::string& name) {
  const auto found = entry.find(key);
  const bool all = found != entry.end() && found->is_array() &&
                   std::all_of(found->begin(), found->end(),
                               [](const nlohmann::json& n) { return n.is_number_unsigned(); });
  if (!all) throw DataError("{}: its header has no {} of it", name, key);
  return found->get<std::vector<std::uint64_t>>();
}

Range range_of(const nlohmann::json& entry, const std::string& name, std::uint64_t size) {
  const auto offsets = numbers(entry, "data_offsets", name);
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    throw DataError("{}: its data_offsets are no range", name);
  }
  if (offsets[1] > size) {
    throw DataError("{} is out of the file: it ends at byte {} of {}", name, offsets[1], size);
  }
  return {offsets[0], offsets[1]};
}

Shape shape_of(const nlohmann::json& entry, const std::string& name) {
  Shape shape;
  for (const std::uint64_t size : numbers(entry, "shape", name)) {
    if (!std::in_range<std::int64_t>(size)) throw DataError("{} is too large", name);
    shape.push_back(static_cast<std::int64_t>(size));
  }
  return shape;
}

/// Every byte belongs to one tensor, as the format promises.
void require_a_partition(std::vector<Range> ranges, std::uint64_t size) {
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.begin < end) throw DataError("two of its tensors overlap at byte {}", range.begin);
    if (range.begin > end) throw DataError("bytes {} to {} belong to no tensor", end, range.begin);
    end = range.end;
  }
  if (end != size) throw DataError("bytes {} to {} belong to no tensor", end, size);
}

}  // namespace

Safetensors read_safetensors(std::string_view bytes) {
  ByteReader reader(bytes, "its header");
  const auto length = reader.number<std::uint64_t>();
  if (length > kLongestHeader) throw DataError("its header has {} bytes", length);
  const nlohmann::json header = parse_header(reader.take(length));
  const std::string_view data = reader.left();
  Safetensors out;
  std::vector<Range> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto type = entry.find("dtype");
    if (type == entry.end() || !type->is_string()) throw DataError("{} has no dtype", name);
    const Range range = range_of(entry, name, data.size());
    ranges.push_back(range);
    const auto known = type_called(type->get_ref<const std::string&>());
    if (!known) {
      out.unread.emplace(name, type->get<std::string>());
      continue;
    }
    try {
      out.tensors.emplace(name, StoredTensor(*known, shape_of(entry, name),
                                             data.substr(range.begin, range.end - range.begin)));
    } catch (const DataError& error) {
      throw DataError("{}: {}", name, error.what());
    }
  }
  require_a_partition(std::move(ranges), data.size());
  return out;
}

}  // namespace certify
