#pragma once
/// samples.jsonl: the append-only file that a run is. Everything else can be made again from it.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <span>

#include "core/base/files.h"
#include "core/base/samples.h"
#include "core/base/sha256.h"
#include "core/runs/samples/sample_record.h"

namespace certify {

struct SampleLogState {
  std::int64_t records = 0;
  std::int64_t bytes = 0;          ///< of whole, undamaged lines
  bool damaged_last_line = false;  ///< a line after those `bytes`, torn by a crash: not counted
  Sha256 hash;                     ///< of these lines as timeless() has them, each with its break
};

/// Reads one record after the other.
class SampleLogReader {
 public:
  /// Whether the files with scores and gradients that records name are read, too.
  enum class Beside { kRead, kLeave };

  /// A file that is not there has no records. @throws IoError.
  SampleLogReader(const std::filesystem::path& file, const RecordShape& shape,
                  Beside beside = Beside::kRead);

  /// Nothing after the last one. @throws as read_sample_log().
  std::optional<ImageSamples> next();
  /// Of what has been read.
  const SampleLogState& state() const { return state_; }

 private:
  std::filesystem::path file_;
  RecordShape shape_;
  Beside beside_;
  std::ifstream in_;
  SampleLogState state_;
};

/// Hands every record to `each`, in order. A file that is not there has no records.
/// @throws DataError "samples.jsonl:17: reason" for damage anywhere but in the last line; IoError.
SampleLogState read_sample_log(const std::filesystem::path& file, const RecordShape& shape,
                               const std::function<void(ImageSamples)>& each);

/// The only writer of a log; hold the run's lock. One write and one fdatasync a record, so a record
/// that append() returned from survives a kill and a power cut.
class SampleLogWriter {
 public:
  /// Cuts the file to `state.bytes`, dropping a damaged last line. @throws IoError.
  /// @param state  as a reader left it behind the last record
  SampleLogWriter(const std::filesystem::path& file, const SampleLogState& state);
  /// @throws IoError when the disk refuses; the file then ends with the last whole record.
  void append(const ImageSamples& samples) { append(std::span(&samples, 1)); }
  /// Many records at the price of one write: all of them or, when the disk refuses, none.
  void append(std::span<const ImageSamples> samples);
  /// Of the whole file as it is now.
  const SampleLogState& state() const { return state_; }

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  SampleLogState state_;
};

}  // namespace certify
