// SPDX-License-Identifier: Apache-2.0
// Co-Mixup: mixes of all images of a batch that show what matters and differ from one another.
//
// Source: Kim et al., Co-Mixup, ICLR 2021: its objective; the solver is co_mix() of mixing.
#include <algorithm>
#include <cmath>

#include "medcl/methods/clean_pass.h"
#include "medcl/methods/entry_for.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/block_grid.h"
#include "medcl/mixing/co_mix.h"

namespace medcl {
namespace {

struct ComixupOptions {
  CoMixOptions mix;
  double concentration = 2;  ///< of the Dirichlet distribution of shares
  std::int64_t grid = 4;
  std::int64_t together = 20;
  double weight_ce = 1;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    OptionTable own = table.scope("comixup");
    mix.describe(own);
    own.add("concentration", concentration,
            "of the Dirichlet distribution of the shares of images in a mix", 0.01, 100);
    own.add("grid", grid, "blocks along a side; 1 where it does not divide the sides", 1, 64);
    own.add("together", together, "most images that are mixed with each other", 1, 1000);
    scribble.describe(table);
    table.add("weight.scribble_ce", weight_ce, "weight of the cross-entropy on unmixed images", 0,
              1000);
  }
};

/// Logarithms of shares of Dirichlet(concentration), one after the other.
std::vector<double> log_shares(std::int64_t count, double concentration, RandomStream& random) {
  constexpr double kSmallest = 1e-6;
  std::vector<double> shares;
  double sum = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    shares.push_back(std::max(random.gamma(concentration), kSmallest));
    sum += shares.back();
  }
  for (double& share : shares) share = std::log(share / sum);
  return shares;
}

class ComixupMethod final : public Method {
 public:
  ComixupMethod(const ComixupOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const ComixupOptions&, const MethodContext&) { return {.passes = 2}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor& image = step.batch.image_bcs;
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const bool learns_clean = options_.weight_ce > 0;
    const CleanPass clean = clean_pass(step.network, image, target, learns_clean);
    const torch::Tensor source_b1s = sources(step, clean.saliency_bs);
    const auto shown = [&source_b1s](const torch::Tensor& maps) {
      return maps.gather(0, source_b1s.expand_as(maps));
    };
    LossTerms terms;
    if (learns_clean) {
      add_scribble_terms(options_.scribble, "scribble", clean.logits_bks, target, terms,
                         options_.weight_ce);
    }
    add_scribble_terms(options_.scribble, "mixed", step.network.forward(shown(image)).logits_bks,
                       shown(target), terms);
    return terms;
  }

 private:
  /// The image that each pixel of each mix shows.
  [[nodiscard]] torch::Tensor sources(const Step& step, const torch::Tensor& saliency_bs) const {
    const torch::Tensor& image = step.batch.image_bcs;
    const bool fits = image.size(-1) % options_.grid == 0 && image.size(-2) % options_.grid == 0;
    const std::int64_t grid = fits ? options_.grid : 1, blocks = grid * grid;
    const torch::Tensor saliency_bn =
        block_saliency(saliency_bs, grid).to(torch::kCPU, torch::kFloat64).contiguous();
    RandomStream random = step.random(Purpose::kInterMix);
    std::vector<std::int64_t> source;
    for (std::int64_t first = 0; first < image.size(0); first += options_.together) {
      const std::int64_t count = std::min(options_.together, image.size(0) - first);
      CoMixProblem problem{.inputs = count, .grid = grid};
      const double* values = saliency_bn.data_ptr<double>() + first * blocks;
      problem.saliency_in.assign(values, values + count * blocks);
      for (std::int64_t output = 0; output < count; ++output) {
        const auto shares = log_shares(count, options_.concentration, random);
        problem.log_share_oi.insert(problem.log_share_oi.end(), shares.begin(), shares.end());
      }
      for (const auto& output : co_mix(options_.mix, problem)) {
        for (const std::int64_t input : output) source.push_back(first + input);
      }
    }
    const torch::Tensor source_bn =
        torch::tensor(source).view({image.size(0), blocks}).to(image.device());
    return pixels_of_blocks(source_bn, grid, image);
  }

  ComixupOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry comixup_method() {
  return entry_for<ComixupMethod, ComixupOptions>(
      "comixup", "Co-Mixup: mixes of all images of a batch that differ from one another");
}

}  // namespace medcl
