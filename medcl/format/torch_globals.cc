// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_globals.h"

#include <array>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/format/byte_cursor.h"

namespace medcl {
namespace {

using Items = std::vector<PickleValue>;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "") {
  fail(ErrorCode::kIo, {.what = what, .where = where, .expected = expected, .found = found});
}

struct TypeRow {
  const char* storage;  ///< class torch.<storage>Storage
  const char* dtype;    ///< object torch.<dtype>
  DType type;
};

constexpr std::array<TypeRow, 13> kTypes = {{{"Float", "float32", DType::kF32},
                                             {"Half", "float16", DType::kF16},
                                             {"BFloat16", "bfloat16", DType::kBF16},
                                             {"Double", "float64", DType::kF64},
                                             {"Long", "int64", DType::kI64},
                                             {"Int", "int32", DType::kI32},
                                             {"Short", "int16", DType::kI16},
                                             {"Char", "int8", DType::kI8},
                                             {"Byte", "uint8", DType::kU8},
                                             {"Bool", "bool", DType::kBool},
                                             {nullptr, "uint16", DType::kU16},
                                             {nullptr, "uint32", DType::kU32},
                                             {nullptr, "uint64", DType::kU64}}};

struct GlobalRow {
  const char* module;
  const char* name;
  TorchGlobal meaning;
};

constexpr std::array kGlobals = {
    GlobalRow{"collections", "OrderedDict", TorchGlobal::kOrderedDict},
    GlobalRow{"torch", "Size", TorchGlobal::kSize},
    GlobalRow{"torch", "Tensor", TorchGlobal::kTensorType},
    GlobalRow{"torch.nn.parameter", "Parameter", TorchGlobal::kTensorType},
    GlobalRow{"torch.storage", "UntypedStorage", TorchGlobal::kUntypedStorage},
    GlobalRow{"torch._utils", "_rebuild_tensor", TorchGlobal::kRebuildTensor},
    GlobalRow{"torch._utils", "_rebuild_tensor_v2", TorchGlobal::kRebuildTensorV2},
    GlobalRow{"torch._utils", "_rebuild_tensor_v3", TorchGlobal::kRebuildTensorV3},
    GlobalRow{"torch._utils", "_rebuild_parameter", TorchGlobal::kRebuildParameter},
    GlobalRow{"torch._utils", "_rebuild_parameter_with_state", TorchGlobal::kRebuildParameter},
    GlobalRow{"torch._tensor", "_rebuild_from_type_v2", TorchGlobal::kRebuildFromType},
};

PickleValue make(PickleKind kind, std::size_t index) {
  return {kind, static_cast<std::uint32_t>(index), 0};
}

PickleValue global(TorchGlobal meaning, DType dtype = DType::kU8) {
  return {PickleKind::kGlobal, static_cast<std::uint32_t>(meaning),
          static_cast<std::int64_t>(dtype)};
}

bool is_global(const PickleValue& value, TorchGlobal meaning) {
  return value.kind == PickleKind::kGlobal && value.index == static_cast<std::uint32_t>(meaning);
}

std::optional<PickleValue> type_of_torch(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (name == row.dtype) return global(TorchGlobal::kDType, row.type);
    if (row.storage != nullptr && name == std::string(row.storage) + "Storage") {
      return global(TorchGlobal::kStorageType, row.type);
    }
  }
  return std::nullopt;
}

/// Element `at` of the arguments, which must be of that kind.
const PickleValue& argument(const Items& arguments, std::size_t at, PickleKind kind,
                            const char* meaning, const std::string& where) {
  if (at >= arguments.size() || arguments[at].kind != kind) {
    refuse(where, "value " + std::to_string(at + 1) + " of a tensor or storage is wrong", meaning);
  }
  return arguments[at];
}

std::int64_t whole(const Items& arguments, std::size_t at, const char* meaning,
                   const std::string& where) {
  const std::int64_t number = argument(arguments, at, PickleKind::kInt, meaning, where).number;
  if (number < 0) refuse(where, "a negative number", meaning, std::to_string(number));
  return number;
}

PickleValue rebuild_tensor(TorchPickle& pickle, const Items& arguments, TorchGlobal meaning,
                           const std::string& where) {
  TorchTensor tensor;
  tensor.storage = argument(arguments, 0, PickleKind::kStorage, "a storage", where).index;
  tensor.offset = whole(arguments, 1, "the offset of a tensor", where);
  tensor.sizes = argument(arguments, 2, PickleKind::kTuple, "the sizes of a tensor", where).index;
  tensor.strides =
      argument(arguments, 3, PickleKind::kTuple, "the strides of a tensor", where).index;
  tensor.dtype = pickle.storages[tensor.storage].dtype;
  if (meaning == TorchGlobal::kRebuildTensorV3) {
    const auto& dtype = argument(arguments, 6, PickleKind::kGlobal, "a type of torch", where);
    if (!is_global(dtype, TorchGlobal::kDType)) refuse(where, "not a type of torch");
    tensor.dtype = static_cast<DType>(dtype.number);
  }
  pickle.tensors.push_back(tensor);
  return make(PickleKind::kTensor, pickle.tensors.size() - 1);
}

