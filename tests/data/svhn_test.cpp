#include "data/dataset.h"

#include <zlib.h>

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/listing.h"
#include "tests/data/packed/archive_writer.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::int32_t kImages = 5;

/// Of image n at a row, column and colour.
unsigned char level(int n, int row, int column, int colour) {
  return static_cast<unsigned char>((n * 31 + row * 7 + column * 3 + colour * 101) % 256);
}

/// X [32,32,3,N], the first index fastest.
std::string images() {
  std::string values;
  for (int n = 0; n < kImages; ++n) {
    for (int colour = 0; colour < 3; ++colour) {
      for (int column = 0; column < 32; ++column) {
        for (int row = 0; row < 32; ++row) {
          values += static_cast<char>(level(n, row, column, colour));
        }
      }
    }
  }
  return values;
}

std::string labels(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

std::string packed(const std::string& variable) {
  uLongf size = compressBound(variable.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(variable.data()), variable.size());
  return raw(std::uint32_t{15}) + raw(static_cast<std::uint32_t>(size)) + out.substr(0, size);
}

std::string file(const std::string& y, bool pack = false) {
  const std::string a = mat_variable("X", {32, 32, 3, kImages}, 9, 2, images());
  const std::string b =
      mat_variable("y", {static_cast<std::int32_t>(y.size()), 1}, 6, 2, y);  // doubles, as bytes
  return mat_header() + (pack ? packed(a) + packed(b) : a + b);
}

TEST(Svhn, ReadsDigitsByRowsAndColumnsWhetherPackedOrNot) {
  for (const bool pack : {false, true}) {
    const TemporaryFolder folder;
    const auto mat = folder.write("test_32x32.mat", file(labels({10, 1, 9, 5, 10}), pack));
    const auto data = open_dataset({.name = "svhn", .dir = folder.path()});
    ASSERT_EQ(data->size(), kImages);
    EXPECT_EQ(data->info().shape, (ImageShape{3, 32, 32}));
    EXPECT_EQ(data->at(0).label, 0);  // stored as 10
    EXPECT_EQ(data->at(2).label, 9);
    for (int n = 0; n < kImages; ++n) {
      const Image image = data->at(n).image;
      for (int k = 0; k < 3 * 32 * 32; ++k) {
        ASSERT_EQ(image.pixels[static_cast<std::size_t>(k)],
                  static_cast<float>(level(n, k / 32 % 32, k % 32, k / 1024)) / 255.0F);
      }
    }
    EXPECT_EQ(data->sha256(), open_dataset({.name = "svhn", .dir = folder.path()})->sha256());
    EXPECT_EQ(found_of("svhn", folder.path()), mat);
  }
}

TEST(Svhn, PackedOrNotTheHashIsTheSame) {
  const TemporaryFolder plain, small;
  plain.write("test_32x32.mat", file(labels({1, 2, 3, 4, 5})));
  small.write("test_32x32.mat", file(labels({1, 2, 3, 4, 5}), true));
  EXPECT_EQ(open_dataset({.name = "svhn", .dir = plain.path()})->sha256(),
            open_dataset({.name = "svhn", .dir = small.path()})->sha256());
}

TEST(Svhn, WhatDoesNotFitIsRefusedWithTheFile) {
  const auto refused = [](const std::string& content, const std::string& what) {
    const TemporaryFolder folder;
    folder.write("test_32x32.mat", content);
    EXPECT_THAT([&] { open_dataset({.name = "svhn", .dir = folder.path()}); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("test_32x32.mat: "), HasSubstr(what))));
  };
  refused(file(labels({1, 2, 3, 4})), "y: 4 labels, but X has 5 images");
  refused(file(labels({1, 2, 0, 4, 5})), "y: label 2 is 0, expected 1 to 10");
  refused(file(labels({1, 2, 11, 4, 5})), "y: label 2 is 11");
  refused(mat_header() + mat_variable("X", {2, 2}, 9, 2, "abcd"), "and shape (2, 2)");
  refused(mat_header() + mat_variable("Z", {2, 2}, 9, 2, "abcd"), "no array X: it has Z");
  refused("MATLAB 7.3 MAT-file", "version 7.3");
  const std::string whole = file(labels({1, 2, 3, 4, 5}), true);
  refused(whole.substr(0, whole.size() - 5), "ends too early");
  const std::size_t first =
      whole.size() - packed(mat_variable("y", {5, 1}, 6, 2, labels({1, 2, 3, 4, 5}))).size();
  refused(whole.substr(0, first), "no array y: it has X");
  const TemporaryFolder none;
  EXPECT_THAT([&] { open_dataset({.name = "svhn", .dir = none.path()}); },
              ThrowsMessage<DataError>(HasSubstr("test_32x32.mat not found; looked in")));
}

}  // namespace
}  // namespace certify
