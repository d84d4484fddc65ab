#include "models/output.h"

#include <ATen/core/function_schema.h>
#include <ATen/core/jit_type.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

/// "1", or the field's name in a named tuple.
std::string name_of_element(const c10::IValue& tuple, std::size_t i) {
  if (tuple.isTuple()) {
    const auto schema = tuple.type()->expectRef<c10::TupleType>().schema();
    if (schema) return schema->arguments().at(i).name();
  }
  return std::to_string(i);
}

std::string name_of_key(const c10::IValue& key) {
  return key.isString() ? key.toStringRef() : fmt::format("{}", key.isInt() ? key.toInt() : -1);
}

void collect(const c10::IValue& value, const std::string& name, std::vector<NamedTensor>& out) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) out.push_back({name, value.toTensor()});
  } else if (value.isTensorList()) {
    const auto tensors = value.toTensorVector();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      collect(tensors[i], joined(name, std::to_string(i)), out);
    }
  } else if (value.isTuple() || value.isList()) {
    const auto elements =
        value.isTuple() ? value.toTupleRef().elements().vec() : value.toListRef().vec();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      collect(elements[i], joined(name, name_of_element(value, i)), out);
    }
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      collect(entry.value(), joined(name, name_of_key(entry.key())), out);
    }
  }
}

std::vector<NamedTensor> tensors_of(const c10::IValue& answer) {
  std::vector<NamedTensor> out;
  collect(answer, "", out);
  return out;
}

at::Tensor as_rows(const at::Tensor& tensor, std::int64_t rows) {
  if (rows == 1 && tensor.dim() == 1 && tensor.size(0) >= 2) return tensor.unsqueeze(0);
  if (tensor.dim() <= 2) return tensor;
  const auto sizes = tensor.sizes().slice(2);
  const bool ones = std::all_of(sizes.begin(), sizes.end(), [](std::int64_t s) { return s == 1; });
  return ones ? tensor.reshape({tensor.size(0), tensor.size(1)}) : tensor;
}

bool is_logits(const at::Tensor& tensor, std::int64_t rows) {
  const at::Tensor t = as_rows(tensor, rows);
  return t.dim() == 2 && t.size(0) == rows && t.size(1) >= 2 && !t.is_complex();
}

std::string described(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ","));
}

/// "0 [2,10], aux [2,10]"
std::string listed(const std::vector<NamedTensor>& tensors) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(tensors.size(), kMost); ++i) {
    const std::string& name = tensors[i].name;
    texts.push_back(
        fmt::format("{} {}", name.empty() ? "one tensor" : name, described(tensors[i].tensor)));
  }
  if (tensors.size() > kMost) texts.push_back(fmt::format("{} more", tensors.size() - kMost));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// What to do about a tensor that is no logits.
std::string advice(const at::Tensor& tensor, std::int64_t rows) {
  const auto sizes = tensor.sizes();
  if (sizes.size() == 1 && sizes[0] == rows) {
    return "; one number an image is a class or a score: return the logits themselves (no argmax), "
           "of two classes torch.stack([-z, z], 1)";
  }
  if (sizes.size() == 2 && sizes[0] == rows && sizes[1] == 1) {
    return "; one logit an image: return both classes', torch.cat([-z, z], 1)";
  }
  if (sizes.size() == 2 && sizes[1] == rows) return "; that is the other way round: return it .t()";
  if (sizes.size() == 4 && sizes[0] == rows) {
    return "; that is an answer for each place of the image: take the mean over them";
  }
  return "";
}

std::size_t asked_for(const std::vector<NamedTensor>& tensors, const std::string& asked) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const NamedTensor& t) { return t.name == asked; });
  if (found != tensors.end()) return static_cast<std::size_t>(found - tensors.begin());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (std::to_string(i) == asked) return i;
  }
  throw DataError("--output {}: the network returns {}", asked, listed(tensors));
}

template <class Fits>
std::vector<std::size_t> those_that(const Fits& fits, const std::vector<NamedTensor>& tensors) {
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (fits(tensors[i].tensor)) fitting.push_back(i);
  }
  return fitting;
}

std::size_t only_logits(const std::vector<NamedTensor>& tensors, std::int64_t rows) {
  const auto fitting = those_that([&](const at::Tensor& t) { return is_logits(t, rows); }, tensors);
  if (fitting.size() == 1) return fitting[0];
  if (fitting.empty()) {
    throw DataError("returned {} for {} images, and none of it is [{},m] logits", listed(tensors),
                    rows, rows);
  }
  throw DataError("returned {} for {} images; --output says which of them are the logits",
                  listed(tensors), rows);
}

}  // namespace

Output::Output(const c10::IValue& answer, std::int64_t rows, const std::string& asked) {
  const auto tensors = tensors_of(answer);
  if (tensors.empty()) throw DataError("returned no tensor but a {}", answer.tagKind());
  const bool single = answer.isTensor() && asked.empty();
  index_ = single ? 0 : asked.empty() ? only_logits(tensors, rows) : asked_for(tensors, asked);
  count_ = tensors.size();
  name_ = tensors[index_].name;
  const at::Tensor& chosen = tensors[index_].tensor;
  if (is_logits(chosen, rows)) return;
  throw DataError("returned a tensor {} for {} images, expected [{},m] logits{}", described(chosen),
                  rows, rows, advice(chosen, rows));
}

Output Output::of_images(const c10::IValue& answer, std::int64_t rows, at::IntArrayRef sizes,
                         bool variances) {
  const auto tensors = tensors_of(answer);
  const auto fitting = those_that(
      [&](const at::Tensor& t) {
        return t.dim() == 4 && t.size(0) == rows && t.sizes().slice(2) == sizes.slice(1) &&
               (t.size(1) == sizes[0] || (variances && t.size(1) == 2 * sizes[0])) &&
               t.is_floating_point();
      },
      tensors);
  if (fitting.size() != 1) {
    throw DataError("returned {} for {} images, expected {} [{},{}]{}",
                    tensors.empty() ? answer.tagKind() : listed(tensors), rows,
                    fitting.empty() ? "images" : "only one tensor of images", rows,
                    fmt::join(sizes, ","), variances ? ", or of twice the channels" : "");
  }
  Output out;
  out.sizes_ = tensors[fitting[0]].tensor.sizes().slice(1).vec();
  out.index_ = fitting[0];
  out.count_ = tensors.size();
  out.name_ = tensors[fitting[0]].name;
  return out;
}

at::Tensor Output::of(const c10::IValue& answer, std::int64_t rows) const {
  const auto shaped = [&](const at::Tensor& t) {
    if (sizes_.empty()) return as_rows(t, rows);
    if (t.dim() == 4 && t.size(0) == rows && t.sizes().slice(1).equals(sizes_)) return t;
    throw DataError("returned {} for {} images now, and [{},{}] before", described(t), rows, rows,
                    fmt::join(sizes_, ","));
  };
  if (answer.isTensor() && count_ == 1 && name_.empty()) return shaped(answer.toTensor());
  const auto tensors = tensors_of(answer);
  if (tensors.size() != count_ || tensors[index_].name != name_) {
    throw DataError("returned {} now, and other things before", listed(tensors));
  }
  return shaped(tensors[index_].tensor);
}

}  // namespace certify
