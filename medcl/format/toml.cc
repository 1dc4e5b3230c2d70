// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/toml.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/utf8.h"
#include "medcl/format/toml_library.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 20;

struct Source {
  OptionTable& table;
  const std::string& name;
  const OtherTables& others;

  /// The table that has the option, or else the one that says that there is none.
  [[nodiscard]] OptionTable& table_of(const std::string& option) const {
    OptionTable* other = table.find(option) == nullptr && others ? others(option) : nullptr;
    return other == nullptr ? table : *other;
  }

  [[nodiscard]] std::string line_of(const toml::node& node) const {
    return name + ":" + std::to_string(node.source().begin.line);
  }
};

std::string type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string expected_type(const Option& option) {
  constexpr std::array<const char*, 7> kNames = {"a whole number",
                                                 "a number",
                                                 "true or false",
                                                 "a string",
                                                 "an array of strings",
                                                 "an array of whole numbers",
                                                 "a string"};
  return kNames[option.field.index()];
}

[[noreturn]] void refuse_type(const Source& source, const Option& option, const toml::node& node) {
  fail(ErrorCode::kUsage, {.what = "option " + option.name + " has the wrong type",
                           .where = source.line_of(node),
                           .expected = expected_type(option),
                           .found = type_of(node)});
}

std::string text_of(const toml::node& node) {
  return node.is_integer() ? std::to_string(node.as_integer()->get())
                           : bytes_of_utf8(node.as_string()->get());
}

void apply_list(const Source& source, OptionTable& table, const Option& option,
                const toml::node& node) {
  const toml::array* items = node.as_array();
  if (items == nullptr) {
    refuse_type(source, option, node);
  }
  auto* const* const words = std::get_if<std::vector<std::string>*>(&option.field);
  std::vector<std::string> values;
  for (const toml::node& item : *items) {
    if (words != nullptr ? !item.is_string() : !item.is_integer()) {
      refuse_type(source, option, item);
    }
    values.push_back(text_of(item));
  }
  if (words != nullptr) {
    **words = std::move(values);
    return;
  }
  std::string numbers;
  for (const std::string& value : values) numbers += (numbers.empty() ? "" : ",") + value;
  table.set(option.name, numbers, source.line_of(node));
}

std::string scalar_text(const Source& source, const Option& option, const toml::node& node) {
  const bool wants_float = std::holds_alternative<double*>(option.field);
  if (node.is_integer() && (wants_float || std::holds_alternative<std::int64_t*>(option.field))) {
    return std::to_string(node.as_integer()->get());
  }
  if (node.is_floating_point() && wants_float) {
    double value = node.as_floating_point()->get();
    return Option{option.name, &value, "", 0, 0, {}}.value_text();
  }
  if (node.is_boolean() && std::holds_alternative<bool*>(option.field)) {
    return node.as_boolean()->get() ? "true" : "false";
  }
  if (node.is_string() && (std::holds_alternative<std::string*>(option.field) ||
                           std::holds_alternative<ChoiceField>(option.field))) {
    return bytes_of_utf8(node.as_string()->get());
  }
  refuse_type(source, option, node);
}

void apply_table(const Source& source, const toml::table& values, const std::string& prefix) {
  for (const auto& [key, node] : values) {
    const std::string name = prefix + std::string(key.str());
    OptionTable& table = source.table_of(name);
    if (node.is_table() && table.find(name) == nullptr) {
      apply_table(source, *node.as_table(), name + ".");
      continue;
    }
    const Option& option = table.at(name, source.line_of(node));
    if (option.is_list()) {
      apply_list(source, table, option, node);
    } else {
      table.set(name, scalar_text(source, option, node), source.line_of(node));
    }
  }
}

toml::table parsed(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    fail(ErrorCode::kIo, {.what = "not valid TOML: " + std::string(error.description()),
                          .where = name + ":" + std::to_string(error.source().begin.line)});
  }
}

