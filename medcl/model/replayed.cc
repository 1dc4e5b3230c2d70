// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/replayed.h"

#include <exception>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/kernels/adam_update.h"
#include "medcl/kernels/cuda/context_pointer.h"
#include "medcl/kernels/dropout_key.h"

namespace medcl::fast::cuda {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kStepsBefore = 1, kMostDropouts = 64;

/// The same memory without a history.
torch::Tensor bare(const torch::Tensor& tensor) { return tensor.tensor_data(); }

}  // namespace

struct Replayed::Pass {
  torch::Tensor image_bcs, keys;  ///< what the network is given
  std::int64_t drawn = 0;         ///< keys it takes
  torch::Tensor logits_bks;       ///< with the history, until the gradient is recorded
  torch::Tensor dlogits_bks;
  std::unique_ptr<Graph> forward, backward;
  std::size_t turn = 0;  ///< gradients before this one in a step

  void go() {
    if (drawn > 0) {
      keys.narrow(0, 0, drawn).copy_(drawn_keys(drawn).pin_memory(), /*non_blocking=*/true);
    }
    forward->replay();
  }
};

/// Stands for the network in the graph of libtorch's autograd.
class Replayed::Replay : public torch::autograd::Function<Replay> {
 public:
  /// `parameter`: any one, for there to be a gradient.
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& /*parameter*/,
                               Replayed* network, Pass* pass) {
    keep_pointer(*context, "network", network);
    keep_pointer(*context, "pass", pass);
    return bare(pass->logits_bks);
  }
  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    kept_pointer<Replayed>(*context, "network")
        ->go_back(*kept_pointer<Pass>(*context, "pass"), outputs[0]);
    return {torch::Tensor(), torch::Tensor(), torch::Tensor()};
  }
};

Replayed::Replayed(std::shared_ptr<Network> network) : network_(std::move(network)) {
  for (const torch::Tensor& parameter : network_->parameters()) {
    if (parameter.requires_grad()) parameters_.push_back(parameter);
  }
}

Replayed::~Replayed() = default;

void Replayed::start_step() {
  ++steps_;
  passes_done_ = gradients_done_ = 0;
}

NetworkOutput Replayed::pass(const torch::Tensor& image_bcs, const ClassPrompts* prompts) {
  const bool is_training = network_->is_training() && torch::GradMode::is_enabled();
  if (is_training) asks_more_ |= image_bcs.requires_grad() || prompts != nullptr;
  if (!is_training || asks_more_ || steps_ <= kStepsBefore || parameters_.empty() ||
      !can_record(image_bcs)) {
    // Gradients of recorded passes would replace those of this one.
    check(!is_training || passes_.empty(), "every step asks for the same");
    NetworkOutput output = network_->forward(image_bcs, prompts);
    asks_more_ |= !output.coarse_bks.empty() || !output.further_bks.empty() ||
                  output.features_bcs.defined() || output.deepest_bcs.defined();
    return output;
  }
  Pass& pass = *passes_[passes_done_++];
  check(pass.image_bcs.sizes() == image_bcs.sizes(), "a recorded pass on images of another size");
  pass.image_bcs.copy_(image_bcs.detach());
  pass.go();
  return {.logits_bks = Replay::apply(parameters_.front(), this, &pass)};
}

bool Replayed::can_record(const torch::Tensor& image_bcs) {
  if (passes_done_ < passes_.size()) return true;
  if (gave_up_) return false;
  auto pass = std::make_unique<Pass>();
  try {
    record(*pass, image_bcs);
  } catch (const std::exception& failure) {
    if (!passes_.empty()) throw;
    log(LogLevel::kWarning,
        std::string("the network cannot be recorded, its kernels are started one by one: ") +
            failure.what());
    gave_up_ = true;
    return false;
  }
  passes_.push_back(std::move(pass));
  return true;
}

void Replayed::record(Pass& pass, const torch::Tensor& image_bcs) {
  if (memory_ == nullptr) memory_ = std::make_unique<GraphMemory>(image_bcs.device());
  pass.image_bcs = torch::empty_like(image_bcs.detach());
  pass.keys = torch::zeros({kMostDropouts}, image_bcs.options().dtype(torch::kInt64));
  pass.forward = std::make_unique<Graph>(*memory_, [&] {
    const RecordedKeys keys(pass.keys);
    pass.logits_bks = network_->forward(pass.image_bcs).logits_bks;
    pass.drawn = keys.count();
  });
  pass.dlogits_bks = torch::empty_like(pass.logits_bks.detach());
}

void Replayed::go_back(Pass& pass, const torch::Tensor& dlogits_bks) {
  if (pass.backward == nullptr) {
    pass.turn = gradients_done_;
    record_gradient(pass);
  }
  check(pass.turn == gradients_done_, "gradients of recorded passes in another order");
  pass.dlogits_bks.copy_(dlogits_bks);
  pass.backward->replay();
  if (gradients_done_++ > 0) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].mutable_grad() = gradients_[i];
  }
}

void Replayed::record_gradient(Pass& pass) {
  pass.backward = std::make_unique<Graph>(*memory_, [&] {
    const auto gradients = torch::autograd::grad({pass.logits_bks}, parameters_, {pass.dlogits_bks},
                                                 /*retain_graph=*/false,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    add_gradients(gradients);
  });
  pass.logits_bks = bare(pass.logits_bks);
}

void Replayed::add_gradients(const std::vector<torch::Tensor>& gradients) {
  const torch::NoGradGuard no_grad;
  gradients_.resize(parameters_.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    if (gradients_[i].defined()) {
      gradients_[i].add_(gradients[i]);
    } else {
      gradients_[i] = ordered_as(gradients[i], parameters_[i]);
    }
  }
}

}  // namespace medcl::fast::cuda
