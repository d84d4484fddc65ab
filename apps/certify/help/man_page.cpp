#include "apps/certify/help/man_page.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/certify/help/help_topics.h"
#include "apps/certify/version.h"

namespace certify {
namespace {

/// Text as roff takes it literally: no escapes, no request at the start of a line.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

/// A line each, as one long line would be as many words to break as there are.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool indented = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const bool example = line.starts_with("  ");
    if (example != indented) out += example ? ".PP\n.nf\n" : ".fi\n";
    indented = example;
    out += line.empty() ? ".PP\n" : roff(line) + "\n";
  }
  return out + (indented ? ".fi\n" : "");
}

std::string option_entry(const CLI::Option& option) {
  const bool argument = option.get_positional();
  std::string out = ".TP\n\\fB" +
                    roff(argument ? option.get_name(true)
                                  : fmt::format("{}", fmt::join(names_of(option), ", "))) +
                    "\\fR";
  const bool value = option.get_items_expected_max() > 0;
  if (!argument && value) out += " \\fI" + roff(option.get_type_name()) + "\\fR";
  out += "\n" + roff(option.get_description());
  if (value && !option.get_default_str().empty()) {
    out += roff(fmt::format(" [{}]", option.get_default_str()));
  }
  return out + "\n";
}

std::string options_of(const CLI::App& app) {
  std::vector<std::string> groups;
  for (const CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    if (group.empty() || std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
    groups.push_back(group);
  }
  std::string out;
  for (const std::string& group : groups) {
    if (groups.size() > 1) out += ".PP\n" + roff(group) + ":\n";
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() == group) out += option_entry(*option);
    }
  }
  return out;
}

/// A topic of help without its heading.
std::string body_of(const char* topic) {
  const std::string& text = help_topic(topic).text;
  return text.substr(text.find("\n\n") + 2);
}

}  // namespace

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string man_page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH CERTIFY 1 \"\" \"certify {}\" \"User Commands\"\n.SH NAME\ncertify \\- certified "
      "robustness radii by randomized smoothing\n.SH SYNOPSIS\n\\fBcertify\\fR [\\fIOPTIONS\\fR]\n"
      ".br\n\\fBcertify\\fR \\fISUBCOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n",
      kVersion);
  out += paragraphs(app.get_description()) + ".SH OPTIONS\n" + options_of(app);
  out += ".SH SUBCOMMANDS\n";
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    out += ".SS " + roff(command->get_name()) + "\n" + roff(command->get_description()) + ".\n" +
           options_of(*command);
    if (!command->get_footer().empty()) out += ".PP\n" + paragraphs(command->get_footer());
  }
  out += ".SH EXIT STATUS\n.nf\n" + roff(body_of("exit-codes")) + ".fi\n";
  out += ".SH ENVIRONMENT\n" + roff(body_of("environment"));
  return out + ".SH SEE ALSO\n\\fBcertify help\\fR lists topics that it explains.\n";
}

}  // namespace certify
