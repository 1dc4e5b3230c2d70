// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/state.h"

#include "medcl/core/error.h"
#include "medcl/format/json_text.h"
#include "medcl/model/segmenter.h"

namespace medcl {
namespace {

std::unique_ptr<Method> method_for(const RunOptions& options, std::int64_t classes) {
  const auto seed = static_cast<std::uint64_t>(options.train.seed);
  const bool sam = options.network.backbone == "sam";
  auto method =
      make_method(options.method,
                  {.crop_size = sam ? options.network.sam.logit_side() : options.sample.crop.size,
                   .backbone = options.network.backbone,
                   .classes = classes,
                   .seed = seed,
                   .compute_type = type_of(options.train.precision),
                   .encoder_learns = options.network.sam.adapter_rank > 0});
  if (method->module() != nullptr) {
    method->module()->to(torch::Device(options.train.device));
  }
  return method;
}

std::vector<std::pair<std::string, torch::Tensor>> trained_parameters(Segmenter& network,
                                                                      Method& method) {
  std::vector<std::pair<std::string, torch::Tensor>> parameters;
  for (const auto& item : network.named_parameters()) {
    if (item.value().requires_grad()) {
      parameters.emplace_back("network." + item.key(), item.value());
    }
  }
  if (method.module() != nullptr) {
    for (const auto& item : method.module()->named_parameters()) {
      parameters.emplace_back("method." + item.key(), item.value());
    }
  }
  return parameters;
}

void add_prefixed(NamedTensors& into, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    into[prefix + name] = tensor;
  }
}

NamedTensors take_prefixed(const NamedTensors& from, const std::string& prefix) {
  NamedTensors taken;
  for (auto it = from.lower_bound(prefix); it != from.end() && it->first.rfind(prefix, 0) == 0;
       ++it) {
    taken[it->first.substr(prefix.size())] = it->second;
  }
  return taken;
}

/// Null where the network's passes are not recorded: elsewhere than on a GPU, and SAM's, which a
/// method asks for parts of.
std::unique_ptr<fast::cuda::Replayed> replayed_for(const RunOptions& options,
                                                   const std::shared_ptr<Segmenter>& network) {
  const bool wanted = torch::Device(options.train.device).is_cuda() && options.train.fused &&
                      options.train.graphs && options.network.backbone != "sam";
  if (!wanted || !fast::cuda::Graph::available()) return nullptr;
  return std::make_unique<fast::cuda::Replayed>(network);
}

}  // namespace

std::shared_ptr<Segmenter> network_for(const RunOptions& options, std::int64_t channels,
                                       std::int64_t outputs) {
  auto network = make_segmenter(options.network, channels, outputs,
                                static_cast<std::uint64_t>(options.train.seed));
  place_network(*network, torch::Device(options.train.device), options.train.precision);
  network->set_fused(options.train.fused);
  network->train();
  return network;
}

TrainingState::TrainingState(const RunOptions& options, std::int64_t channels, std::int64_t classes)
    : method(method_for(options, classes)),
      network(network_for(options, channels, classes + method->extra_outputs())),
      replayed(replayed_for(options, network)),
      optimiser(trained_parameters(*network, *method),
                {.weight_decay = options.train.weight_decay, .fused = options.train.fused}),
      average(*network, options.train.average_decay) {}

Checkpoint TrainingState::to_checkpoint(double elapsed_s_now) const {
  Checkpoint checkpoint;
  checkpoint.step = step;
  add_prefixed(checkpoint.tensors, "network.", state_of(*network));
  if (method->module() != nullptr) {
    add_prefixed(checkpoint.tensors, "method.", state_of(*method->module()));
  }
  add_prefixed(checkpoint.tensors, "average.", average.trained());
  add_prefixed(checkpoint.tensors, "", optimiser.state());
  checkpoint.values = {
      {"elapsed_s", elapsed_s_now},       {"best_score", best_score},
      {"best_step", best_step},           {"validations_without_gain", validations_without_gain},
      {"validated_step", validated_step}, {"components", components.to_json()}};
  return checkpoint;
}

void TrainingState::restore(const Checkpoint& checkpoint) {
  load_state(*network, take_prefixed(checkpoint.tensors, "network."), "checkpoint");
  if (method->module() != nullptr) {
    load_state(*method->module(), take_prefixed(checkpoint.tensors, "method."), "checkpoint");
  }
  average.load(take_prefixed(checkpoint.tensors, "average."));
  optimiser.load(checkpoint.tensors);
  step = checkpoint.step;
  restore_values(checkpoint.values);
}

void TrainingState::restore_values(const Json& values) {
  reading_json("broken values", "checkpoint", [&] {
    elapsed_s = values.at("elapsed_s").get<double>();
    best_score = values.at("best_score").get<double>();
    best_step = values.at("best_step").get<std::int64_t>();
    validations_without_gain = values.at("validations_without_gain").get<std::int64_t>();
    validated_step = values.value("validated_step", step);  // absent in format 1
    components = ComponentRule::from_json(values.value("components", ComponentRule{}.to_json()),
                                          "checkpoint");
  });
  const bool sane = step >= 0 && elapsed_s >= 0 && best_step >= 0 && best_step <= step &&
                    best_score < 1.001 && validations_without_gain >= 0 && validated_step <= step;
  if (!sane) {
    fail(ErrorCode::kIo, {.what = "broken values",
                          .where = "checkpoint",
                          .expected = "numbers that a run can reach",
                          .found = json_text(values)});
  }
}

}  // namespace medcl
