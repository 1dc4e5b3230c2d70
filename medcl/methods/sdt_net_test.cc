// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

constexpr std::int64_t kClasses = 2;

/// Of two pixels; `foreground` is the probability of the first, the second is unsure.
NetworkOutput says(double foreground, double feature) {
  const auto prob = torch::tensor({foreground, 0.5}, torch::kF32).view({1, 1, 1, 2});
  return {.logits_bks = torch::cat({1 - prob, prob}, 1).log(),
          .features_bcs = torch::tensor({feature, 1.0}, torch::kF32).view({1, 2, 1, 1}),
          .deepest_bcs = torch::tensor({feature, 2.0}, torch::kF32).view({1, 2, 1, 1})};
}

/// The first pixel is foreground.
Batch first_drawn(int label = 1) {
  Batch batch;
  batch.image_bcs = torch::zeros({1, 1, 1, 2});
  batch.annotation.labels_bs = torch::tensor({label, 255}).view({1, 1, 2}).to(torch::kU8);
  batch.progress = 1;
  return batch;
}

std::unique_ptr<Method> method_with(double first, double second) {
  return make_method(MethodOptions("sdt_net", /*prompts=*/false),
                     fixed_context(kClasses, {says(first, 0), says(second, 3)}));
}

double first_logit(Method& method, const std::string& teacher) {
  return state_of(*method.kept()).at(teacher + ".network.logits").flatten()[0].item<double>();
}

TEST(SdtNet, TheBetterTeacherTeachesAndAloneFollows) {
  for (const bool second_is_better : {false, true}) {
    const auto method = second_is_better ? method_with(0.6, 0.7) : method_with(0.7, 0.6);
    FixedNetwork student(says(0.9, 1));
    const Batch batch = first_drawn();
    const auto values = values_of(method->losses({student, batch, 1}));
    EXPECT_EQ(values.at("second_teaches"), second_is_better ? 1 : 0);
    EXPECT_NEAR(values.at("pseudo_ce"), -std::log(0.9), 1e-5) << "the second pixel has no label";
    const double before_first = first_logit(*method, "first");
    const double before_second = first_logit(*method, "second");
    method->after_step({student, batch, 1});
    const double target = std::log(0.1);
    const double moved = second_is_better ? before_second : before_first;
    EXPECT_NEAR(first_logit(*method, second_is_better ? "second" : "first"),
                0.99 * moved + 0.01 * target, 1e-6);
    EXPECT_EQ(first_logit(*method, second_is_better ? "first" : "second"),
              second_is_better ? before_first : before_second);
  }
}

TEST(SdtNet, FeaturesAreComparedByDistanceAndAngle) {
  const auto method = method_with(0.6, 0.7);  // the second, with features (3, 1) and (3, 2)
  FixedNetwork student(says(0.9, 1));
  const Batch batch = first_drawn();
  const auto values = values_of(method->losses({student, batch, 1}));
  const double finest = (2 + 0) / 2.0 + 1 - (3 + 1) / std::sqrt(10 * 2.0);
  const double coarsest = (2 + 0) / 2.0 + 1 - (3 + 4) / std::sqrt(13 * 5.0);
  EXPECT_NEAR(values.at("features"), (finest + coarsest) / 2, 1e-5);
}

TEST(SdtNet, WithoutStrokesTheFirstTeaches) {
  const auto method = method_with(0.6, 0.7);
  FixedNetwork student(says(0.9, 1));
  const Batch batch = first_drawn(255);
  EXPECT_EQ(values_of(method->losses({student, batch, 1})).at("second_teaches"), 0);
}

}  // namespace
}  // namespace medcl
