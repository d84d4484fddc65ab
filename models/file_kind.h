#pragma once
/// What a file is that somebody gave as a network or as its weights, by its bytes. Its name says
/// little: .pt, .pth and .bin are all of these.

#include <filesystem>
#include <string_view>

namespace certify {

enum class FileKind {
  kTorchScript,       ///< torch.jit.save(): a zip archive with code
  kTorchSave,         ///< torch.save(): a zip archive with a pickle and storages
  kTorchSaveLegacy,   ///< torch.save() before torch 1.6: pickles, then storages
  kTar,               ///< also torch.save() before torch 0.1.10
  kExportedProgram,   ///< .pt2 of torch.export.save()
  kAotInductor,       ///< .pt2 of torch._inductor.aoti_compile_and_package(): native code
  kSafetensors,       ///< weights alone
  kSafetensorsIndex,  ///< names the files that the weights are spread over
  kPickle,            ///< Python's own pickle.dump()
  kOnnx,
  kHdf5,           ///< Keras's weights
  kNumpy,          ///< .npy; an .npz is a kOtherArchive
  kHtml,           ///< what a server says in place of the file
  kGitLfsPointer,  ///< what a clone without Git LFS has in place of the file
  kBrokenArchive,  ///< begins as a zip archive; its end is missing or damaged
  kOtherArchive,   ///< a zip archive of something else
  kCompressed,     ///< by gzip, bzip2, xz, zstd or 7z
  kEmpty,
  kUnknown,
};

/// Reads the beginning of the file and, of an archive, the table at its end.
/// @throws DataError where there is no such file; IoError.
FileKind kind_of(const std::filesystem::path& file);
FileKind kind_of_bytes(std::string_view bytes);

/// As a noun for messages: "a network that torch.jit.save() wrote (TorchScript)".
std::string_view description(FileKind kind);

}  // namespace certify
