// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/plan_options.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/formatted.h"

namespace medcl::nnunet {
namespace {

constexpr std::int64_t kSteps = 250'000;                     // 1000 epochs of 250
constexpr double kLongPatch = 1.5;                           // beyond, patches are turned by little
constexpr std::int64_t kLeastCrop = 16, kMostImages = 4096;  // that the options take

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

/// "[\"1x1\", \"2x2\"]".
std::string toml_lists(const std::vector<PerAxis>& lists) {
  std::string text;
  for (const PerAxis& one : lists) {
    std::string sizes;
    for (const std::int64_t size : one) sizes += (sizes.empty() ? "" : "x") + std::to_string(size);
    text += (text.empty() ? "" : ", ") + in_quotes(sizes);
  }
  return "[" + text + "]";
}

std::string sides_text(const PerAxis& sides) {
  return std::to_string(sides[0]) + " x " + std::to_string(sides[1]);
}

class Options {
 public:
  explicit Options(const Plan& plan) : plan_(plan), shape_(plan.slices) {}

  std::vector<PlannedOption> take() {
    add("method.name", in_quotes("nnunet2d"), "cross-entropy and Dice at every level");
    add_network();
    add_images();
    add_crop();
    add("sampler.batch", std::to_string(std::min(shape_.batch, kMostImages)),
        "what its measure of memory allows");
    add_augmentation();
    add("schedule.kind", in_quotes("poly"), "falls with the power 0.9");
    add("schedule.learning_rate", "1e-2", "as there");
    add("train.optimiser", in_quotes("sgd"), "with Nesterov's momentum");
    add("train.momentum", "0.99", "as there");
    add("train.weight_decay", "3e-5", "as there");
    add("train.clip_norm", "12.0", "as there");
    add("train.average_decay", "0.0", "weights are not averaged there");
    add("train.steps", std::to_string(kSteps), "1000 epochs of 250; --time ends it earlier");
    return std::move(options_);
  }

 private:
  void add(const std::string& name, const std::string& value, const std::string& reason) {
    options_.push_back({name, value, reason});
  }

  void add_network() {
    add("network.name", in_quotes("plainconvunet"), "that of nnU-Net");
    add("network.width", std::to_string(shape_.features.front()), "always");
    add("network.max_width", std::to_string(kMostFeaturesOfSlices), "always");
    add("network.convolutions", std::to_string(shape_.encoder_blocks.front()), "always");
    if (shape_.features.size() < 2) return;  // for images below eight pixels
    add("network.strides", toml_lists(shape_.topology.strides), "halved down to four pixels");
    add("network.kernels", toml_lists(shape_.topology.kernels), "not across far coarser pixels");
  }

  void add_images() {
    add("prepare.spacing_mm",
        formatted("%.9g", std::min(shape_.spacing_mm[0], shape_.spacing_mm[1])) + whole_mark(),
        formatted("median of all cases: %.4g x %.4g mm", shape_.spacing_mm[0],
                  shape_.spacing_mm[1]));
    add_normalisation();
  }

  /// TOML tells 1 from 1.0.
  [[nodiscard]] std::string whole_mark() const {
    const std::string text =
        formatted("%.9g", std::min(shape_.spacing_mm[0], shape_.spacing_mm[1]));
    return text.find_first_of(".e") == std::string::npos ? ".0" : "";
  }

  void add_normalisation() {
    const std::set<std::string> schemes(plan_.normalisations.begin(), plan_.normalisations.end());
    const std::string scheme = schemes.size() == 1 ? *schemes.begin() : "";
    if (scheme == "CTNormalization" && plan_.intensities.size() == 1) {
      const Intensities& drawn = plan_.intensities.front();
      add("prepare.normalisation", in_quotes("window"), "Hounsfield units");
      add("prepare.window_low", formatted("%.6e", drawn.percentile_00_5), "0.5 % are below");
      add("prepare.window_high", formatted("%.6e", drawn.percentile_99_5), "0.5 % are above");
      return;
    }
    const bool range = scheme == "RescaleTo01Normalization" || scheme == "RGBTo01Normalization";
    add("prepare.normalisation", in_quotes(range ? "unit-range" : "volume-zscore"),
        scheme.empty() ? "one for all channels, which nnU-Net treats by their names" : scheme);
    add("prepare.clip_percentile", "100.0", "nothing is clipped");
  }

  void add_crop() {
    const PerAxis multiple = shape_.topology.multiple();
    const std::int64_t most = *std::ranges::max_element(multiple);
    const std::int64_t longer = *std::ranges::max_element(shape_.patch);
    const std::int64_t side = (std::max(longer, kLeastCrop) + most - 1) / most * most;
    add("crop.size", std::to_string(side),
        "the longer side of " + sides_text(shape_.patch) + "; crops are squares");
    add("crop.scale_min", "0.7", "as its scaling, which it draws for one patch in five");
    add("crop.scale_max", "1.4", "likewise");
    add("crop.flip", "0.5", "mirrored along both axes");
    const bool is_long = static_cast<double>(longer) >
                         kLongPatch * static_cast<double>(*std::ranges::min_element(shape_.patch));
    add("crop.rotation_degrees", is_long ? "15.0" : "180.0",
        is_long ? "a long patch" : "any angle, for one patch in five there");
    add("crop.border", in_quotes("ignore"), "nobody said what is outside; it says background");
  }

  void add_augmentation() {
    const std::vector<std::pair<const char*, const char*>> chances{
        {"noise", "0.1"},     {"blur", "0.2"},        {"brightness", "0.15"},
        {"contrast", "0.15"}, {"resolution", "0.25"}, {"negated_gamma", "0.1"},
        {"gamma", "0.3"}};
    for (const auto& [name, chance] : chances) {
      add(std::string("augment.chance.") + name, chance, "as there");
    }
  }

  const Plan& plan_;
  const Configuration& shape_;
  std::vector<PlannedOption> options_;
};

}  // namespace

void require_trained_here(const Planner& planner) {
  if (!planner.residual) return;
  fail(ErrorCode::kUsage, {.what = "this program does not train its network of residual blocks",
                           .where = "planner " + planner.name,
                           .expected = "default, or a plan for nnU-Net itself",
                           .found = {},
                           .remedy = "write it as JSON: --json"});
}

std::vector<PlannedOption> plan_options(const Plan& plan) {
  require_trained_here(plan.planner);
  return Options(plan).take();
}

}  // namespace medcl::nnunet
