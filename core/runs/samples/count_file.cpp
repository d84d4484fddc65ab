#include "core/runs/samples/count_file.h"

#include <fstream>
#include <limits>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"

namespace certify {
namespace {

constexpr std::string_view kSeparators = " \t,\r";

/// The whole numbers of a line. @throws DataError without a place, which the caller knows.
std::vector<std::int64_t> parse_numbers(std::string_view line) {
  std::vector<std::int64_t> numbers;
  for (std::size_t at = line.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kSeparators, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    const auto number = parse_number<std::int64_t>(word);
    if (!number || *number < 0) throw DataError("'{}' is no whole number >= 0", word.substr(0, 40));
    numbers.push_back(*number);
    at = line.find_first_not_of(kSeparators, end);
  }
  return numbers;
}

ImageSamples to_samples(std::vector<std::int64_t> numbers, std::int64_t row) {
  if (numbers.size() < 3) {
    throw DataError("{} columns, expected at least two counts and the label", numbers.size());
  }
  ImageSamples samples;
  samples.index = row;
  const std::int64_t label = numbers.back();
  numbers.pop_back();
  if (label >= static_cast<std::int64_t>(numbers.size())) {
    throw DataError("label {} is outside 0..{} (the last column is the label)", label,
                    numbers.size() - 1);
  }
  samples.label = static_cast<int>(label);
  std::int64_t sum = 0;  // total() must not overflow
  for (const std::int64_t count : numbers) {
    if (count > std::numeric_limits<std::int64_t>::max() / 2 - sum)
      throw DataError("counts too large");
    sum += count;
  }
  samples.estimation.votes = std::move(numbers);
  samples.selection.votes.resize(samples.estimation.votes.size());
  return samples;
}

/// What all rows have in common.
struct Shape {
  std::int64_t rows = 0;
  int classes = 0;
  std::int64_t n = 0;
};

void check_like_the_first(const ImageSamples& samples, Shape& shape) {
  const std::int64_t n = samples.estimation.total();
  if (shape.rows == 0) shape = {0, samples.estimation.num_classes(), n};
  if (samples.estimation.num_classes() != shape.classes) {
    throw DataError("{} classes, the rows before have {}", samples.estimation.num_classes(),
                    shape.classes);
  }
  if (n < 1 || n != shape.n) {
    throw DataError("counts sum to {}, expected {}", n, std::max<std::int64_t>(shape.n, 1));
  }
}

}  // namespace

void read_count_file(const std::filesystem::path& file,
                     const std::function<void(ImageSamples)>& each) {
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) throw DataError("{}: no such file", file.string());
  std::ifstream in(file, std::ios::binary);
  if (!in) throw_io_error(file, "read");
  Shape shape;
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    try {
      auto numbers = parse_numbers(line);
      if (numbers.empty()) continue;
      ImageSamples samples = to_samples(std::move(numbers), shape.rows);
      check_like_the_first(samples, shape);
      each(std::move(samples));
      ++shape.rows;
    } catch (const DataError& error) {
      throw DataError("{}:{}: {}", file.string(), number, error.what());
    }
  }
  if (shape.rows == 0) throw DataError("{}: no rows of counts", file.string());
}

}  // namespace certify
