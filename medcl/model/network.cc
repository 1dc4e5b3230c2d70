// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/network.h"

namespace medcl {
namespace {

bool processor_has_bf16() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

}  // namespace

Precision settled_precision(Precision precision, const torch::Device& device) {
  if (precision != Precision::kAuto) return precision;
  return device.is_cuda() || processor_has_bf16() ? Precision::kBf16 : Precision::kFp32;
}

torch::ScalarType type_of(Precision precision) {
  return precision == Precision::kBf16 ? torch::kBFloat16 : torch::kFloat32;
}

void place_network(Network& network, const torch::Device& device, Precision precision) {
  network.to(device);
  network.set_compute_type(type_of(settled_precision(precision, device)));
}

}  // namespace medcl
