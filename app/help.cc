// SPDX-License-Identifier: Apache-2.0
#include "app/help.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "app/console.h"
#include "medcl/core/display_text.h"

namespace medcl {
namespace {

constexpr std::size_t kWidest = 80, kNameColumn = 28;

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() != 0; }

bool is_repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() > std::max(1, option.get_items_expected_min());
}

std::string own_name(const CLI::Option& option) {
  if (!option.get_lnames().empty()) return option.get_lnames().front();
  return option.get_name(true);
}

/// What stands for the value: "MODEL", "N", "X Y Z".
std::string value_name(const CLI::Option& option) {
  std::string type = option.get_type_name();
  type = type.substr(0, type.find(':'));
  if (type == "INT" || type == "UINT") type = "N";
  if (type == "FLOAT") type = "X";
  if (type.empty() || type == "TEXT") type = capitals(own_name(option));
  return type;
}

std::string names_of(const CLI::Option& option) {
  const std::string more = is_repeatable(option) ? "..." : "";
  if (option.get_positional() && !option.nonpositional()) return value_name(option) + more;
  std::string names =
      option.get_snames().empty() ? "    " : "-" + option.get_snames().front() + ", ";
  names += "--" + own_name(option);
  if (takes_value(option)) return names + " " + value_name(option) + more;
  const std::string given = option.get_flag_value(own_name(option), "");
  return given.empty() || given == "true" ? names : names + "[=VALUE]";
}

/// "help (a, b; default: a)".
std::string description_of(const CLI::Option& option) {
  std::vector<std::string> notes;
  if (option.get_required()) notes.emplace_back("required");
  std::string choices;
  for (const std::string& one : choices_of(option)) choices += (choices.empty() ? "" : ", ") + one;
  if (!choices.empty()) notes.push_back(choices);
  std::string standard = option.get_default_str();
  std::erase(standard, '"');
  if (!standard.empty() && standard != "[]") notes.push_back("default: " + standard);
  std::string text = capitalised(option.get_description());
  for (std::size_t n = 0; n < notes.size(); ++n) text += (n == 0 ? " (" : "; ") + notes[n];
  return text + (notes.empty() ? "" : ")");
}

std::size_t help_width() { return std::min(kWidest, width_of(STDOUT_FILENO)); }

std::string wrapped_text(const std::string& text) {
  std::string result;
  for (const std::string& line : wrap(text, help_width())) result += line + "\n";
  return result;
}

/// "  names   text", the text wrapped beside the names, or below them when they are long.
std::string entry(const std::string& names, const std::string& text) {
  const std::size_t room = std::min(kNameColumn, help_width() / 2);
  const auto lines = wrap(text, help_width() - room);
  std::string result = "  " + names;
  std::size_t used = display_width(result);
  if (used + 2 > room) {
    result += "\n";
    used = 0;
  }
  for (const std::string& line : lines) {
    result += std::string(room - used, ' ') + line + "\n";
    used = 0;
  }
  return result;
}

/// Lines that are laid out already; those that are too wide are wrapped behind their indent.
std::string fitted_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (display_width(line) <= help_width()) {
      result += line + "\n";
      continue;
    }
    const std::size_t indent = std::min(line.find_first_not_of(' '), help_width() / 2);
    std::size_t margin = indent;
    for (const std::string& part : wrap(line, help_width() - indent - 2)) {
      result += std::string(margin, ' ') + part + "\n";
      margin = indent + 2;
    }
  }
  return result;
}

std::string usage_line(const CLI::App& app, const std::string& name) {
  std::string text = "Usage: " + name;
  std::string inputs;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && !option->nonpositional()) {
      const std::string one = names_of(*option);
      inputs += option->get_required() ? " " + one : " [" + one + "]";
    } else if (option->get_required()) {
      const bool brief = !option->get_snames().empty();
      text += brief ? " -" + option->get_snames().front() : " --" + own_name(*option);
      text += " " + value_name(*option);
    }
  }
  text += inputs;
  if (!app.get_subcommands({}).empty()) text += " VERB";
  return wrapped_text(text + " [OPTIONS]");
}

std::string option_list(const CLI::App& app, const std::string& title, bool positional) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    const bool is_input = option->get_positional() && !option->nonpositional();
    if (is_input == positional) text += entry(names_of(*option), description_of(*option));
  }
  return text.empty() ? "" : "\n" + title + ":\n" + text;
}

std::string verb_list(const CLI::App& app) {
  std::string text;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (!verb->get_group().empty()) text += entry(verb->get_name(), verb->get_description());
  }
  return text.empty() ? "" : "\nVerbs:\n" + text;
}

class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = wrapped_text(app->get_description());
    text += usage_line(*app, name) + option_list(*app, "Inputs", true) + verb_list(*app) +
            option_list(*app, "Options", false);
    if (!app->get_footer().empty()) text += "\n" + fitted_lines(app->get_footer());
    if (mode == CLI::AppFormatMode::All) {
      for (const CLI::App* verb : app->get_subcommands({})) {
        text += "\n" + std::string(help_width(), '-') + "\n" +
                make_help(verb, name + " " + verb->get_name(), CLI::AppFormatMode::Normal);
      }
    }
    return text;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find(":{"), close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::istringstream list(type.substr(open + 2, close - open - 2));
  std::vector<std::string> choices;
  for (std::string one; std::getline(list, one, ',');) choices.push_back(one);
  return choices;
}

}  // namespace medcl
