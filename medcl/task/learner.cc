// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/learner.h"

namespace medcl {
namespace {

/// Null where the network's passes are not recorded: elsewhere than on a GPU, and those of a
/// network that a method asks for parts of.
std::unique_ptr<fast::cuda::Replayed> replayed_for(const RunOptions& options,
                                                   const std::shared_ptr<Network>& network) {
  const bool wanted = torch::Device(options.train.device).is_cuda() && options.train.fused &&
                      options.train.graphs && !network->traits().prompts;
  if (!wanted || !fast::cuda::Graph::available()) return nullptr;
  return std::make_unique<fast::cuda::Replayed>(network);
}

NetworkShape shape_for(const RunOptions& options, const MethodNeeds& needs, std::int64_t channels) {
  return {.channels = channels, .classes = options.sample.classes, .wish = needs.network};
}

std::unique_ptr<Method> method_for(const RunOptions& options, const NetworkShape& shape) {
  MethodContext context = method_context(options);
  context.make_network = [options, shape](std::uint64_t seed) {
    RunOptions own = options;
    own.train.seed = static_cast<std::int64_t>(seed);
    return network_for(own, shape);
  };
  auto method = make_method(options.method, context);
  for (torch::nn::Module* module : {method->trained(), method->kept()}) {
    if (module != nullptr) module->to(torch::Device(options.train.device));
  }
  return method;
}

}  // namespace

std::shared_ptr<Network> network_for(const RunOptions& options, const NetworkShape& shape) {
  auto network =
      make_network(options.network, shape, static_cast<std::uint64_t>(options.train.seed));
  place_network(*network, torch::Device(options.train.device), options.train.precision);
  network->set_fused(options.train.fused);
  network->train();
  return network;
}

Learner::Learner(const RunOptions& options, const MethodNeeds& needs, std::int64_t channels)
    : seed_(static_cast<std::uint64_t>(options.train.seed)),
      method_(method_for(options, shape_for(options, needs, channels))),
      network_(network_for(options, shape_for(options, needs, channels))),
      replayed_(replayed_for(options, network_)) {}

std::vector<ModuleGroup> Learner::modules() {
  std::vector<ModuleGroup> groups{{"network", network_.get()}};
  if (method_->trained() != nullptr) groups.push_back({"method", method_->trained()});
  if (method_->kept() != nullptr) groups.push_back({"kept", method_->kept(), /*trained=*/false});
  return groups;
}

Step Learner::step_of(const Batch& batch) {
  return {replayed_ ? static_cast<Network&>(*replayed_) : *network_, batch, seed_};
}

LossTerms Learner::losses(const Batch& batch) {
  if (replayed_) replayed_->start_step();
  return method_->losses(step_of(batch));
}

void Learner::after_step(const Batch& batch) { method_->after_step(step_of(batch)); }

}  // namespace medcl
