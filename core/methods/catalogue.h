#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/methods/method.h"

namespace certify {

/// Every method, in the order in which they are best presented.
const std::vector<const Method*>& all_methods();

/// @throws InputError naming all methods when there is none of this name.
const Method& find_method(std::string_view name);

/// @throws InputError naming the method to use, for one that optional stopping makes invalid.
void require_optional_stopping(const Method& method);

/// @throws InputError naming both, and the families that the method is proven for, when this noise
/// is none of them.
void require_family(const Method& method, const NoiseFamily& family);

/// The smallest n at which the method can say anything: with fewer samples it abstains even when
/// all of them agree. -1 when no n up to 1e9 (1e6 for methods on scores) is enough.
/// @throws InputError for options that the method refuses.
std::int64_t smallest_certifying_n(const Method& method, const MethodOptions& options,
                                   int num_classes);

}  // namespace certify
