// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/json.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/utf8.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 20;

// Builds the value from parser events. Keys are appended unchecked by the container, whose own
// look-up is linear; a set per open object finds duplicates.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(bytes_of_utf8(value)); }
  bool binary(binary_t&) override { return refuse("binary value"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& text) override {
    std::string value = bytes_of_utf8(text);
    if (!open_.back().keys.insert(value).second) {
      return refuse("duplicate key \"" + value + "\"");
    }
    open_.back().key = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(position, text_.size()));
    const auto line = 1 + std::count(text_.begin(), end, '\n');
    const std::string reason = json_reason(error);
    const std::size_t detail = reason.find(": ");
    return refuse("line " + std::to_string(line) + ": " +
                  (detail == std::string::npos ? reason : reason.substr(detail + 2)));
  }

  Json take() { return std::move(root_); }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  struct Open {
    Json* value;
    std::string key;
    std::set<std::string> keys;
  };

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  // Pointers to open values stay valid: a container grows only while none of its children is open.
  Json* place(Json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      auto& items = parent.get_ref<Json::array_t&>();
      return &items.emplace_back(std::move(value));
    }
    std::vector<std::pair<const std::string, Json>>& items = parent.get_ref<Json::object_t&>();
    return &items.emplace_back(std::move(open_.back().key), std::move(value)).second;
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= kMaxDepth) {
      return refuse("nested deeper than " + std::to_string(kMaxDepth));
    }
    Json* value = place(std::move(container));
    open_.push_back({value, {}, {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  Json root_;
  std::vector<Open> open_;
  std::string reason_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes) {
    fail(ErrorCode::kIo, {.what = "JSON is too large",
                          .where = name,
                          .expected = "at most " + std::to_string(kMaxBytes) + " bytes",
                          .found = std::to_string(text.size())});
  }
  // The parser takes a zero byte for the end of the text, and would not look at what is behind it.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    fail(ErrorCode::kIo, {.what = "not valid JSON: a zero byte",
                          .where = name,
                          .expected = "text",
                          .found = "a zero at byte " + std::to_string(zero) + " of " +
                                   std::to_string(text.size())});
  }
  Builder builder(text);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    fail(ErrorCode::kIo, {.what = "not valid JSON: " + builder.reason(), .where = name});
  }
  return builder.take();
}

Json read_json(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

void write_json(const std::filesystem::path& path, const Json& value) {
  write_atomically(path, json_text(value, 2) + "\n");
}

}  // namespace medcl
