// SPDX-License-Identifier: Apache-2.0
#include "app/usage.h"

#include <iostream>

#include "medcl/core/error.h"
#include "medcl/core/options.h"

namespace medcl {
namespace {

/// The verb (and inner verb) that the command line selected so far: "import mscmr".
CLI::App& selected(CLI::App& app) {
  CLI::App* current = &app;
  while (!current->get_subcommands().empty()) {
    current = current->get_subcommands().front();
  }
  return *current;
}

std::string prefix(CLI::App& app) {
  std::string text = "medcl";
  for (CLI::App* now = &app; !now->get_subcommands().empty();) {
    now = now->get_subcommands().front();
    text += " " + now->get_name();
  }
  return text;
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> verb_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) {
    names.push_back(verb->get_name());
  }
  return names;
}

CLI::App* find_verb(CLI::App& app, const std::string& name) {
  for (CLI::App* verb : app.get_subcommands({})) {
    if (verb->get_name() == name) {
      return verb;
    }
  }
  return nullptr;
}

}  // namespace

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

int report(CLI::App& app, int code, const std::string& message) {
  std::cout.flush();
  std::cerr << prefix(app) << ": " << message << std::endl;
  return code;
}

std::string unknown_verb(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* current = &app;
  for (const std::string& word : words) {
    if (word.starts_with("-") || current->get_require_subcommand_min() == 0) {
      return "";
    }
    CLI::App* next = find_verb(*current, word);
    if (next == nullptr) {
      return word + "'" + did_you_mean(word, verb_names(*current));
    }
    current = next;
  }
  return "";
}

int report_usage(CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words) {
  constexpr int kUsage = static_cast<int>(ErrorCode::kUsage);
  const CLI::App& verb = selected(app);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const std::string& word : words) {
      const std::string name = word.substr(0, word.find('='));
      if (name.starts_with("--") && verb.get_option_no_throw(name) == nullptr) {
        return report(app, kUsage,
                      "unknown option '" + name + "'" + did_you_mean(name, option_names(verb)));
      }
    }
  }
  return report(app, kUsage, first_line(error.what()) + " (see --help)");
}

}  // namespace medcl
