// SPDX-License-Identifier: Apache-2.0
#pragma once

// A teacher: a copy of the network that learns, whose weights follow those of the student by an
// exponential average, and whose predictions become targets.
//
// Source: Tarvainen & Valpola, Mean teachers are better role models, NeurIPS 2017. Unlike there the
// teacher predicts in evaluation mode, without dropout and with running statistics of the
// normalisation, which are averaged as the weights are.

#include <cstdint>
#include <memory>

#include "medcl/methods/method.h"

namespace medcl {

struct TeacherOptions {
  double decay = 0.99;  ///< of the average
  /// The first averages are plain means of all weights so far: follow() number t, from 0, takes at
  /// most (t + 1) / (t + 2) as its decay. Else the decay is the same from the start.
  bool ramp_up = true;
  void describe(OptionTable table);
};

/// Its state, the weights, is what a run that goes on must find again (Method::kept).
class Teacher : public torch::nn::Module {
 public:
  /// `seed`: of the weights to begin with; that of the run for those of the student.
  Teacher(const TeacherOptions& options, const MethodContext& context, std::uint64_t seed);

  /// Without gradient.
  [[nodiscard]] NetworkOutput predict(const torch::Tensor& image_bcs);
  /// The probabilities of the classes. Without gradient.
  [[nodiscard]] torch::Tensor probabilities(const torch::Tensor& image_bcs) {
    return predict(image_bcs).logits_bks.softmax(1);
  }
  /// After the weights of the student changed for the time number `step`, from 0. `student` may
  /// replay the passes of another network.
  void follow(Network& student, std::int64_t step);

 private:
  TeacherOptions options_;
  std::shared_ptr<Network> network_;
};

}  // namespace medcl
