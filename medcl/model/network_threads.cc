// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/network_threads.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/thread_pool.h"
#include "medcl/kernels/own_conv.h"
#include "medcl/model/unet/blocks.h"

namespace medcl {
namespace {

/// Convolutions of fewer channels, those of the image, cost next to nothing.
constexpr std::int64_t kLittle = 16;
/// More threads that take so many times as long wait for cores that others have.
constexpr double kSlow = 1.1;

HeldSetting<int>& pool_threads() {
  static HeldSetting<int> setting([] { return compute_pool().threads(); },
                                  [](int threads) { compute_pool().set_threads(threads); });
  return setting;
}

bool others_take_cores(const ThreadGovernor::Change& change) {
  return change.after < change.before && change.seconds_before > kSlow * change.seconds_after;
}

std::string text_of(const ThreadGovernor::Change& change, const std::string& unit) {
  const char* reason = change.after > change.before ? "cores are free"
                       : others_take_cores(change)  ? "other work takes the cores"
                                                    : "more are no faster";
  char text[160];
  std::snprintf(text, sizeof text, "%d thread%s -> %d: %s (%s %.3g s instead of %.3g s)",
                change.before, change.before == 1 ? "" : "s", change.after, reason, unit.c_str(),
                change.seconds_after, change.seconds_before);
  return text;
}

bool computes_here(const torch::nn::Module& network) {
  const auto parameters = network.parameters();
  return !parameters.empty() && parameters.front().is_cpu();
}

void warn_if_slow(const std::optional<SlowdownWatch::Slowdown>& slowdown, const std::string& unit) {
  if (!slowdown) return;
  char text[200];
  std::snprintf(text, sizeof text,
                "a %s takes %.3g s instead of %.3g s: all threads of this network wait for the one "
                "whose core has other work; with --threads 1 none does",
                unit.c_str(), slowdown->seconds_now, slowdown->seconds_before);
  log(LogLevel::kWarning, text);
}

}  // namespace

bool spares_libtorch_threads(const torch::nn::Module& network, torch::ScalarType compute_type) {
  bool has_any = false;
  for (const auto& module : network.modules()) {
    const auto* conv = module->as<unet::ConvImpl>();
    if (conv == nullptr) continue;
    const torch::Tensor weight_oihw = conv->kernel().weight;
    const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
    if (!weight_oihw.is_cpu() || !conv->is_fused()) return false;
    if (weight_oihw.size(2) == 1 || in < kLittle) continue;
    if (!fast::has_own_conv(compute_type, in, out)) return false;
    has_any = true;
  }
  return has_any;
}

NetworkThreads::NetworkThreads(const torch::nn::Module& network, torch::ScalarType compute_type,
                               int threads)
    : are_free_(spares_libtorch_threads(network, compute_type)),
      libtorch_(are_free_ ? 1 : threads),
      pool_(pool_threads(), are_free_ ? threads : 1) {}

void NetworkThreads::set(int threads) {
  check(are_free_, "the results of this network depend on its threads");
  pool_.take(threads);
}

void NetworkThreads::take() {
  libtorch_.take();
  if (!pool_.has_it()) pool_.take();  // a number that somebody else set gives the same results
}

GovernedThreads::GovernedThreads(const torch::nn::Module& network, torch::ScalarType compute_type,
                                 int most, std::string unit)
    : threads_(network, compute_type, most),
      unit_(std::move(unit)),
      may_wait_(!threads_.are_free() && most > 1 && computes_here(network)),
      governor_(threads_.are_free() ? most : 1) {
  if (threads_.are_free()) threads_.set(governor_.threads());
}

void GovernedThreads::took(double seconds) {
  if (may_wait_) warn_if_slow(slowdown_.took(seconds), unit_);
  if (!threads_.are_free()) return;
  const auto change = governor_.took(seconds);
  threads_.set(governor_.threads());
  if (!change) return;
  log(others_take_cores(*change) ? LogLevel::kWarning : LogLevel::kInfo, text_of(*change, unit_));
}

}  // namespace medcl
