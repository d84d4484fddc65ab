#include "core/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace certify {

void for_each_on_all_cores(std::size_t items, std::size_t block,
                           const std::function<void(std::size_t)>& each) {
  const std::size_t blocks = (items + block - 1) / block;
  std::vector<std::exception_ptr> failures(blocks);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t b = next++; b < blocks; b = next++) {
      try {
        const std::size_t end = std::min(items, (b + 1) * block);
        for (std::size_t i = b * block; i < end; ++i) each(i);
      } catch (...) {
        failures[b] = std::current_exception();
      }
    }
  };
  {
    const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::jthread> helpers;
    for (std::size_t t = 1; t < std::min(cores, blocks); ++t) helpers.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace certify
