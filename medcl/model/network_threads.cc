// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/network_threads.h"

#include <ATen/Parallel.h>

#include <cstdio>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/model/fast/winograd.h"
#include "medcl/model/unet/blocks.h"

namespace medcl {
namespace {

/// Convolutions of fewer channels, those of the image, cost next to nothing.
constexpr std::int64_t kLittle = 16;

std::string text_of(const ThreadGovernor::Change& change, const std::string& unit) {
  const bool gives_way = change.after < change.before;
  char text[160];
  std::snprintf(text, sizeof text, "%d thread%s -> %d: %s (%s %.2g s instead of %.2g s)",
                change.before, change.before == 1 ? "" : "s", change.after,
                gives_way ? "other work takes the cores" : "cores are free", unit.c_str(),
                change.seconds_after, change.seconds_before);
  return text;
}

}  // namespace

bool spares_libtorch_threads(const Segmenter& network, torch::ScalarType compute_type) {
  bool has_any = false;
  for (const auto& module : network.modules()) {
    const auto* conv = module->as<unet::ConvImpl>();
    if (conv == nullptr) continue;
    const torch::Tensor weight_oihw = conv->kernel().weight;
    const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
    if (!weight_oihw.is_cpu() || !conv->is_fused()) return false;
    if (weight_oihw.size(2) == 1 || in < kLittle) continue;
    if (!fast::has_winograd(compute_type, in, out)) return false;
    has_any = true;
  }
  return has_any;
}

NetworkThreads::NetworkThreads(const Segmenter& network, torch::ScalarType compute_type,
                               int threads)
    : libtorch_threads_before_(at::get_num_threads()),
      are_free_(spares_libtorch_threads(network, compute_type)),
      pool_threads_(are_free_ ? threads : 1) {
  at::set_num_threads(are_free_ ? 1 : threads);
}

NetworkThreads::~NetworkThreads() { at::set_num_threads(libtorch_threads_before_); }

void NetworkThreads::set(int threads) {
  check(are_free_, "the results of this network depend on its threads");
  compute_pool().set_threads(threads);
}

GovernedThreads::GovernedThreads(const Segmenter& network, torch::ScalarType compute_type, int most,
                                 std::string unit)
    : threads_(network, compute_type, most),
      unit_(std::move(unit)),
      governor_(threads_.are_free() ? most : 1) {
  if (threads_.are_free()) threads_.set(governor_.threads());
}

void GovernedThreads::took(double seconds) {
  if (!threads_.are_free()) return;
  const auto change = governor_.took(seconds);
  threads_.set(governor_.threads());
  if (!change) return;
  const bool gives_way = change->after < change->before;
  log(gives_way ? LogLevel::kWarning : LogLevel::kInfo, text_of(*change, unit_));
}

}  // namespace medcl
