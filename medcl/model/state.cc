// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/state.h"

#include <cstring>
#include <sstream>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::size_t kMostNames = 5;

struct TypePair {
  DType file;
  torch::ScalarType memory;
};

constexpr TypePair kTypes[] = {
    {DType::kBool, torch::kBool},   {DType::kU8, torch::kUInt8},
    {DType::kI8, torch::kInt8},     {DType::kI16, torch::kInt16},
    {DType::kI32, torch::kInt32},   {DType::kI64, torch::kInt64},
    {DType::kF16, torch::kFloat16}, {DType::kBF16, torch::kBFloat16},
    {DType::kF32, torch::kFloat32}, {DType::kF64, torch::kFloat64},
};

DType to_file(torch::ScalarType type, const std::string& name) {
  for (const auto& pair : kTypes) {
    if (pair.memory == type) return pair.file;
  }
  fail(ErrorCode::kFailure, {.what = "tensor type that safetensors cannot hold",
                             .where = name,
                             .found = c10::toString(type)});
}

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

class NameList {
 public:
  void add(const std::string& name) {
    if (count_++ < kMostNames) names_ += (names_.empty() ? "" : ", ") + name;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// "missing 7: a, b, c, d, e, ...".
  [[nodiscard]] std::string text(const std::string& title) const {
    return title + " " + std::to_string(count_) + ": " + names_ +
           (count_ > kMostNames ? ", ..." : "");
  }

 private:
  std::size_t count_ = 0;
  std::string names_;
};

void check_names(const NamedTensors& own, const NamedTensors& given, const std::string& where) {
  NameList missing, unexpected, misshaped;
  for (const auto& [name, tensor] : own) {
    const auto found = given.find(name);
    if (found == given.end()) {
      missing.add(name);
    } else if (found->second.sizes() != tensor.sizes()) {
      misshaped.add(name + " " + shape_text(found->second) + " instead of " + shape_text(tensor));
    }
  }
  for (const auto& [name, tensor] : given) {
    if (own.find(name) == own.end()) unexpected.add(name);
  }
  std::string found;
  const auto append = [&](const NameList& list, const char* title) {
    if (!list.empty()) found += (found.empty() ? "" : "; ") + list.text(title);
  };
  append(missing, "missing");
  append(unexpected, "unexpected");
  append(misshaped, "misshaped");
  if (found.empty()) return;
  fail(ErrorCode::kModelMismatch,
       {.what = "weights do not fit the network",
        .where = where,
        .found = found,
        .remedy = "use the network, width and classes the weights were trained with"});
}

torch::Tensor to_tensor(const TensorView& view, bool borrow) {
  const auto type = to_torch(view.dtype);
  const bool aligned =
      reinterpret_cast<std::uintptr_t>(view.bytes.data()) % size_of(view.dtype) == 0;
  if (borrow && aligned && !view.bytes.empty()) {
    // Torch has no read-only tensors; the caller asked for a view of memory that must not change.
    return torch::from_blob(const_cast<std::uint8_t*>(view.bytes.data()), view.shape, type);
  }
  torch::Tensor copy = torch::empty(view.shape, type);
  check(copy.nbytes() == view.bytes.size(), "safetensors view with a wrong length");
  if (!view.bytes.empty()) std::memcpy(copy.data_ptr(), view.bytes.data(), view.bytes.size());
  return copy;
}

}  // namespace

torch::ScalarType to_torch(DType dtype) {
  for (const auto& pair : kTypes) {
    if (pair.file == dtype) return pair.memory;
  }
  fail(ErrorCode::kIo, {.what = "tensor type that libtorch cannot hold", .found = name_of(dtype)});
}

NamedTensors state_of(const torch::nn::Module& module) {
  NamedTensors state;
  for (const auto& entry : module.named_parameters()) state[entry.key()] = entry.value().detach();
  for (const auto& entry : module.named_buffers()) state[entry.key()] = entry.value().detach();
  return state;
}

void load_state(torch::nn::Module& module, const NamedTensors& state, const std::string& where) {
  const torch::NoGradGuard no_grad;
  NamedTensors own = state_of(module);
  check_names(own, state, where);
  for (auto& [name, tensor] : own) tensor.copy_(state.at(name));
}

NamedTensors first_outputs(const NamedTensors& state, const torch::nn::Module& module) {
  NamedTensors cut;
  for (const auto& [name, own] : state_of(module)) {
    const auto found = state.find(name);
    if (found == state.end()) continue;
    torch::Tensor& tensor = cut[name] = found->second;
    if (own.dim() > 0 && tensor.dim() > 0 && tensor.size(0) > own.size(0)) {
      tensor = tensor.narrow(0, 0, own.size(0));
    }
  }
  return cut;
}

void write_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<torch::Tensor> kept;  // keeps the bytes alive until they are written
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().to(torch::kCPU).contiguous());
    const torch::Tensor& values = kept.back();
    views[name] = {to_file(values.scalar_type(), name),
                   values.sizes().vec(),
                   {static_cast<const std::uint8_t*>(values.data_ptr()), values.nbytes()}};
  }
  write_safetensors(path, views, metadata);
}

NamedTensors to_tensors(const std::map<std::string, TensorView>& views, bool borrow) {
  NamedTensors tensors;
  for (const auto& [name, view] : views) tensors[name] = to_tensor(view, borrow);
  return tensors;
}

NamedTensors to_tensors(const SafetensorsFile& file, bool borrow) {
  return to_tensors(file.tensors(), borrow);
}

}  // namespace medcl