std::string text_of_file(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  return {bytes.begin(), bytes.end()};
}

void append_names(const toml::table& values, const std::string& prefix,
                  std::vector<std::string>& names) {
  for (const auto& [key, node] : values) {
    const std::string name = prefix + std::string(key.str());
    if (node.is_table()) {
      append_names(*node.as_table(), name + ".", names);
    } else {
      names.push_back(name);
    }
  }
}

void append_tables(const toml::table& values, const std::string& prefix,
                   std::vector<std::string>& names) {
  for (const auto& [key, node] : values) {
    if (!node.is_table()) continue;
    names.push_back(prefix + std::string(key.str()));
    append_tables(*node.as_table(), names.back() + ".", names);
  }
}

std::string value_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return bytes_of_utf8(text->get());
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) {
    double value = number->get();
    return Option{"", &value, "", 0, 0, {}}.value_text();
  }
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  std::string text;
  if (const auto* items = node.as_array()) {
    for (const toml::node& item : *items) text += (text.empty() ? "" : ",") + value_text(item);
  }
  return text;
}

void append_values(const toml::table& values, const std::string& prefix,
                   std::map<std::string, std::string>& texts) {
  for (const auto& [key, node] : values) {
    const std::string name = prefix + std::string(key.str());
    if (node.is_table()) {
      append_values(*node.as_table(), name + ".", texts);
    } else {
      texts[name] = value_text(node);
    }
  }
}

std::string allowed_text(const Option& option) {
  if (!option.choices.empty()) {
    std::string text;
    for (const std::string& choice : option.choices) {
      text += (text.empty() ? " (" : ", ") + choice;
    }
    return text + ")";
  }
  return "";
}

std::string comment_of(const Option& option) {
  std::string text = option.help + allowed_text(option);
  for (char& c : text) {
    c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return text.empty() ? "" : "# " + text + "\n";
}

}  // namespace

void apply_toml(OptionTable& table, std::string_view text, const std::string& name,
                const OtherTables& others) {
  apply_table({table, name, others}, parsed(text, name), "");
}

void apply_toml_file(OptionTable& table, const std::filesystem::path& path,
                     const OtherTables& others) {
  apply_toml(table, text_of_file(path), path.string(), others);
}

std::vector<std::string> names_in_toml(std::string_view text, const std::string& name) {
  std::vector<std::string> names;
  append_names(parsed(text, name), "", names);
  return names;
}

std::vector<std::string> names_in_toml_file(const std::filesystem::path& path) {
  return names_in_toml(text_of_file(path), path.string());
}

std::vector<std::string> tables_in_toml(std::string_view text, const std::string& name) {
  std::vector<std::string> names;
  append_tables(parsed(text, name), "", names);
  return names;
}

std::map<std::string, std::string> values_in_toml(std::string_view text, const std::string& name) {
  std::map<std::string, std::string> texts;
  append_values(parsed(text, name), "", texts);
  return texts;
}

std::string to_toml(const OptionTable& table) {
  std::vector<std::string> sections;
  const auto section_of = [](const Option& option) {
    const std::size_t dot = option.name.rfind('.');
    return dot == std::string::npos ? std::string() : option.name.substr(0, dot);
  };
  std::string text;
  const auto write_section = [&](const std::string& section) {
    for (const Option& option : table.options()) {
      if (section_of(option) == section) {
        const std::string key =
            section.empty() ? option.name : option.name.substr(section.size() + 1);
        text += comment_of(option) + key + " = " + option.value_text() + "\n";
      }
    }
  };
  write_section("");
  for (const Option& option : table.options()) {
    const std::string section = section_of(option);
    if (!section.empty() &&
        std::find(sections.begin(), sections.end(), section) == sections.end()) {
      sections.push_back(section);
      text += (text.empty() ? "[" : "\n[") + section + "]\n";
      write_section(section);
    }
  }
  return text;
}

}  // namespace medcl
