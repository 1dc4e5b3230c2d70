// SPDX-License-Identifier: Apache-2.0
#pragma once

// The machine behind torch_pickle: a stack, marks, a memo and one function for each opcode that is
// let in. Part of torch_pickle.

#include <array>
#include <unordered_map>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/format/byte_cursor.h"
#include "medcl/format/torch_pickle.h"

namespace medcl {

class PickleMachine {
 public:
  PickleMachine(std::span<const std::uint8_t> bytes, const std::string& where, bool script)
      : cursor_(bytes, where), script_(script) {}

  TorchPickle run();

 private:
  struct Opcode {
    char code;
    const char* name;
    void (PickleMachine::*step)();  ///< null: refused
  };
  static const std::array<Opcode, 68> kOpcodes;
  static const Opcode* find(char code);

  [[nodiscard]] std::string here() const {
    return cursor_.where() + ": byte " + std::to_string(at_);
  }
  [[noreturn]] void refuse(const std::string& what, const std::string& expected = "",
                           const std::string& found = "") const {
    fail(ErrorCode::kIo, {.what = what, .where = here(), .expected = expected, .found = found});
  }

  void push(PickleValue value) { stack_.push_back(value); }
  void push(PickleKind kind, std::int64_t number = 0) { stack_.push_back({kind, 0, number}); }
  void push_text(PickleKind kind, std::string_view text) {
    out_.texts.push_back(text);
    push({kind, static_cast<std::uint32_t>(out_.texts.size() - 1), 0});
  }
  void push_items(PickleKind kind, std::vector<PickleValue> items) {
    out_.items.push_back(std::move(items));
    push({kind, static_cast<std::uint32_t>(out_.items.size() - 1), 0});
  }
  PickleValue& top();
  PickleValue pop();
  std::vector<PickleValue> pop_many(std::size_t count);
  std::vector<PickleValue> pop_to_mark();
  std::string_view line();
  std::vector<PickleValue>& target_of(bool dict);

  void proto();
  void frame();
  void mark() { marks_.push_back(stack_.size()); }
  void pop_one();
  void drop_to_mark() { (void)pop_to_mark(); }
  void dup() { push(PickleValue(top())); }
  void none() { push(PickleKind::kNone); }
  void yes() { push(PickleKind::kBool, 1); }
  void no() { push(PickleKind::kBool, 0); }
  template <std::size_t width>
  void small_int() {
    push(PickleKind::kInt, static_cast<std::int64_t>(cursor_.number(width)));
  }
  void int4() {
    push(PickleKind::kInt,
         static_cast<std::int32_t>(static_cast<std::uint32_t>(cursor_.number(4))));
  }
  void int_line();
  void long1() { long_int(1); }
  void long4() { long_int(4); }
  void long_int(std::size_t width);
  void float8() {
    (void)cursor_.take(8);
    push(PickleKind::kFloat);
  }
  void float_line() {
    (void)line();
    push(PickleKind::kFloat);
  }
  template <std::size_t width, PickleKind kind>
  void text() {
    push_text(kind, cursor_.text(cursor_.number(width)));
  }
  void text_line();
  void quoted_line();
  template <std::size_t count>
  void tuple() {
    push_items(PickleKind::kTuple, pop_many(count));
  }
  void tuple_to_mark() { push_items(PickleKind::kTuple, pop_to_mark()); }
  void empty_list() { push_items(PickleKind::kList, {}); }
  void list_to_mark() { push_items(PickleKind::kList, pop_to_mark()); }
  void empty_dict() { push_items(PickleKind::kDict, {}); }
  void dict_to_mark();
  void append();
  void appends();
  void set_item();
  void set_items();
  void get(std::uint64_t slot);
  template <std::size_t width>
  void get_binary() {
    get(cursor_.number(width));
  }
  void get_line() { get(slot_of_line()); }
  template <std::size_t width>
  void put_binary() {
    const std::uint64_t slot = cursor_.number(width);
    memo_[slot] = top();
  }
  void put_line() {
    const std::uint64_t slot = slot_of_line();
    memo_[slot] = top();
  }
  void memoize() {
    const std::uint64_t slot = memo_.size();
    memo_[slot] = top();
  }
  std::uint64_t slot_of_line();
  void global();
  void stack_global();
  void reduce();
  void inst();
  void new_object();
  void build();
  void persistent();

  ByteCursor cursor_;
  bool script_;
  std::size_t at_ = 0;  ///< where the opcode began
  TorchPickle out_;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue> memo_;
};

}  // namespace medcl
