// SPDX-License-Identifier: Apache-2.0
#pragma once

// One table per option struct: parsing, range checks, --help, the resolved TOML and the
// configuration reference are all made from it. A struct describes itself once, under the names
// that it has in its own scope; whoever holds it says which scope that is:
//
//   struct CropOptions {
//     std::int64_t size = 256;
//     void describe(OptionTable table) {
//       table.add("size", size, "side of the network input in pixels", 16, 4096);
//     }
//   };
//   crop.describe(table.scope("crop"));   // the option crop.size

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace medcl {

/// The names of an enumeration's values, in the order in which help shows them. An enumeration that
/// is an option has a function `const Choices<E>& choices(E)` in its own namespace, which returns
/// them for any argument.
template <typename Enum>
using Choices = std::vector<std::pair<std::string, Enum>>;

/// The name of `value`; of several the first. Empty for a value that has none.
template <typename Enum>
std::string name_of(Enum value, const Choices<Enum>& allowed = choices(Enum{})) {
  for (const auto& [name, one] : allowed) {
    if (one == value) return name;
  }
  return "";
}

/// A field of an enumeration, seen as a place in Option::choices.
struct ChoiceField {
  std::function<std::string()> name;
  std::function<void(std::size_t)> take;
};

/// One option: a dotted lower-case name, the field, help and the allowed values.
struct Option {
  std::string name;
  std::variant<std::int64_t*, double*, bool*, std::string*, std::vector<std::string>*,
               std::vector<std::int64_t>*, ChoiceField>
      field;
  std::string help;
  double minimum = 0, maximum = 0;   ///< for numbers and each number of a list; both inclusive
  std::vector<std::string> choices;  ///< for strings (empty = any) and enumerations

  /// The current value as TOML text ("0.5", "true", "\"bf16\"", "[\"a\", \"b\"]", "[1, 2]").
  [[nodiscard]] std::string value_text() const;
  /// Lists are written with brackets in TOML and with commas by a user.
  [[nodiscard]] bool is_list() const;
};

/// Copies are views of the same options.
class OptionTable {
 public:
  /// A view in which options are added under "`prefix`." Names that are looked up stay whole.
  [[nodiscard]] OptionTable scope(const std::string& prefix) const;

  void add(std::string name, std::int64_t& field, std::string help, double minimum, double maximum);
  void add(std::string name, double& field, std::string help, double minimum, double maximum);
  void add(std::string name, bool& field, std::string help);
  void add(std::string name, std::string& field, std::string help,
           std::vector<std::string> choices = {});
  void add(std::string name, std::vector<std::string>& field, std::string help);
  void add(std::string name, std::vector<std::int64_t>& field, std::string help, double minimum,
           double maximum);
  /// `field` has one of the `allowed` values.
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void add(std::string name, Enum& field, std::string help,
           const Choices<Enum>& allowed = choices(Enum{}));

  /// Settings of earlier versions under the name `before` set the option that is called `now`.
  void rename(const std::string& before, const std::string& now);

  [[nodiscard]] const std::vector<Option>& options() const { return store_->options; }
  /// The option of this name; nullptr when there is none.
  [[nodiscard]] const Option* find(const std::string& name) const;
  /// The option of this name. @throws Error(kUsage) when there is none, naming the nearest known
  /// one.
  [[nodiscard]] const Option& at(const std::string& name, const std::string& where) const;

  /// Sets one option from text as a user types it (lists: comma separated).
  /// `where` names the file or flag for the message.
  /// @throws Error(kUsage) unknown name (names the nearest known one), wrong type, out of range.
  void set(const std::string& name, const std::string& text, const std::string& where);

 private:
  struct Store {
    std::vector<Option> options;
    std::map<std::string, std::string> names_now;  ///< by the names that earlier versions had
  };
  void append(Option option);

  std::shared_ptr<Store> store_ = std::make_shared<Store>();
  std::string prefix_;  ///< with its dot
};

/// "key=value" as its two parts. `where` names the flag or field for the message.
/// @throws Error(kUsage) without '='.
std::pair<std::string, std::string> split_setting(const std::string& setting,
                                                  const std::string& where);

/// The candidate with the smallest edit distance to `name`; empty when there is none.
std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

template <typename Enum>
requires std::is_enum_v<Enum>
void OptionTable::add(std::string name, Enum& field, std::string help,
                      const Choices<Enum>& allowed) {
  Option option{std::move(name), {}, std::move(help), 0, 0, {}};
  for (const auto& one : allowed) option.choices.push_back(one.first);
  option.field = ChoiceField{[&field, allowed] { return name_of(field, allowed); },
                             [&field, allowed](std::size_t at) { field = allowed[at].second; }};
  append(std::move(option));
}

}  // namespace medcl
