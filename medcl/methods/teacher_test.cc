// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/teacher.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

torch::Tensor number(double value) { return torch::full({1, 2, 1, 1}, value); }

/// The teacher's weight after it followed students with these weights, having begun with 0.
double after(const TeacherOptions& options, const std::vector<double>& weights) {
  Teacher teacher(options, fixed_context(2, {{.logits_bks = number(0)}}), 1);
  std::int64_t step = 0;
  for (const double weight : weights) {
    FixedNetwork student({.logits_bks = number(weight)});
    teacher.follow(student, step++);
  }
  return teacher.predict(number(0)).logits_bks.flatten()[0].item<double>();
}

TEST(Teacher, IsTheExponentialAverageInClosedForm) {
  const double decay = 0.9;
  double expected = 0;
  std::vector<double> weights;
  for (int t = 0; t < 12; ++t) {
    weights.push_back(std::sin(t + 1));
    expected += (1 - decay) * std::pow(decay, 11 - t) * std::sin(t + 1);
  }
  EXPECT_NEAR(after({.decay = decay, .ramp_up = false}, weights), expected, 1e-6);
}

TEST(Teacher, IsThePlainMeanUntilTheDecayIsReached) {
  EXPECT_NEAR(after({.decay = 0.99}, {3, 6, 7}), (0 + 3 + 6 + 7) / 4.0, 1e-6);
  const double mean = (0 + 4) / 2.0;  // decay 1/2, then .5 instead of 2/3
  EXPECT_NEAR(after({.decay = 0.5}, {4, 8}), (mean + 8) / 2, 1e-6);
}

TEST(Teacher, OfDecayZeroIsTheStudent) { EXPECT_EQ(after({.decay = 0}, {3, 5}), 5); }

TEST(Teacher, PredictsInEvaluationModeWithoutGradientFromAveragedStatistics) {
  const MethodOptions options("mean_teacher", /*prompts=*/false);
  const auto context = unet_context(options, 3);
  Teacher teacher({.decay = 0.75, .ramp_up = false}, context, 1);
  const auto student = context.make_network(1);
  const auto image = torch::randn({2, 1, 16, 16});
  student->eval();
  EXPECT_LT((teacher.predict(image).logits_bks - student->forward(image).logits_bks)
                .abs()
                .max()
                .item<double>(),
            1e-4)
      << "the weights to begin with are those of the student";
  student->train();
  (void)student->forward(image);  // moves running statistics
  const NamedTensors before = state_of(teacher);
  NamedTensors expected;
  for (const auto& [name, value] : state_of(*student)) {
    const auto& own = before.at("network." + name);
    expected[name] = value.is_floating_point() ? own * 0.75 + value * 0.25 : value.clone();
  }
  teacher.follow(*student, 0);
  for (const auto& [name, value] : expected) {
    EXPECT_TRUE(torch::allclose(state_of(teacher).at("network." + name), value, 1e-5, 1e-6))
        << name;
  }
  const auto one = teacher.predict(image).logits_bks;
  EXPECT_FALSE(one.requires_grad());
  EXPECT_TRUE(torch::equal(one, teacher.predict(image).logits_bks)) << "dropout acts";
}

TEST(Teacher, FollowsTheNetworkWhosePassesAStudentRepeats) {
  class Repeats final : public Network {
   public:
    explicit Repeats(Network& network) : network_(network) {}
    void set_compute_type(torch::ScalarType /*type*/) override {}
    Network& original() override { return network_; }

   private:
    NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
      return network_.forward(image_bcs);
    }
    Network& network_;
  };
  Teacher teacher({.decay = 0.5, .ramp_up = false}, fixed_context(2, {{.logits_bks = number(0)}}),
                  1);
  FixedNetwork student({.logits_bks = number(4)});
  Repeats repeats(student);
  teacher.follow(repeats, 0);
  EXPECT_EQ(teacher.predict(number(0)).logits_bks.flatten()[0].item<double>(), 2);
}

}  // namespace
}  // namespace medcl
