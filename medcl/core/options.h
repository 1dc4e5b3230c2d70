// SPDX-License-Identifier: Apache-2.0
#pragma once

// One table per option struct: parsing, range checks, --help, the resolved TOML and the
// configuration reference are all made from it. A struct describes itself once:
//
//   struct CropOptions {
//     std::int64_t size = 256;
//     void describe(OptionTable& table) {
//       table.add("crop.size", size, "side of the network input in pixels", 16, 4096);
//     }
//   };

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace medcl {

/// One option: a dotted lower-case name, a pointer to the field, help and the allowed values.
struct Option {
  std::string name;
  std::variant<std::int64_t*, double*, bool*, std::string*, std::vector<std::string>*> field;
  std::string help;
  double minimum = 0, maximum = 0;   ///< for numbers; both inclusive
  std::vector<std::string> choices;  ///< for strings; empty = any

  /// The current value as TOML text ("0.5", "true", "\"bf16\"", "[\"a\", \"b\"]").
  [[nodiscard]] std::string value_text() const;
};

class OptionTable {
 public:
  void add(std::string name, std::int64_t& field, std::string help, double minimum, double maximum);
  void add(std::string name, double& field, std::string help, double minimum, double maximum);
  void add(std::string name, bool& field, std::string help);
  void add(std::string name, std::string& field, std::string help,
           std::vector<std::string> choices = {});
  void add(std::string name, std::vector<std::string>& field, std::string help);

  [[nodiscard]] const std::vector<Option>& options() const { return options_; }
  /// nullptr when there is none.
  [[nodiscard]] const Option* find(const std::string& name) const;
  /// @throws Error(kUsage) when there is none, naming the nearest known one.
  [[nodiscard]] const Option& at(const std::string& name, const std::string& where) const;

  /// Sets one option from text as a user types it (lists: comma separated).
  /// `where` names the file or flag for the message.
  /// @throws Error(kUsage) unknown name (names the nearest known one), wrong type, out of range.
  void set(const std::string& name, const std::string& text, const std::string& where);

 private:
  void append(Option option);
  std::vector<Option> options_;
};

/// The candidate with the smallest edit distance to `name`; empty when there is none.
std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace medcl
