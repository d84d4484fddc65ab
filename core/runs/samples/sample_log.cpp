#include "core/runs/samples/sample_log.h"

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
#include "core/runs/samples/gradient_file.h"

namespace certify {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* doing) {
  throw IoError(fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(errno)));
}

}  // namespace

SampleLogReader::SampleLogReader(const std::filesystem::path& file, const RecordShape& shape,
                                 Beside beside)
    : file_(file), shape_(shape), beside_(beside) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return;
  in_.open(file, std::ios::binary);
  if (!in_) fail(file, "read");
}

std::optional<ImageSamples> SampleLogReader::next() {
  std::string line;
  if (!in_.is_open() || !std::getline(in_, line)) {
    if (in_.bad()) fail(file_, "read");
    return std::nullopt;
  }
  const bool whole = !in_.eof();  // getline met the line break, not the end
  std::string damage = "the line is not finished";
  try {
    SampleRecord record = parse_line(line, shape_);
    if (record.scores && beside_ == Beside::kRead) {
      read_scores(file_.parent_path(), shape_.scores, *record.scores, shape_.n, shape_.classes,
                  record.samples);
    }
    if (!record.gradient_sha256.empty() && beside_ == Beside::kRead) {
      read_gradient(file_.parent_path(), record.gradient_sha256, record.samples);
    }
    if (whole) {
      ++state_.records;
      state_.bytes += static_cast<std::int64_t>(line.size()) + 1;
      return std::move(record.samples);
    }
  } catch (const DataError& reason) {
    if (whole) damage = reason.what();
  }
  if (std::getline(in_, line)) {  // forgivable only in the last line
    throw DataError(fmt::format("{}:{}: {}", file_.string(), state_.records + 1, damage));
  }
  state_.damaged_last_line = true;
  return std::nullopt;
}

SampleLogState read_sample_log(const std::filesystem::path& file, const RecordShape& shape,
                               const std::function<void(ImageSamples)>& each) {
  SampleLogReader reader(file, shape);
  while (auto samples = reader.next()) each(std::move(*samples));
  return reader.state();
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

void SampleLogWriter::append(const ImageSamples& samples) { write(line_of(samples)); }

void SampleLogWriter::append(const std::vector<ImageSamples>& samples) {
  std::string lines;
  for (const ImageSamples& one : samples) lines += line_of(one);
  write(lines);
}

std::string SampleLogWriter::line_of(const ImageSamples& samples) const {
  const auto folder = file_.parent_path();
  return to_line(samples, write_scores(folder, samples), write_gradient(folder, samples)) + "\n";
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