PickleValue rebuild_from_type(TorchPickle& pickle, const Items& arguments,
                              const std::string& where) {
  const PickleValue maker = argument(arguments, 0, PickleKind::kGlobal, "a function", where);
  const auto& type = argument(arguments, 1, PickleKind::kGlobal, "torch.Tensor", where);
  const PickleValue inner = argument(arguments, 2, PickleKind::kTuple, "arguments", where);
  const bool known = is_global(maker, TorchGlobal::kRebuildTensorV2) ||
                     is_global(maker, TorchGlobal::kRebuildTensorV3) ||
                     is_global(maker, TorchGlobal::kRebuildParameter);
  if (!known || !is_global(type, TorchGlobal::kTensorType)) {
    refuse(where, "a tensor of a type of its own", "torch.Tensor or torch.nn.Parameter");
  }
  return call_torch_global(pickle, maker, inner, where);
}

PickleValue make_ordered_dict(TorchPickle& pickle, const Items& arguments,
                              const std::string& where) {
  if (arguments.empty()) {
    pickle.items.emplace_back();
    return make(PickleKind::kOrderedDict, pickle.items.size() - 1);
  }
  return make(PickleKind::kPairs,
              argument(arguments, 0, PickleKind::kList, "a list of pairs", where).index);
}

}  // namespace

PickleValue torch_global(std::string_view module, std::string_view name, bool script,
                         const std::string& where) {
  for (const GlobalRow& row : kGlobals) {
    if (module == row.module && name == row.name) return global(row.meaning);
  }
  if (module == "torch") {
    if (const auto type = type_of_torch(name)) return *type;
  }
  if (script && (module == "__torch__" || module.starts_with("__torch__.")) &&
      !module.starts_with("__torch__.torch.classes")) {
    return global(TorchGlobal::kScriptClass);
  }
  if (script && module == "torch.jit._pickle" && name.starts_with("build_") &&
      name.ends_with("list")) {
    return global(TorchGlobal::kScriptList);
  }
  fail(ErrorCode::kIo, {.what = "names the Python object " + printable(module) + "." +
                                printable(name) + ", which is not read",
                        .where = where,
                        .expected = "only tensors, dicts, lists, numbers and texts",
                        .remedy = "if you trust where it comes from, save it again in Python with "
                                  "torch.save(model.state_dict(), FILE)"});
}

PickleValue call_torch_global(TorchPickle& pickle, PickleValue callable, PickleValue arguments,
                              const std::string& where) {
  if (callable.kind != PickleKind::kGlobal || arguments.kind != PickleKind::kTuple) {
    refuse(where, "calls something that is not a function");
  }
  constexpr std::size_t kMostArguments = 16;
  if (pickle.items[arguments.index].size() > kMostArguments) refuse(where, "too many arguments");
  const Items given = pickle.items[arguments.index];  // a copy: the tables grow below
  switch (const auto meaning = static_cast<TorchGlobal>(callable.index)) {
    case TorchGlobal::kOrderedDict:
      return make_ordered_dict(pickle, given, where);
    case TorchGlobal::kSize:
      return argument(given, 0, PickleKind::kTuple, "sizes", where);
    case TorchGlobal::kScriptList:
      return argument(given, 0, PickleKind::kList, "a list", where);
    case TorchGlobal::kRebuildTensor:
    case TorchGlobal::kRebuildTensorV2:
    case TorchGlobal::kRebuildTensorV3:
      return rebuild_tensor(pickle, given, meaning, where);
    case TorchGlobal::kRebuildParameter:
      return argument(given, 0, PickleKind::kTensor, "a tensor", where);
    case TorchGlobal::kRebuildFromType:
      return rebuild_from_type(pickle, given, where);
    default:
      refuse(where, "calls a type that is only data here");
  }
}

PickleValue torch_storage(TorchPickle& pickle, PickleValue persistent_id,
                          const std::string& where) {
  const char* const form = "(\"storage\", type, key, place, count)";
  const auto refuse_form = [&] { refuse(where, "not the persistent id of a storage", form); };
  if (persistent_id.kind != PickleKind::kTuple) refuse_form();
  const Items& given = pickle.items[persistent_id.index];
  if (given.size() < 5 || given.size() > 6 || given[0].kind != PickleKind::kText ||
      pickle.texts[given[0].index] != "storage") {
    refuse_form();
  }
  if (given.size() == 6 && given[5].kind != PickleKind::kNone) {
    refuse(where, "a storage that is a view of another", "None");
  }
  const PickleValue& type = argument(given, 1, PickleKind::kGlobal, "a type of storage", where);
  const bool typed = is_global(type, TorchGlobal::kStorageType);
  if (!typed && !is_global(type, TorchGlobal::kUntypedStorage)) {
    refuse(where, "not a type of storage");
  }
  (void)argument(given, 3, PickleKind::kText, "the place of a storage", where);
  TorchStorage storage;
  storage.dtype = static_cast<DType>(type.number);
  storage.key =
      pickle.texts[argument(given, 2, PickleKind::kText, "the key of a storage", where).index];
  storage.count = whole(given, 4, "the number of elements of a storage", where);
  pickle.storages.push_back(storage);
  return make(PickleKind::kStorage, pickle.storages.size() - 1);
}

}  // namespace medcl
