// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/teacher.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/model/weight_average.h"

namespace medcl {

void TeacherOptions::describe(OptionTable table) {
  table.add("decay", decay, "decay of the teacher's average of weights", 0, 0.99999);
}

Teacher::Teacher(const TeacherOptions& options, const MethodContext& context, std::uint64_t seed)
    : options_(options) {
  check(static_cast<bool>(context.make_network), "a method with a teacher can make networks");
  network_ = register_module("network", context.make_network(seed));
  for (torch::Tensor& parameter : network_->parameters()) parameter.set_requires_grad(false);
  eval();
}

NetworkOutput Teacher::predict(const torch::Tensor& image_bcs) {
  const torch::NoGradGuard no_grad;
  return network_->forward(image_bcs);
}

void Teacher::follow(Network& student, std::int64_t step) {
  const auto t = static_cast<double>(step);
  const double decay =
      options_.ramp_up ? std::min(options_.decay, (t + 1) / (t + 2)) : options_.decay;
  NamedTensors weights = state_of(*network_);
  average_in(weights, learning_state_of(student.original()), decay);
}

}  // namespace medcl
