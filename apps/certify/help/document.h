#pragma once
/// The project's documents inside the program: help says what they say, because it is they.

#include <string>
#include <string_view>
#include <vector>

namespace certify {

extern const std::string_view kReadme;         ///< README.md
extern const std::string_view kFilesDocument;  ///< docs/files.md

/// A piece of a section, without marks of emphasis, code or links.
struct DocumentBlock {
  enum class Kind { kHeading, kParagraph, kItem, kCode, kTable };
  Kind kind = Kind::kParagraph;
  std::string text{};                            ///< code keeps its line breaks
  std::vector<std::vector<std::string>> rows{};  ///< of a table, header first
};

/// The section under a heading of Markdown, to the next one of the same level.
/// @throws std::logic_error where there is none: documents and program are of one commit
std::vector<DocumentBlock> section(std::string_view document, std::string_view heading);

/// For a terminal, wrapped between words.
std::string to_terminal(const std::vector<DocumentBlock>& blocks, std::size_t width = 90);

/// "text" wrapped, later lines indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace certify
