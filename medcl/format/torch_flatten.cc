// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_flatten.h"

#include "medcl/core/error.h"
#include "medcl/format/byte_cursor.h"
#include "medcl/format/json.h"

namespace medcl {
namespace {

constexpr int kDeepest = 32;

bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

class Flattener {
 public:
  Flattener(const TorchPickle& pickle, const std::string& where)
      : pickle_(pickle), where_(where), budget_((std::size_t{1} << 20) + 32 * pickle.length) {}

  std::map<std::string, std::uint32_t> run() {
    visit(pickle_.root, "", 0);
    return std::move(names_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& name) const {
    fail(ErrorCode::kIo, {.what = what, .where = where_ + ": \"" + printable(name) + "\""});
  }
  void spend(std::size_t work, const std::string& name) {
    if (work > budget_) refuse("the object refers to its own parts too many times", name);
    budget_ -= work;
  }
  [[nodiscard]] bool may_hold_tensors(const PickleValue& value) const {
    switch (value.kind) {
      case PickleKind::kTuple:
      case PickleKind::kList:
      case PickleKind::kDict:
      case PickleKind::kOrderedDict:
      case PickleKind::kPairs:
      case PickleKind::kObject:
      case PickleKind::kTensor:
        return true;
      default:
        return false;
    }
  }

  void visit(const PickleValue& value, const std::string& name, int depth);
  void visit_dict(const std::vector<PickleValue>& items, const std::string& name, int depth);
  void visit_pairs(const std::vector<PickleValue>& items, const std::string& name, int depth);
  void visit_list(const std::vector<PickleValue>& items, const std::string& name, int depth);
  void visit_entry(const PickleValue& key, const PickleValue& value, const std::string& name,
                   int depth);
  void visit_part(const std::string& part, const PickleValue& value, const std::string& name,
                  int depth);
  void keep(std::uint32_t tensor, const std::string& name);

  const TorchPickle& pickle_;
  const std::string& where_;
  std::size_t budget_;  ///< remaining work
  std::map<std::string, std::uint32_t> names_;
};

void Flattener::visit(const PickleValue& value, const std::string& name, int depth) {
  if (!may_hold_tensors(value)) return;
  if (depth > kDeepest) refuse("nested deeper than " + std::to_string(kDeepest), name);
  if (value.kind == PickleKind::kTensor) return keep(value.index, name);
  const auto& items = pickle_.items[value.index];
  switch (value.kind) {
    case PickleKind::kDict:
    case PickleKind::kOrderedDict:
      return visit_dict(items, name, depth);
    case PickleKind::kPairs:
      return visit_pairs(items, name, depth);
    case PickleKind::kObject:
      return items.empty() ? void() : visit(items[0], name, depth);  // a dict
    default:
      return visit_list(items, name, depth);
  }
}

void Flattener::visit_dict(const std::vector<PickleValue>& items, const std::string& name,
                           int depth) {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    visit_entry(items[i], items[i + 1], name, depth);
  }
}

void Flattener::visit_pairs(const std::vector<PickleValue>& items, const std::string& name,
                            int depth) {
  for (const PickleValue& item : items) {
    const bool holds_items = item.kind == PickleKind::kTuple || item.kind == PickleKind::kList;
    if (!holds_items || pickle_.items[item.index].size() != 2) refuse("not a pair", name);
    const auto& pair = pickle_.items[item.index];
    visit_entry(pair[0], pair[1], name, depth);
  }
}

void Flattener::visit_list(const std::vector<PickleValue>& items, const std::string& name,
                           int depth) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    spend(1, name);
    if (may_hold_tensors(items[i])) visit_part(std::to_string(i), items[i], name, depth);
  }
}

void Flattener::visit_entry(const PickleValue& key, const PickleValue& value,
                            const std::string& name, int depth) {
  spend(1, name);
  if (!may_hold_tensors(value)) return;
  if (key.kind == PickleKind::kText) {
    const std::string_view text = pickle_.texts[key.index];
    spend(text.size(), name);
    visit_part(std::string(text), value, name, depth);
  } else if (key.kind == PickleKind::kInt) {
    visit_part(std::to_string(key.number), value, name, depth);
  } else {
    refuse("holds a dict whose key is neither text nor a whole number", name);
  }
}

void Flattener::visit_part(const std::string& part, const PickleValue& value,
                           const std::string& name, int depth) {
  spend(name.size(), name);
  visit(value, depth == 0 ? part : name + "." + part, depth + 1);
}

void Flattener::keep(std::uint32_t tensor, const std::string& name) {
  constexpr std::size_t kCost = 128;
  spend(kCost + name.size(), name);
  if (!is_utf8(name)) refuse("the name of a tensor is not UTF-8", name);
  if (!names_.emplace(name, tensor).second) refuse("two tensors have this name", name);
}

}  // namespace

std::map<std::string, std::uint32_t> flatten_torch_pickle(const TorchPickle& pickle,
                                                          const std::string& where) {
  return Flattener(pickle, where).run();
}

}  // namespace medcl
