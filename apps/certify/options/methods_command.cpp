#include "apps/certify/options/methods_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/method_texts.h"
#include "core/methods/catalogue.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 14;

std::string_view sampled(const Method& method) {
  switch (method.needs) {
    case SampleNeeds::kCounts:
      return "votes, which every run keeps";
    case SampleNeeds::kGradient:
      return "averages of the noise (--gradient)";
    case SampleNeeds::kTrace:
      return "scores in the order drawn (--scores trace)";
    case SampleNeeds::kHistogram:
      return "scores (--scores histogram or trace)";
  }
  return "";
}

/// "name:   text", the text wrapped between words and aligned.
std::string paragraph(std::string_view name, std::string_view text) {
  std::string out = fmt::format("  {:<{}}", fmt::format("{}:", name), kIndent - 2);
  std::size_t used = kIndent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (used > kIndent && used + 1 + display_width(word) > kWidth) {
      out += "\n" + std::string(kIndent, ' ');
      used = kIndent;
    } else if (used > kIndent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += display_width(word);
  }
  return out + "\n";
}

void explain(const std::string& name) {
  const Method& method = find_method(name);
  const MethodText text = method_text(method.name);
  std::cout << method.name << "\n\n"
            << paragraph("formula", text.formula) << paragraph("guarantees", method.guarantee)
            << paragraph("assumes", text.assumes) << paragraph("alpha", text.alpha)
            << paragraph("needs", sampled(method)) << paragraph("use", text.use)
            << paragraph("paper", method.source);
}

}  // namespace

std::string methods_text() {
  std::string text;
  for (const Method* method : all_methods()) {
    text += fmt::format("{}\n", method->name) + paragraph("paper", method->source) +
            paragraph("needs", sampled(*method)) + paragraph("guarantees", method->guarantee) +
            "\n";
  }
  return text + "`certify methods NAME` explains one.\n";
}

void add_methods_command(CLI::App& app) {
  auto* command = app.add_subcommand("methods", "List the methods, or explain one");
  const auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "The method to explain")->type_name("METHOD");
  command->callback([name] {
    if (name->empty()) {
      std::cout << methods_text();
    } else {
      explain(*name);
    }
  });
}

}  // namespace certify
