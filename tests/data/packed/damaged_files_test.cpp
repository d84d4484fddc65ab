// Damaged pickles, archives and MATLAB files: each is read or refused with a DataError; nothing
// else happens. CERTIFY_DAMAGED_FILES says how many; the test on demand takes a million of each
// kind.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/unpack.h"
#include "data/packed/array_pickle.h"
#include "data/packed/mat_file.h"
#include "data/packed/tar_archive.h"
#include "tests/data/packed/archive_writer.h"
#include "tests/support/damage.h"
#include "tests/support/gzip.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMost = 1 << 20;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path(CERTIFY_SOURCE_DIR) / "tests/data/packed/fixtures" / name);
}

/// @return how many of the files were read
std::int64_t count_read(const std::vector<std::string>& good, std::uint64_t seed,
                        const std::function<void(const std::string&)>& read) {
  Damage damage(seed);
  std::int64_t accepted = 0;
  const std::int64_t inputs = count_of_damaged_files(20'000);
  for (std::int64_t i = 0; i < inputs; ++i) {
    const std::string bytes = damage(good[static_cast<std::size_t>(i) % good.size()]);
    try {
      read(bytes);
      ++accepted;
    } catch (const DataError& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 1000U);
    }
  }
  return accepted;
}

TEST(DamagedFiles, PicklesAreReadOrRefused) {
  const std::vector<std::string> good{Python2Pickle()
                                          .key("labels")
                                          .numbers({3, 8, 0, 70000})
                                          .key("data")
                                          .array(3, 2, "\x01\x02\xff\xfe\0\x10"s)
                                          .dictionary(),
                                      "\x80\x02}q\x01U\x01"
                                      "ah\x01s."s};
  const std::int64_t accepted = count_read(good, 1, [](const std::string& bytes) {
    const ArrayPickle pickle(bytes);
    const ArrayPickle::Array data = pickle.array("data");
    std::int64_t elements = 1;
    for (const std::int64_t length : data.shape) elements *= length;
    ASSERT_EQ(static_cast<std::uint64_t>(elements), data.bytes.size());
    pickle.numbers("labels");
  });
  EXPECT_GT(accepted, 0);
}

TEST(DamagedFiles, TarArchivesAreReadOrRefused) {
  const std::vector<std::string> good{tar("folder", {{"a", "first"}, {"b", std::string(600, 'x')}}),
                                      fixture("gnu.tar"), fixture("pax.tar")};
  const std::int64_t accepted = count_read(good, 2, [](const std::string& bytes) {
    const TarArchive archive(bytes);
    for (const auto& [name, content] : archive.files()) {
      if (content.empty()) continue;
      ASSERT_GE(content.data(), bytes.data());
      ASSERT_LE(content.data() + content.size(), bytes.data() + bytes.size());
    }
  });
  EXPECT_GT(accepted, 0);
}

/// Headers whose checksum is mended, so that what it covers is looked at.
TEST(DamagedFiles, TarHeadersWithARightChecksumAreReadOrRefused) {
  const std::vector<std::string> good{tar_header("folder/name", 0, '0')};
  const std::int64_t accepted = count_read(good, 3, [](const std::string& bytes) {
    if (bytes.size() < 512) throw DataError("no header");
    std::string header = bytes.substr(0, 512);
    header.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    fmt::format_to(header.data() + 148, "{:06o}", sum);
    TarArchive(header + std::string(2048, '\0'));
  });
  EXPECT_GT(accepted, 0);
}

TEST(DamagedFiles, MatlabFilesAreReadOrRefused) {
  const std::vector<std::string> good{
      fixture("plain.mat"), fixture("packed.mat"),
      mat_header() + mat_variable("y", {2, 1}, 6, 9, raw(1.0) + raw(2.0))};
  const std::int64_t accepted = count_read(good, 4, [](const std::string& bytes) {
    const MatFile file(bytes, kMost);
    for (const auto& [name, array] : file.arrays()) whole_numbers(array);
  });
  EXPECT_GT(accepted, 0);
}

TEST(DamagedFiles, GzipIsUnpackedOrRefused) {
  const std::vector<std::string> good{gzip(tar("folder", {{"a", "first"}})), gzip("")};
  const std::int64_t accepted =
      count_read(good, 5, [](const std::string& bytes) { unpack_gzip(bytes, kMost); });
  EXPECT_GT(accepted, 0);  // a changed time of writing is no damage
}

}  // namespace
}  // namespace certify
