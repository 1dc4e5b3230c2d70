// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_pickle.h"

#include "medcl/format/torch_pickle_machine.h"

namespace medcl {

constexpr std::size_t kLongestPickle = std::size_t{16} << 20;

using M = PickleMachine;
using K = PickleKind;

const std::array<M::Opcode, 68> M::kOpcodes = {{
    {'\x80', "PROTO", &M::proto},
    {'\x95', "FRAME", &M::frame},
    {'(', "MARK", &M::mark},
    {'0', "POP", &M::pop_one},
    {'1', "POP_MARK", &M::drop_to_mark},
    {'2', "DUP", &M::dup},
    {'N', "NONE", &M::none},
    {'\x88', "NEWTRUE", &M::yes},
    {'\x89', "NEWFALSE", &M::no},
    {'K', "BININT1", &M::small_int<1>},
    {'M', "BININT2", &M::small_int<2>},
    {'J', "BININT", &M::int4},
    {'I', "INT", &M::int_line},
    {'L', "LONG", &M::int_line},
    {'\x8a', "LONG1", &M::long1},
    {'\x8b', "LONG4", &M::long4},
    {'G', "BINFLOAT", &M::float8},
    {'F', "FLOAT", &M::float_line},
    {'\x8c', "SHORT_BINUNICODE", &M::text<1, K::kText>},
    {'X', "BINUNICODE", &M::text<4, K::kText>},
    {'\x8d', "BINUNICODE8", &M::text<8, K::kText>},
    {'U', "SHORT_BINSTRING", &M::text<1, K::kText>},
    {'T', "BINSTRING", &M::text<4, K::kText>},
    {'C', "SHORT_BINBYTES", &M::text<1, K::kBytes>},
    {'B', "BINBYTES", &M::text<4, K::kBytes>},
    {'\x8e', "BINBYTES8", &M::text<8, K::kBytes>},
    {'V', "UNICODE", &M::text_line},
    {'S', "STRING", &M::quoted_line},
    {')', "EMPTY_TUPLE", &M::tuple<0>},
    {'\x85', "TUPLE1", &M::tuple<1>},
    {'\x86', "TUPLE2", &M::tuple<2>},
    {'\x87', "TUPLE3", &M::tuple<3>},
    {'t', "TUPLE", &M::tuple_to_mark},
    {']', "EMPTY_LIST", &M::empty_list},
    {'l', "LIST", &M::list_to_mark},
    {'}', "EMPTY_DICT", &M::empty_dict},
    {'d', "DICT", &M::dict_to_mark},
    {'a', "APPEND", &M::append},
    {'e', "APPENDS", &M::appends},
    {'s', "SETITEM", &M::set_item},
    {'u', "SETITEMS", &M::set_items},
    {'h', "BINGET", &M::get_binary<1>},
    {'j', "LONG_BINGET", &M::get_binary<4>},
    {'g', "GET", &M::get_line},
    {'q', "BINPUT", &M::put_binary<1>},
    {'r', "LONG_BINPUT", &M::put_binary<4>},
    {'p', "PUT", &M::put_line},
    {'\x94', "MEMOIZE", &M::memoize},
    {'c', "GLOBAL", &M::global},
    {'\x93', "STACK_GLOBAL", &M::stack_global},
    {'R', "REDUCE", &M::reduce},
    {'\x81', "NEWOBJ", &M::new_object},
    {'b', "BUILD", &M::build},
    {'Q', "BINPERSID", &M::persistent},
    {'P', "PERSID", nullptr},
    {'i', "INST", &M::inst},
    {'o', "OBJ", nullptr},
    {'\x92', "NEWOBJ_EX", nullptr},
    {'\x82', "EXT1", nullptr},
    {'\x83', "EXT2", nullptr},
    {'\x84', "EXT4", nullptr},
    {'\x8f', "EMPTY_SET", nullptr},
    {'\x90', "ADDITEMS", nullptr},
    {'\x91', "FROZENSET", nullptr},
    {'\x96', "BYTEARRAY8", nullptr},
    {'\x97', "NEXT_BUFFER", nullptr},
    {'\x98', "READONLY_BUFFER", nullptr},
    {'.', "STOP", nullptr},
}};

const M::Opcode* M::find(char code) {
  static const auto kByCode = [] {
    std::array<const Opcode*, 256> table{};
    for (const Opcode& opcode : kOpcodes) table[static_cast<std::uint8_t>(opcode.code)] = &opcode;
    return table;
  }();
  return kByCode[static_cast<std::uint8_t>(code)];
}

PickleValue& M::top() {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() <= floor) refuse("takes a value from an empty stack");
  return stack_.back();
}

PickleValue M::pop() {
  const PickleValue value = top();
  stack_.pop_back();
  return value;
}

std::vector<PickleValue> M::pop_many(std::size_t count) {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - floor < count) refuse("takes more values than the stack holds");
  std::vector<PickleValue> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<PickleValue> M::pop_to_mark() {
  if (marks_.empty()) refuse("collects values up to a mark", "MARK before it", "none");
  auto items = pop_many(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

std::string_view M::line() {
  ByteCursor ahead = cursor_;
  const std::string_view rest = ahead.text(ahead.remaining());
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) refuse("ends inside a line");
  return cursor_.text(end + 1).substr(0, end);
}

std::vector<PickleValue>& M::target_of(bool dict) {
  const PickleValue target = top();
  const bool is_dict = target.kind == K::kDict || target.kind == K::kOrderedDict;
  if (dict ? !is_dict : target.kind != K::kList) {
    refuse("puts values into something else", dict ? "a dict" : "a list");
  }
  return out_.items[target.index];
}

TorchPickle M::run() {
  while (true) {
    at_ = cursor_.position();
    if (at_ >= kLongestPickle) refuse("pickle is too long", "at most 16 MiB");
    if (cursor_.remaining() == 0) refuse("pickle ends without STOP");
    const char code = cursor_.text(1).front();
    if (code == '.') break;
    const Opcode* opcode = find(code);
    if (opcode == nullptr) {
      refuse("unknown opcode", "pickle protocols 0 to 5",
             std::to_string(static_cast<std::uint8_t>(code)));
    }
    if (opcode->step == nullptr) {
      refuse(std::string("opcode ") + opcode->name + " is not allowed",
             "what torch.save writes for tensors, dicts, lists, numbers and texts");
    }
    (this->*opcode->step)();
  }
  if (stack_.size() != 1 || !marks_.empty()) {
    refuse("pickle does not end with one object", "1", std::to_string(stack_.size()));
  }
  out_.root = stack_.back();
  out_.length = cursor_.position();
  return std::move(out_);
}

TorchPickle read_torch_pickle(std::span<const std::uint8_t> bytes, const std::string& where,
                              bool script) {
  return PickleMachine(bytes, where, script).run();
}

}  // namespace medcl
