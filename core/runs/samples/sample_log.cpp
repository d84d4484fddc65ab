#include "core/runs/samples/sample_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

void count(std::string_view line, SampleLogState& state) {
  ++state.records;
  state.bytes += static_cast<std::int64_t>(line.size()) + 1;
  state.hash.add(timeless(line));
  state.hash.add("\n");
}

}  // namespace

SampleLogReader::SampleLogReader(const std::filesystem::path& file, const RecordShape& shape,
                                 Beside beside)
    : file_(file), shape_(shape), beside_(beside) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return;
  in_.open(file, std::ios::binary);
  if (!in_) throw_io_error(file, "read");
}

std::optional<ImageSamples> SampleLogReader::next() {
  std::string line;
  if (!in_.is_open() || !std::getline(in_, line)) {
    if (in_.bad()) throw_io_error(file_, "read");
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
      count(line, state_);
      return std::move(record.samples);
    }
  } catch (const DataError& reason) {
    if (whole) damage = reason.what();
  }
  if (std::getline(in_, line)) {  // forgivable only in the last line
    throw DataError("{}:{}: {}", file_.string(), state_.records + 1, damage);
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
    : path_(file), file_(file, O_WRONLY | O_CREAT | O_APPEND, "open for writing"), state_(state) {
  state_.damaged_last_line = false;
  if (::ftruncate(file_.get(), state_.bytes) != 0)
    throw_io_error(path_, "cut to its last whole line");
  sync_folder(path_.has_parent_path() ? path_.parent_path() : ".");
}

void SampleLogWriter::append(std::span<const ImageSamples> samples) {
  const auto folder = path_.parent_path();
  std::string lines;
  SampleLogState after = state_;
  for (const ImageSamples& one : samples) {
    const std::string line = to_line(one, write_scores(folder, one), write_gradient(folder, one));
    lines += line + "\n";
    count(line, after);
  }
  try {
    write_all(file_, lines, path_);
    if (::fdatasync(file_.get()) != 0) throw_io_error(path_, "write");
  } catch (const IoError&) {
    // If this fails too, resuming drops the torn line.
    static_cast<void>(!::ftruncate(file_.get(), state_.bytes));
    throw;
  }
  state_ = std::move(after);
}

}  // namespace certify
