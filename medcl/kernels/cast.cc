// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cast.h"

#include <algorithm>

#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/value_kernels.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kValuesOfPiece = std::int64_t{1} << 16;

torch::Tensor changed(const torch::Tensor& x, torch::ScalarType type) {
  const torch::Tensor values = x.contiguous();
  torch::Tensor result = torch::empty(values.sizes(), values.options().dtype(type));
  const bool narrows = type == torch::kBFloat16;
  for_each(at::divup(values.numel(), kValuesOfPiece), [&](std::int64_t piece) {
    const std::int64_t first = piece * kValuesOfPiece;
    const std::int64_t count = std::min(kValuesOfPiece, values.numel() - first);
    if (narrows) {
      narrow(values_of<float>(values) + first, count, values_of<BFloat16>(result) + first);
    } else {
      widen(values_of<BFloat16>(values) + first, count, values_of<float>(result) + first);
    }
  });
  return result;
}

bool can_change(const torch::Tensor& x, torch::ScalarType type) {
  const auto from = x.scalar_type();
  return x.is_cpu() && x.is_contiguous() &&
         ((from == torch::kFloat32 && type == torch::kBFloat16) ||
          (from == torch::kBFloat16 && type == torch::kFloat32));
}

class Cast : public torch::autograd::Function<Cast> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, int type) {
    context->saved_data["type"] = static_cast<std::int64_t>(x.scalar_type());
    return changed(x, static_cast<torch::ScalarType>(type));
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    return {changed(outputs[0], type), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor cast(const torch::Tensor& x, torch::ScalarType type) {
  return can_change(x, type) ? Cast::apply(x, static_cast<int>(type)) : x.to(type);
}

}  // namespace medcl::fast
