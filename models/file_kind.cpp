#include "models/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "models/torch_archive.h"

namespace certify {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLooked = 1024;  // bytes at the beginning, for kinds that are text

bool is_whole_archive(std::string_view bytes) {
  try {
    const ZipArchive archive(bytes);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

FileKind kind_of_archive(std::string_view bytes) {
  if (!is_whole_archive(bytes)) return FileKind::kBrokenArchive;
  try {
    const TorchArchive archive(bytes);
    // torch.export of 2.1 to 2.7 wrote no folder at the top.
    if (archive.has("serialized_exported_program.json")) return FileKind::kExportedProgram;
    if (archive.has_below("data/aotinductor/")) return FileKind::kAotInductor;
    if (archive.has("archive_format") || archive.has_below("models/")) {
      return FileKind::kExportedProgram;
    }
    if (archive.has("constants.pkl") || archive.has_below("code/")) return FileKind::kTorchScript;
    if (archive.has("data.pkl")) return FileKind::kTorchSave;
  } catch (const DataError&) {  // several folders at the top
  }
  return FileKind::kOtherArchive;
}

struct Beginning {
  std::string_view bytes;
  FileKind kind;
};
constexpr std::array kBeginnings{
    Beginning{"version https://git-lfs"sv, FileKind::kGitLfsPointer},
    Beginning{"\x89HDF\r\n\x1a\n"sv, FileKind::kHdf5},
    Beginning{"\x93NUMPY"sv, FileKind::kNumpy},
    Beginning{"\x1f\x8b"sv, FileKind::kCompressed},
    Beginning{"BZh"sv, FileKind::kCompressed},
    Beginning{"\xfd"
              "7zXZ\0"sv,
              FileKind::kCompressed},
    Beginning{"\x28\xb5\x2f\xfd"sv, FileKind::kCompressed},
    Beginning{"7z\xbc\xaf\x27\x1c"sv, FileKind::kCompressed},
};

/// A length of eight bytes, and a JSON object of that length or shorter; a file that was cut short
/// is one too.
bool is_safetensors(std::string_view bytes) {
  if (bytes.size() < 10) return false;
  constexpr std::uint64_t kLongest = 100'000'000;  // as the format has it
  ByteReader reader(bytes, "");
  const auto length = reader.number<std::uint64_t>();
  return length >= 2 && length <= kLongest &&
         (reader.left().starts_with("{\"") || reader.left().starts_with("{}"));
}

/// Of each protocol a pickle of its own: a long in its opcode, behind at most a frame.
bool is_legacy_torch_save(std::string_view bytes) {
  constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  return bytes.starts_with('\x80') && bytes.substr(0, 32).find(kMagic) != bytes.npos;
}

/// Pickles begin with their protocol and are no text.
bool is_pickle(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

/// A message of protocol buffers: ir_version (a small number), and then the name of what made it.
bool is_onnx(std::string_view bytes) {
  return bytes.size() > 4 && bytes[0] == '\x08' && bytes[1] > 0 && bytes[1] < 32 &&
         bytes[2] == '\x12';
}

FileKind kind_of_text(std::string_view bytes) {
  std::string text(bytes.substr(0, kLooked));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const std::string_view start =
      first == std::string::npos ? "" : std::string_view(text).substr(first);
  if (start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml")) {
    return FileKind::kHtml;
  }
  // Its keys come in the order of the alphabet: metadata, and then a line for each weight.
  const bool index = start.starts_with("{") && (start.find("\"weight_map\"") != start.npos ||
                                                start.find("\"total_size\"") != start.npos);
  return index ? FileKind::kSafetensorsIndex : FileKind::kUnknown;
}

}  // namespace

FileKind kind_of_bytes(std::string_view bytes) {
  if (bytes.empty()) return FileKind::kEmpty;
  if (ZipArchive::begins(bytes)) return kind_of_archive(bytes);
  for (const Beginning& beginning : kBeginnings) {
    if (bytes.starts_with(beginning.bytes)) return beginning.kind;
  }
  if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar") return FileKind::kTar;
  if (is_legacy_torch_save(bytes)) return FileKind::kTorchSaveLegacy;
  if (is_safetensors(bytes)) return FileKind::kSafetensors;
  if (is_pickle(bytes)) return FileKind::kPickle;
  if (is_onnx(bytes)) return FileKind::kOnnx;
  return kind_of_text(bytes);
}

FileKind kind_of(const std::filesystem::path& file) {
  return kind_of_bytes(MappedFile(file).bytes());
}

std::string_view description(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchScript:
      return "a network that torch.jit.save() wrote (TorchScript)";
    case FileKind::kTorchSave:
    case FileKind::kTorchSaveLegacy:
      return "a file of torch.save()";
    case FileKind::kTar:
      return "a tar archive";
    case FileKind::kExportedProgram:
      return "a program of torch.export.save() (.pt2)";
    case FileKind::kAotInductor:
      return "a compiled package of AOTInductor (.pt2)";
    case FileKind::kSafetensors:
      return "a safetensors file";
    case FileKind::kSafetensorsIndex:
      return "the index of weights that are spread over several safetensors files";
    case FileKind::kPickle:
      return "a pickle of Python, not of torch.save()";
    case FileKind::kOnnx:
      return "an ONNX model";
    case FileKind::kHdf5:
      return "an HDF5 file, as Keras writes";
    case FileKind::kNumpy:
      return "a NumPy array";
    case FileKind::kHtml:
      return "a web page, not the file that it should be";
    case FileKind::kGitLfsPointer:
      return "a pointer of Git LFS, not the file that it stands for";
    case FileKind::kBrokenArchive:
      return "a zip archive whose end is missing or damaged";
    case FileKind::kOtherArchive:
      return "a zip archive without a network or weights of torch";
    case FileKind::kCompressed:
      return "a compressed file";
    case FileKind::kEmpty:
      return "empty";
    case FileKind::kUnknown:
      break;
  }
  return "no file of a kind that is known here";
}

}  // namespace certify
