// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "medcl/format/torch_globals.h"
#include "medcl/format/torch_pickle_machine.h"

namespace medcl {
namespace {

constexpr std::uint64_t kNewestProtocol = 5;

bool is_dict(const PickleValue& value) {
  return value.kind == PickleKind::kDict || value.kind == PickleKind::kOrderedDict;
}

}  // namespace

using M = PickleMachine;
using K = PickleKind;

void M::proto() {
  const std::uint64_t protocol = cursor_.number(1);
  if (protocol > kNewestProtocol) {
    refuse("unknown protocol of pickles", "0 to 5", std::to_string(protocol));
  }
}

void M::frame() {
  const std::uint64_t length = cursor_.number(8);
  if (length > cursor_.remaining()) refuse("frame ends beyond the pickle");
}

void M::pop_one() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
  } else {
    (void)pop();
  }
}

void M::int_line() {
  std::string_view digits = line();
  if (digits == "00" || digits == "01") return push(K::kBool, digits == "01" ? 1 : 0);
  if (digits.ends_with('L')) digits.remove_suffix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) return push_text(K::kBigInt, digits);
  if (error != std::errc() || end != digits.data() + digits.size()) refuse("not a whole number");
  push(K::kInt, number);
}

void M::long_int(std::size_t width) {
  const std::string_view bytes = cursor_.text(cursor_.number(width));
  if (bytes.size() > 8) return push_text(K::kBigInt, bytes);
  const bool negative = !bytes.empty() && (static_cast<std::uint8_t>(bytes.back()) & 0x80) != 0;
  std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  }
  push(K::kInt, static_cast<std::int64_t>(number));
}

void M::text_line() {
  const std::string_view text = line();
  for (const char c : text) {
    if (c == '\\' || static_cast<std::uint8_t>(c) > 0x7e) refuse("text with escapes", "ASCII");
  }
  push_text(K::kText, text);
}

void M::quoted_line() {
  const std::string_view text = line();
  const bool quoted =
      text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.front() == text.back();
  if (!quoted || text.find('\\') != std::string_view::npos) {
    refuse("text is not quoted, or has escapes", "'...'");
  }
  push_text(K::kText, text.substr(1, text.size() - 2));
}

void M::dict_to_mark() {
  auto items = pop_to_mark();
  if (items.size() % 2 != 0) refuse("a dict has a key without a value");
  push_items(K::kDict, std::move(items));
}

void M::append() {
  const PickleValue value = pop();
  target_of(false).push_back(value);
}

void M::appends() {
  const auto values = pop_to_mark();
  auto& target = target_of(false);
  target.insert(target.end(), values.begin(), values.end());
}

void M::set_item() {
  const auto pair = pop_many(2);
  auto& target = target_of(true);
  target.insert(target.end(), pair.begin(), pair.end());
}

void M::set_items() {
  const auto values = pop_to_mark();
  if (values.size() % 2 != 0) refuse("a dict has a key without a value");
  auto& target = target_of(true);
  target.insert(target.end(), values.begin(), values.end());
}

void M::get(std::uint64_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) refuse("reads memo " + std::to_string(slot) + ", which is not set");
  push(found->second);
}

std::uint64_t M::slot_of_line() {
  const std::string_view digits = line();
  std::uint64_t slot = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), slot);
  if (error != std::errc() || end != digits.data() + digits.size()) refuse("not a memo number");
  return slot;
}

void M::global() {
  const std::string_view module = line();
  const std::string_view name = line();
  push(torch_global(module, name, script_, here()));
}

void M::stack_global() {
  const auto names = pop_many(2);
  if (names[0].kind != K::kText || names[1].kind != K::kText) {
    refuse("an object is named by something else", "two texts");
  }
  push(torch_global(out_.texts[names[0].index], out_.texts[names[1].index], script_, here()));
}

void M::reduce() {
  const auto call = pop_many(2);
  push(call_torch_global(out_, call[0], call[1], here()));
}

void M::inst() {
  global();
  refuse("opcode INST is not allowed");
}

void M::new_object() {
  const auto call = pop_many(2);
  const bool plain = call[1].kind == K::kTuple && out_.items[call[1].index].empty();
  if (call[0].kind != K::kGlobal ||
      call[0].index != static_cast<std::uint32_t>(TorchGlobal::kScriptClass) || !plain) {
    refuse("NEWOBJ makes an object of a class", "a module of a TorchScript archive");
  }
  push_items(K::kObject, {});
}

/// State of a script module is kept; the Python attributes of dicts and tensors are not read.
void M::build() {
  const PickleValue state = pop();
  const PickleValue target = top();
  const bool dict = is_dict(state);
  if (target.kind == K::kObject && dict && out_.items[target.index].empty()) {
    out_.items[target.index].push_back(state);
    return;
  }
  const bool keeps_attributes = target.kind == K::kOrderedDict || target.kind == K::kPairs;
  if (!(keeps_attributes && dict) &&
      !(target.kind == K::kTensor && (dict || state.kind == K::kTuple))) {
    refuse("BUILD sets the state of an object", "attributes of an OrderedDict or a tensor");
  }
}

void M::persistent() {
  const PickleValue id = pop();
  push(torch_storage(out_, id, here()));
}

}  // namespace medcl
