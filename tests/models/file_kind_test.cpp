#include "models/file_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::HasSubstr;

FileKind kind_of_records(const std::vector<std::string>& names) {
  ZipWriter zip;
  for (const std::string& name : names) zip.add(name, "x");
  return kind_of_bytes(zip.bytes());
}

TEST(FileKind, OfAnArchiveIsToldByItsRecords) {
  // What torch 1.13 and 2.15 write.
  EXPECT_EQ(kind_of_records({"net/data/0", "net/data.pkl", "net/code/__torch__.py",
                             "net/constants.pkl", "net/version"}),
            FileKind::kTorchScript);
  EXPECT_EQ(kind_of_records({"net/data.pkl", "net/data/0", "net/version"}), FileKind::kTorchSave);
  EXPECT_EQ(
      kind_of_records({"net/data.pkl", "net/.format_version", "net/.storage_alignment",
                       "net/byteorder", "net/data/0", "net/version", "net/.data/serialization_id"}),
      FileKind::kTorchSave);
  EXPECT_EQ(kind_of_records({"net/data/weights/weight_0", "net/models/model.json",
                             "net/data/sample_inputs/model.pt", "net/archive_format"}),
            FileKind::kExportedProgram);
  EXPECT_EQ(kind_of_records({"serialized_exported_program.json", "serialized_state_dict.pt"}),
            FileKind::kExportedProgram);
  EXPECT_EQ(kind_of_records({"net/data/aotinductor/model/c.wrapper.so", "net/archive_format"}),
            FileKind::kAotInductor);
  EXPECT_EQ(kind_of_records({"word/document.xml"}), FileKind::kOtherArchive);
  EXPECT_EQ(kind_of_records({"train/0.png", "test/0.png"}), FileKind::kOtherArchive);
}

TEST(FileKind, OfAnArchiveThatWasCutShortIsBroken) {
  const std::string whole = ZipWriter().add("net/data.pkl", "x").add("net/version", "3").bytes();
  for (std::size_t size = 4; size < whole.size(); ++size) {
    ASSERT_EQ(kind_of_bytes(std::string_view(whole).substr(0, size)), FileKind::kBrokenArchive)
        << size;
  }
}

TEST(FileKind, OfOtherFilesIsToldByHowTheyBegin) {
  const auto magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  EXPECT_EQ(kind_of_bytes("\x80\2"s + magic), FileKind::kTorchSaveLegacy);
  EXPECT_EQ(kind_of_bytes("\x80\4\x95\x0d\0\0\0\0\0\0\0"s + magic), FileKind::kTorchSaveLegacy);
  EXPECT_EQ(kind_of_bytes("\x80\4\x95\x0d\0\0\0\0\0\0\0}q\0."s), FileKind::kPickle);
  EXPECT_EQ(kind_of_bytes("\x0a\0\0\0\0\0\0\0{\"a\":    }"s), FileKind::kSafetensors);
  EXPECT_EQ(
      kind_of_bytes(R"({"metadata": {"total_size": 8}, "weight_map": {"w": "m-1.safetensors"}})"),
      FileKind::kSafetensorsIndex);
  EXPECT_EQ(kind_of_bytes("\n <!DOCTYPE html><title>Sign in</title>"), FileKind::kHtml);
  EXPECT_EQ(kind_of_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n"),
            FileKind::kGitLfsPointer);
  EXPECT_EQ(kind_of_bytes("\x08\x07\x12\x07pytorch"), FileKind::kOnnx);
  EXPECT_EQ(kind_of_bytes("\x89HDF\r\n\x1a\n\0"s), FileKind::kHdf5);
  EXPECT_EQ(kind_of_bytes("\x93NUMPY\1\0"s), FileKind::kNumpy);
  EXPECT_EQ(kind_of_bytes("\x1f\x8b\x08"), FileKind::kCompressed);
  EXPECT_EQ(kind_of_bytes(std::string(257, '\0') + "ustar\0" + std::string(300, '\0')),
            FileKind::kTar);
  EXPECT_EQ(kind_of_bytes(""), FileKind::kEmpty);
  EXPECT_EQ(kind_of_bytes("{}"), FileKind::kUnknown);
  EXPECT_EQ(kind_of_bytes("weights"), FileKind::kUnknown);
}

TEST(FileKind, OfAFileIsThatOfItsBytes) {
  const fs::path source = CERTIFY_SOURCE_DIR;
  EXPECT_EQ(kind_of(source / "models/weights/shapes_cnn_sigma0.25.pt"), FileKind::kTorchScript);
  EXPECT_EQ(kind_of(source / "tests/cli/fixtures/dynamic_int8.pt"), FileKind::kTorchScript);
  const TemporaryFolder folder;
  EXPECT_EQ(kind_of(folder.write("empty.pt", "")), FileKind::kEmpty);
  EXPECT_THROW(kind_of(folder / "missing.pt"), DataError);
  EXPECT_THROW(kind_of(folder.path()), DataError);
}

}  // namespace
}  // namespace certify
