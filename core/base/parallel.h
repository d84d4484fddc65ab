#pragma once

#include <cstddef>
#include <functional>

namespace certify {

/// Calls `each` with 0 … items - 1 on all cores, `block` consecutive ones at a time.
/// @throws what `each` threw first, by item; all calls have ended then.
void for_each_on_all_cores(std::size_t items, std::size_t block,
                           const std::function<void(std::size_t)>& each);

}  // namespace certify
