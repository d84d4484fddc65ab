#include "core/methods/certify_many.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace certify {
namespace {

constexpr std::size_t kBlock =
    64;  // images a thread takes at a time: some methods cost 5 µs an image

}  // namespace

std::vector<Certificate> certify_many(const std::vector<ImageSamples>& images, const Method& method,
                                      const MethodOptions& options) {
  const std::size_t blocks = (images.size() + kBlock - 1) / kBlock;
  std::vector<Certificate> certificates(images.size());
  std::vector<std::exception_ptr> failures(blocks);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t block = next++; block < blocks; block = next++) {
      try {
        const std::size_t end = std::min(images.size(), (block + 1) * kBlock);
        for (std::size_t i = block * kBlock; i < end; ++i) {
          certificates[i] = method.certify(images[i], options);
        }
      } catch (...) {
        failures[block] = std::current_exception();
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
  return certificates;
}

}  // namespace certify
