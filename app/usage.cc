// SPDX-License-Identifier: Apache-2.0
#include "app/usage.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "app/console.h"
#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/model/component_rule.h"
#include "medcl/task/config.h"

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

/// The options of `verb`, as they are written: "--model", "-m".
std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

CLI::App* find_verb(CLI::App& app, const std::string& name) {
  for (CLI::App* verb : app.get_subcommands({})) {
    if (verb->get_name() == name) return verb;
  }
  return nullptr;
}

/// Not a negative number.
bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' &&
         std::isalpha(static_cast<unsigned char>(word[1])) != 0;
}

/// The setting that a flag which does not exist may stand for: "--crop-size" is crop.size, and
/// "--batch" sampler.batch.
std::string setting_for(const std::string& flag) {
  std::string wanted = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  std::string found;
  for_each_option([&](const Option& option, const std::string&) {
    std::string whole = option.name;
    std::replace(whole.begin(), whole.end(), '.', '_');
    const bool meant = wanted == whole || option.name.ends_with("." + wanted);
    if (found.empty() && meant) found = option.name;
  });
  return found;
}

/// "; did you mean '--model' of evaluate, predict?": the verbs beside `verb` that have a similar
/// option.
std::string hint_of_others(const CLI::App& verb, const std::string& name) {
  const CLI::App* root = &verb;
  while (root->get_parent() != nullptr) root = root->get_parent();
  std::string meant, verbs;
  for (const CLI::App* other : root->get_subcommands({})) {
    const std::string similar = similar_name(name, option_names(*other));
    if (similar.empty() || (!meant.empty() && similar != meant)) continue;
    meant = similar;
    verbs += (verbs.empty() ? "" : ", ") + other->get_name();
  }
  return meant.empty() ? " (see --help)" : "; did you mean '" + meant + "' of " + verbs + "?";
}

/// "--modle" is answered with "--model", "-model" too, and "-v" with the first option of that
/// letter; an option that only other verbs have with those verbs.
std::string hint_for(const CLI::App& verb, const std::string& name) {
  const std::vector<std::string> known = option_names(verb);
  if (name.size() == 2) {
    for (const std::string& one : known) {
      if (one.starts_with("-" + name)) return "; did you mean '" + one + "'?";
    }
    return " (see --help)";
  }
  const bool has_settings = verb.get_option_no_throw("--set") != nullptr;
  const std::string setting = has_settings ? setting_for(name) : "";
  if (!setting.empty()) return "; did you mean '--set " + setting + "=VALUE'?";
  const std::string meant = did_you_mean(name, known);
  return meant.empty() ? hint_of_others(verb, name) : "; " + meant;
}

std::string unknown_option(const CLI::App& verb, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  return "unknown option '" + name + "'" + hint_for(verb, name);
}

/// The first word that looks like an option and is none of `verb`; empty when there is none.
std::string first_unknown_option(const CLI::App& verb, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") break;
    const std::string name = word.substr(0, word.find('='));
    const bool long_name = name.starts_with("--");
    if (!long_name && !is_option(name)) continue;
    if (verb.get_option_no_throw(long_name ? name : name.substr(0, 2)) == nullptr) return word;
  }
  return "";
}

/// CLI11's "--what: sprint not in {step,predict}" as the library says it.
std::string wrong_choice(const std::string& message) {
  const std::size_t at = message.rfind(" not in {"), colon = message.find(": ");
  if (at == std::string::npos || colon == std::string::npos || colon > at) return "";
  std::string list = message.substr(at + 9);
  list = list.substr(0, list.find('}'));
  std::vector<std::string> choices;
  std::istringstream parts(list);
  std::string expected;
  for (std::string one; std::getline(parts, one, ',');) {
    choices.push_back(one);
    expected += (expected.empty() ? "one of " : ", ") + one;
  }
  const std::string found = message.substr(colon + 2, at - colon - 2);
  return to_line({.what = "unknown value",
                  .where = message.substr(0, colon),
                  .expected = expected,
                  .found = "\"" + found + "\"",
                  .remedy = did_you_mean(found, choices)});
}

}  // namespace

namespace {

/// "--largest-component both" means "--largest-component=both", where no file has that name.
void join_component_rule(std::vector<std::string>& words) {
  const std::vector<std::string> rules = component_rules();
  for (std::size_t n = 1; n < words.size(); ++n) {
    std::error_code unknown;
    if (words[n - 1] != "--largest-component") continue;
    if (std::ranges::find(rules, words[n]) == rules.end()) continue;
    if (std::filesystem::exists(words[n], unknown)) continue;
    words[n - 1] += "=" + words[n];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(n));
  }
}

}  // namespace

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::vector<std::string> usual_words(std::vector<std::string> words) {
  if (words.empty()) return words;
  join_component_rule(words);
  if (words.front() == "help") {
    words.erase(words.begin());
    if (words.size() == 1 && (words.front() == "help" || words.front() == "version")) words.clear();
    words.emplace_back("--help");
  } else if (words.front() == "version" && words.size() == 1) {
    words.front() = "--version";
  }
  return words;
}

int report(CLI::App& app, int code, const std::string& message) {
  std::cout.flush();
  clear_status();
  std::cerr << inked(prefix(app) + ":", Ink::kRed, STDERR_FILENO) << " " << message << std::endl;
  return code;
}

std::string wrong_words(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* current = &app;
  for (const std::string& word : words) {
    if (current->get_require_subcommand_min() == 0) break;
    if (word.starts_with("-")) {
      const bool known = current->get_option_no_throw(word.substr(0, word.find('='))) != nullptr;
      if (known) continue;
      return unknown_option(*current, word);
    }
    CLI::App* next = find_verb(*current, word);
    if (next == nullptr) {
      std::vector<std::string> names = verb_names(*current);
      names.emplace_back("help");
      names.emplace_back("version");
      const std::string meant = did_you_mean(word, names);
      return "unknown verb '" + word + "'; " +
             (meant.empty() ? "`medcl help` lists the verbs" : meant);
    }
    current = next;
  }
  const std::vector<std::string> known = option_names(*current);
  for (const std::string& word : words) {
    const bool one_dash = word.size() > 2 && word[0] == '-' && word[1] != '-';
    const std::string name = "-" + word.substr(0, word.find('='));
    if (one_dash && std::find(known.begin(), known.end(), name) != known.end()) {
      return unknown_option(*current, word);
    }
  }
  return "";
}

int report_usage(CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words) {
  constexpr int kUsage = static_cast<int>(ErrorCode::kUsage);
  const CLI::App& verb = selected(app);
  if (const std::string word = first_unknown_option(verb, words); !word.empty()) {
    return report(app, kUsage, unknown_option(verb, word));
  }
  const std::string message = first_line(error.what());
  const std::string choice = wrong_choice(message);
  return report(app, kUsage, choice.empty() ? message + " (see --help)" : choice);
}

}  // namespace medcl
