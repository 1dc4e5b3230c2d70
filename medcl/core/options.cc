// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/joined.h"
#include "medcl/core/names.h"
#include "medcl/core/utf8.h"

namespace medcl {
namespace {

std::string text_of(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end.ptr);
  if (text.find_first_of(".en") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string quoted(const std::string& bytes) {
  std::string result = "\"";
  for (const char c : utf8_of_bytes(bytes)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7f) {
      constexpr const char* kDigits = "0123456789abcdef";
      result += "\\u00";
      result += kDigits[code >> 4];
      result += kDigits[code & 15];
    } else {
      result += c;
    }
  }
  result += '"';
  return result;
}

[[noreturn]] void refuse(const std::string& what, const Option& option, const std::string& expected,
                         const std::string& text, const std::string& where,
                         const std::string& remedy = "") {
  fail(ErrorCode::kUsage, {.what = "option " + option.name + " " + what,
                           .where = where,
                           .expected = expected,
                           .found = "\"" + text + "\"",
                           .remedy = remedy});
}

std::string range_text(const Option& option, bool whole) {
  const auto show = [whole](double value) {
    std::array<char, 32> buffer{};
    const char* end = buffer.data() + buffer.size();
    return whole ? std::string(buffer.data(), std::to_chars(buffer.data(), const_cast<char*>(end),
                                                            value, std::chars_format::fixed, 0)
                                                  .ptr)
                 : text_of(value);
  };
  return show(option.minimum) + ".." + show(option.maximum);
}

template <typename Number>
Number number_of(const Option& option, const std::string& text, const std::string& where) {
  constexpr bool kWhole = std::is_same_v<Number, std::int64_t>;
  Number value{};
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc::result_out_of_range) {
    refuse("is out of range", option, range_text(option, kWhole), text, where);
  }
  if (error != std::errc() || end != last) {
    refuse("has the wrong type", option, kWhole ? "a whole number" : "a number", text, where);
  }
  const auto number = static_cast<double>(value);
  if (!(number >= option.minimum && number <= option.maximum)) {
    refuse("is out of range", option, range_text(option, kWhole), text, where);
  }
  return value;
}

/// The place of `text` among the choices.
std::size_t choice_of(const Option& option, const std::string& text, const std::string& where) {
  const auto& choices = option.choices;
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    refuse("has an unknown value", option, "one of " + joined(choices), text, where,
           did_you_mean(text, choices));
  }
  return static_cast<std::size_t>(found - choices.begin());
}

}  // namespace

std::string Option::value_text() const {
  struct Visitor {
    std::string operator()(const std::int64_t* value) const { return std::to_string(*value); }
    std::string operator()(const double* value) const { return text_of(*value); }
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const std::string* value) const { return quoted(*value); }
    std::string operator()(const ChoiceField& value) const { return quoted(value.name()); }
    std::string operator()(const std::vector<std::string>* value) const {
      std::vector<std::string> parts;
      std::transform(value->begin(), value->end(), std::back_inserter(parts), quoted);
      return std::string("[").append(joined(parts)).append("]");
    }
    std::string operator()(const std::vector<std::int64_t>* value) const {
      std::vector<std::string> parts;
      for (const std::int64_t number : *value) parts.push_back(std::to_string(number));
      return std::string("[").append(joined(parts)).append("]");
    }
  };
  return std::visit(Visitor{}, field);
}

bool Option::is_list() const {
  return std::holds_alternative<std::vector<std::string>*>(field) ||
         std::holds_alternative<std::vector<std::int64_t>*>(field);
}

OptionTable OptionTable::scope(const std::string& prefix) const {
  OptionTable inner = *this;
  inner.prefix_ += prefix + ".";
  return inner;
}

void OptionTable::append(Option option) {
  option.name.insert(0, prefix_);
  check(find(option.name) == nullptr, ("option declared twice: " + option.name).c_str());
  store_->options.push_back(std::move(option));
}

void OptionTable::add(std::string name, std::int64_t& field, std::string help, double minimum,
                      double maximum) {
  append({std::move(name), &field, std::move(help), minimum, maximum, {}});
}

void OptionTable::add(std::string name, double& field, std::string help, double minimum,
                      double maximum) {
  append({std::move(name), &field, std::move(help), minimum, maximum, {}});
}

void OptionTable::add(std::string name, bool& field, std::string help) {
  append({std::move(name), &field, std::move(help), 0, 0, {}});
}

void OptionTable::add(std::string name, std::string& field, std::string help,
                      std::vector<std::string> choices) {
  append({std::move(name), &field, std::move(help), 0, 0, std::move(choices)});
}

void OptionTable::add(std::string name, std::vector<std::string>& field, std::string help) {
  append({std::move(name), &field, std::move(help), 0, 0, {}});
}

void OptionTable::add(std::string name, std::vector<std::int64_t>& field, std::string help,
                      double minimum, double maximum) {
  append({std::move(name), &field, std::move(help), minimum, maximum, {}});
}

void OptionTable::rename(const std::string& before, const std::string& now) {
  store_->names_now[before] = now;
}

const Option* OptionTable::find(const std::string& name) const {
  const auto renamed = store_->names_now.find(name);
  const std::string& now = renamed == store_->names_now.end() ? name : renamed->second;
  const auto same_name = [&now](const Option& option) { return option.name == now; };
  const auto found = std::find_if(options().begin(), options().end(), same_name);
  return found == options().end() ? nullptr : &*found;
}

const Option& OptionTable::at(const std::string& name, const std::string& where) const {
  if (const Option* option = find(name)) {
    return *option;
  }
  std::vector<std::string> names;
  std::transform(options().begin(), options().end(), std::back_inserter(names),
                 [](const Option& option) { return option.name; });
  const std::string nearest = similar_name(name, names);
  fail(ErrorCode::kUsage,
       {.what = name.empty() ? "an option without a name" : "unknown option " + name,
        .where = where,
        .remedy = nearest.empty() ? "" : "the nearest known option is " + nearest});
}

void OptionTable::set(const std::string& name, const std::string& text, const std::string& where) {
  const Option& option = at(name, where);
  struct Setter {
    const Option& option;
    const std::string &text, &where;
    void operator()(std::int64_t* field) const {
      *field = number_of<std::int64_t>(option, text, where);
    }
    void operator()(double* field) const { *field = number_of<double>(option, text, where); }
    void operator()(bool* field) const {
      if (text != "true" && text != "false") {
        refuse("has the wrong type", option, "true or false", text, where);
      }
      *field = text == "true";
    }
    void operator()(std::string* field) const {
      if (!option.choices.empty()) choice_of(option, text, where);
      *field = text;
    }
    void operator()(std::vector<std::string>* field) const { *field = split_at_commas(text); }
    void operator()(std::vector<std::int64_t>* field) const {
      std::vector<std::int64_t> numbers;
      for (const std::string& part : split_at_commas(text)) {
        numbers.push_back(number_of<std::int64_t>(option, part, where));
      }
      *field = std::move(numbers);
    }
    void operator()(const ChoiceField& field) const { field.take(choice_of(option, text, where)); }
  };
  std::visit(Setter{option, text, where}, option.field);
}

std::pair<std::string, std::string> split_setting(const std::string& setting,
                                                  const std::string& where) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos) {
    fail(ErrorCode::kUsage, {.what = "not a setting",
                             .where = where,
                             .expected = "key=value",
                             .found = "'" + setting + "'"});
  }
  return {setting.substr(0, equals), setting.substr(equals + 1)};
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t smallest = SIZE_MAX;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace medcl
