#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace certify {

/// Computes results 0 … items - 1 on several threads, and hands each to `take` on the calling
/// thread as soon as all before it were. When `stop` is set, results that are not finished are
/// dropped; `compute` should then return soon, with anything.
/// @throws what `compute` or `take` threw first; all threads have ended then.
template <typename Result>
void compute_in_order(std::size_t items, int threads,
                      const std::function<Result(std::size_t)>& compute,
                      const std::function<void(const Result&)>& take,
                      const std::atomic<bool>& stop) {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Result> finished;
  std::exception_ptr failure;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> ended{false};
  int working = threads;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < items && !stop && !ended; i = next++) {
        Result result = compute(i);
        const std::lock_guard lock(mutex);
        if (!stop) finished.emplace(i, std::move(result));
        changed.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      ended = true;
    }
    const std::lock_guard lock(mutex);
    --working;
    changed.notify_all();
  };
  std::vector<std::jthread> workers;
  for (int t = 0; t < threads; ++t) workers.emplace_back(work);
  try {
    for (std::size_t i = 0; i < items; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return finished.contains(i) || working == 0; });
      const auto found = finished.find(i);
      if (found == finished.end()) break;
      const Result result = std::move(found->second);
      finished.erase(found);
      lock.unlock();
      take(result);
    }
  } catch (...) {
    ended = true;
    throw;
  }
  workers.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace certify
