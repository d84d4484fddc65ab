#include "apps/certify/help/document.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "core/report/tables/text.h"

namespace certify {
namespace {

using Kind = DocumentBlock::Kind;

constexpr std::size_t kMostOfTheWidth = 3;  // a third of the lines for the first columns of a table

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::size_t level_of(std::string_view line) {
  const std::size_t marks = line.find_first_not_of('#');
  return marks != std::string_view::npos && marks > 0 && line[marks] == ' ' ? marks : 0;
}

/// [text](target) becomes text; ** and ` go, but for what stands between two `.
std::string plain(std::string_view text) {
  std::string out;
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      code = !code;
    } else if (!code && text.substr(i, 2) == "**") {
      ++i;
    } else if (!code && text.substr(i, 2) == "](") {
      i = std::min(text.find(')', i), text.size());
    } else if (!code && text[i] == '[' && text.find("](", i) < text.find('\n', i)) {
      continue;
    } else if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '|') {
      continue;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  std::size_t from = 1;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] != '|' || line[i - 1] == '\\') continue;
    const std::string_view cell = line.substr(from, i - from);
    const std::size_t first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string_view::npos ? ""
                                                    : plain(cell.substr(first, last - first + 1)));
    from = i + 1;
  }
  return cells;
}

bool is_rule(std::string_view line) {
  return line.find_first_not_of("|-: ") == std::string_view::npos;
}

/// Lines of one section, taken for what they are.
class SectionReader {
 public:
  void read(std::string_view line) {
    if (line.starts_with("```")) {
      flush();
      in_code_ = !in_code_;
      if (in_code_) start(Kind::kCode);
    } else if (in_code_) {
      blocks_.back().text += std::string(line) + "\n";
    } else if (line.empty()) {
      flush();
    } else if (const std::size_t level = level_of(line)) {
      flush();
      start(Kind::kHeading).text = plain(line.substr(level + 1));
    } else if (line.front() == '|') {
      if (blocks_.empty() || !in_table_) start(Kind::kTable);
      in_table_ = true;
      if (!is_rule(line)) blocks_.back().rows.push_back(cells_of(line));
    } else if (!line.starts_with("![")) {
      if (line.starts_with("- ")) flush();
      text_ += (text_.empty() ? "" : " ") + std::string(line);
    }
  }

  std::vector<DocumentBlock> blocks() {
    flush();
    return std::move(blocks_);
  }

 private:
  DocumentBlock& start(Kind kind) {
    blocks_.push_back({kind});
    return blocks_.back();
  }

  void flush() {
    in_table_ = false;
    if (text_.empty()) return;
    const bool item = text_.starts_with("- ");
    start(item ? Kind::kItem : Kind::kParagraph).text = plain(item ? text_.substr(2) : text_);
    text_.clear();
  }

  std::vector<DocumentBlock> blocks_;
  std::string text_;
  bool in_code_ = false, in_table_ = false;
};

std::string padded(const std::string& cell, std::size_t width) {
  return cell + std::string(width - std::min(width, display_width(cell)), ' ');
}

/// The last column is wrapped, the others are as wide as they need to be.
std::string table_text(const DocumentBlock& table, std::size_t width) {
  std::vector<std::size_t> widths;
  for (const auto& row : table.rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(display_width(row[i]), width / kMostOfTheWidth));
    }
  }
  std::string out;
  for (std::size_t r = 1; r < table.rows.size(); ++r) {  // headings say what every reader sees
    std::string line = "  ";
    for (std::size_t i = 0; i + 1 < table.rows[r].size(); ++i) {
      line += padded(table.rows[r][i], widths[i]) + "  ";
    }
    const std::size_t indent = display_width(line);
    out += line + wrapped(table.rows[r].back(), indent, width) + "\n";
  }
  return out;
}

}  // namespace

std::vector<DocumentBlock> section(std::string_view document, std::string_view heading) {
  SectionReader reader;
  std::size_t level = 0;
  bool in_code = false;
  while (!document.empty()) {
    const std::string_view line = next_line(document);
    if (line.starts_with("```")) in_code = !in_code;
    const std::size_t here = in_code ? 0 : level_of(line);
    if (level == 0) {
      if (here > 0 && line.substr(here + 1) == heading) level = here;
    } else if (here > 0 && here <= level) {
      break;
    } else {
      reader.read(line);
    }
  }
  if (level == 0) throw std::logic_error(fmt::format("no section '{}'", heading));
  return reader.blocks();
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t used = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (used > indent && used + 1 + display_width(word) > width) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += display_width(word);
  }
  return out;
}

std::string to_terminal(const std::vector<DocumentBlock>& blocks, std::size_t width) {
  std::string out;
  for (const DocumentBlock& block : blocks) {
    if (!out.empty() && block.kind != Kind::kItem) out += "\n";
    switch (block.kind) {
      case Kind::kHeading:
      case Kind::kParagraph:
        out += wrapped(block.text, 0, width) + "\n";
        break;
      case Kind::kItem:
        out += "- " + wrapped(block.text, 2, width) + "\n";
        break;
      case Kind::kTable:
        out += table_text(block, width);
        break;
      case Kind::kCode:
        for (std::string_view rest = block.text; !rest.empty();) {
          const std::string_view line = next_line(rest);
          out += line.empty() ? "\n" : "    " + std::string(line) + "\n";
        }
    }
  }
  return out;
}

}  // namespace certify
