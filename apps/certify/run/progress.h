#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <spdlog/logger.h>

namespace certify {

/// Tells how far a run is: a bar with rate and time left on a terminal, a plain line about every 30
/// s elsewhere, and after the first seconds an estimate of the whole. Thread-safe.
class Progress {
 public:
  struct Task {
    std::int64_t images = 0;  ///< still to do
    std::int64_t samples_per_image = 0;
    std::int64_t selection_samples = 0;  ///< of these
    std::string device;
    bool stops = false;  ///< images may be done with fewer: how many is seen from those that are
    bool quiet = false;
  };
  Progress(const Task& task, std::shared_ptr<spdlog::logger> log);
  ~Progress();  ///< stops and clears the bar

  void add_samples(std::int64_t count) { samples_ += count; }
  void add_image() { ++images_; }

 private:
  void run();
  void draw_bar(double rate);
  void estimate_whole_run(double rate);
  double seconds() const;
  double samples_in_all() const;
  double seconds_left(double rate) const;

  Task task_;
  std::shared_ptr<spdlog::logger> log_;
  bool terminal_;
  std::chrono::steady_clock::time_point started_;
  std::atomic<std::int64_t> samples_{0}, images_{0};
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable stop_;
  std::thread thread_;
};

}  // namespace certify
