#include "core/runs/sample_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* doing) {
  throw IoError(fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(errno)));
}

}  // namespace

SampleLogState read_sample_log(const std::filesystem::path& file, const RecordShape& shape,
                               const std::function<void(ImageSamples)>& each) {
  SampleLogState state;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return state;
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "read");
  std::string line;
  std::optional<std::string> damage;  // of the line before, forgivable only if it was the last
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    if (damage) throw DataError(fmt::format("{}:{}: {}", file.string(), number - 1, *damage));
    const bool whole = !in.eof();  // getline met the line break, not the end
    std::optional<ImageSamples> samples;
    try {
      SampleRecord record = parse_line(line, shape);
      if (record.scores) {
        read_scores(file.parent_path(), shape.scores, *record.scores, shape.n, shape.classes,
                    record.samples);
      }
      samples = std::move(record.samples);
    } catch (const DataError& reason) {
      damage = reason.what();
    }
    if (!whole) damage = "the line is not finished";
    if (damage) continue;
    each(std::move(*samples));
    ++state.records;
    state.bytes += static_cast<std::int64_t>(line.size()) + 1;
  }
  if (in.bad()) fail(file, "read");
  state.damaged_last_line = damage.has_value();
  return state;
}

SampleLogWriter::SampleLogWriter(const std::filesystem::path& file, const SampleLogState& state)
    : file_(file),
      fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      bytes_(state.bytes) {
  if (fd_ < 0) fail(file_, "open for writing");
  if (::ftruncate(fd_, bytes_) != 0) {
    ::close(fd_);
    fail(file_, "cut to its last whole line");
  }
  sync_folder(file_.has_parent_path() ? file_.parent_path() : ".");
}

SampleLogWriter::~SampleLogWriter() { ::close(fd_); }

void SampleLogWriter::append(const ImageSamples& samples) {
  const auto scores = write_scores(file_.parent_path(), samples);
  write(to_line(samples, scores) + "\n");
}

void SampleLogWriter::append(const std::vector<ImageSamples>& samples) {
  std::string lines;
  for (const ImageSamples& one : samples) {
    lines += to_line(one, write_scores(file_.parent_path(), one)) + "\n";
  }
  write(lines);
}

void SampleLogWriter::write(const std::string& lines) {
  std::size_t done = 0;  // one write in practice; a short one is a full disk or a signal
  while (done < lines.size()) {
    const ssize_t put = ::write(fd_, lines.data() + done, lines.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    done += static_cast<std::size_t>(put);
  }
  if (done < lines.size() || ::fdatasync(fd_) != 0) {
    const int reason = errno;
    static_cast<void>(
        !::ftruncate(fd_, bytes_));  // if this fails too, resuming drops the torn line
    errno = reason;
    fail(file_, "write");
  }
  bytes_ += static_cast<std::int64_t>(lines.size());
}

}  // namespace certify
