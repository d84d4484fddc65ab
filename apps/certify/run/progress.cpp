#include "apps/certify/run/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "core/report/tables/text.h"

namespace certify {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr double kFirstEstimate = 5;  // seconds: past the warm-up, before anyone's patience ends
constexpr double kPlainLine = 30;
constexpr double kLong = 24 * 3600.0;

}  // namespace

Progress::Progress(const Task& task, std::shared_ptr<spdlog::logger> log)
    : task_(task),
      log_(std::move(log)),
      terminal_(::isatty(STDERR_FILENO) != 0),
      started_(steady_clock::now()) {
  if (!task_.quiet && task_.images > 0) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (terminal_ && !task_.quiet) std::fputs("\r\033[K", stderr);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - started_).count();
}

double Progress::samples_in_all() const {
  const auto most = static_cast<double>(task_.images * task_.samples_per_image);
  const auto done = static_cast<double>(images_);
  if (!task_.stops || done == 0) return most;
  return std::min(most, static_cast<double>(samples_) * static_cast<double>(task_.images) / done);
}

double Progress::seconds_left(double rate) const {
  return std::max(0.0, samples_in_all() - static_cast<double>(samples_)) / std::max(rate, 1e-9);
}

void Progress::run() {
  double next_line = kPlainLine;
  bool estimated = false;
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, 250ms, [&] { return stopping_; })) {
    const double now = seconds();
    const double rate = static_cast<double>(samples_) / now;
    if (samples_ == 0) continue;
    if (!estimated && now >= kFirstEstimate) {
      estimated = true;
      estimate_whole_run(rate);
    }
    if (terminal_) {
      draw_bar(rate);
    } else if (now >= next_line) {
      next_line = now + kPlainLine;
      log_->info("{} of {} images, {:.0f} samples/s, {} left", images_.load(), task_.images, rate,
                 human_duration(seconds_left(rate)));
    }
  }
}

void Progress::draw_bar(double rate) {
  constexpr int kWidth = 30;
  const double share = std::min(1.0, static_cast<double>(samples_) / samples_in_all());
  const int filled = static_cast<int>(share * kWidth);
  const std::string line =
      fmt::format("\r\033[K[{}{}] {:3.0f} %  {}/{} images  {:.0f} samples/s  {} left",
                  std::string(static_cast<std::size_t>(filled), '='),
                  std::string(static_cast<std::size_t>(kWidth - filled), ' '), 100 * share,
                  images_.load(), task_.images, rate, human_duration(seconds_left(rate)));
  std::fputs(line.c_str(), stderr);
}

/// A run of months is better stopped in its first minute: say what would make it one of hours.
void Progress::estimate_whole_run(double rate) {
  const auto images = static_cast<double>(task_.images);
  const double per_image = samples_in_all() / images;
  const double whole = samples_in_all() / rate;
  const std::string samples =
      fmt::format("{}{}", task_.stops ? "at most " : "", task_.samples_per_image);
  if (terminal_) std::fputs("\r\033[K", stderr);
  if (whole < kLong) {
    log_->info("{:.0f} samples/s on {}: about {} for {} images × {} samples", rate, task_.device,
               human_duration(whole), task_.images, samples);
    return;
  }
  const double smaller = static_cast<double>(task_.selection_samples + 1000);
  std::string advice =
      fmt::format("--n 1000 would take {}", human_duration(images * smaller / rate));
  if (task_.images > 500) {
    advice += fmt::format(", 500 of the images (a larger --skip) {}",
                          human_duration(500 * per_image / rate));
  }
  if (task_.device == "cpu") advice += ", and a GPU is faster by two or three orders of magnitude";
  log_->warn(
      "{:.0f} samples/s on {}: about {} for {} images × {} samples. {}. It can be stopped and "
      "resumed at any time.",
      rate, task_.device, human_duration(whole), task_.images, samples, advice);
}

}  // namespace certify
