// SPDX-License-Identifier: Apache-2.0
// Methods that ask for more than one network or decoder, on a U-Net, with batches that have less
// than a method may hope for.
#include <gtest/gtest.h>

#include "medcl/methods/test_networks.h"
#include "medcl/model/libtorch_state.h"

namespace medcl {
namespace {

class HardBatch : public testing::TestWithParam<const char*> {
 protected:
  /// Two steps on random images; `highest`: of the classes that are annotated, -1 for none.
  static void expect_learns(std::int64_t classes, std::int64_t highest) {
    const MethodOptions options(GetParam(), /*prompts=*/false);
    const auto context = unet_context(options, classes);
    const auto method = make_method(options, context);
    const auto network = context.make_network(1);
    for (const std::int64_t step : {0, 1}) {
      const SeededGenerators generators(static_cast<std::uint64_t>(step), torch::kCPU);
      Batch batch;
      batch.image_bcs = torch::randn({3, 1, 16, 16});
      const auto labels = torch::randint(0, 3 * (highest + 1) + 1, {3, 16, 16}, torch::kInt64);
      batch.annotation.labels_bs = labels.masked_fill(labels.gt(highest), 255).to(torch::kU8);
      batch.present_bk = torch::full({3, classes}, -1.0F);
      batch.present_bk[1].fill_(0);
      batch.step = step;
      batch.progress = 0.5 + 0.5 * static_cast<double>(step);
      const LossTerms terms = method->losses({*network, batch, 1});
      for (const LossTerm& term : terms.terms) {
        EXPECT_TRUE(term.value.isfinite().item<bool>()) << term.name;
      }
      total_loss(terms).backward();
      for (const auto& parameter : network->parameters()) {
        if (!parameter.grad().defined()) continue;
        EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
      }
      method->after_step({*network, batch, 1});
    }
  }
};

TEST_P(HardBatch, OneForegroundClassIsEnough) { expect_learns(2, 1); }
TEST_P(HardBatch, AClassMayHaveNoStrokes) { expect_learns(4, 2); }
TEST_P(HardBatch, NothingNeedBeAnnotated) { expect_learns(3, -1); }

INSTANTIATE_TEST_SUITE_P(Methods, HardBatch,
                         testing::Values("mean_teacher", "scribblevs", "wsl4", "dmsps", "sdt_net",
                                         "modelmix", "fullsup"));

}  // namespace
}  // namespace medcl
