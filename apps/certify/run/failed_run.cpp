#include "apps/certify/run/failed_run.h"

#include <chrono>
#include <new>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

double sample_or_explain(RunFolder& folder, std::int64_t images,
                         const std::function<void()>& sample) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(Clock::now() - started).count();
  };
  const auto interrupt = [&] {
    folder.close("interrupted", seconds());
    return fmt::format("{} of {} images are done and stored", folder.images_done(), images);
  };
  try {
    sample();
  } catch (const DeviceLost& lost) {
    throw DeviceLost("{}; {}; the same command resumes", lost.what(), interrupt());
  } catch (const std::bad_alloc&) {
    throw IoError(
        "out of memory; {}. The same command with fewer --workers resumes; a smaller --batch or no "
        "--scores needs less too, but another run",
        interrupt());
  }
  return seconds();
}

}  // namespace certify
