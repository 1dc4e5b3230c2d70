// SPDX-License-Identifier: Apache-2.0
// DMSPS: soft labels from the mixed predictions of two decoders teach both.
//
// Source: Han et al., DMSPS: dynamically mixed soft pseudo-label supervision for
// scribble-supervised medical image segmentation, Medical Image Analysis 97, 2024; its first stage.
// docs/reference/methods.md says what differs.
#include "medcl/methods/two_decoders.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

/// Whose softmax the cross-entropy compares: that of the logits, or, as in the published code, that
/// of their softmax, which flattens it.
enum class SoftmaxOf { kLogits, kProbabilities };
const Choices<SoftmaxOf>& choices(SoftmaxOf) {
  static const Choices<SoftmaxOf> kAll{{"logits", SoftmaxOf::kLogits},
                                       {"probabilities", SoftmaxOf::kProbabilities}};
  return kAll;
}

struct DmspsOptions {
  TwoDecoderOptions decoders;
  double weight_pseudo = 8;
  SoftmaxOf softmax = SoftmaxOf::kProbabilities;

  void describe(OptionTable table) {
    decoders.describe(table);
    table.add("weight.pseudo", weight_pseudo,
              "weight of the cross-entropy with the mixed predictions of both decoders", 0, 1000);
    table.add(
        "dmsps.softmax", softmax,
        "what the cross-entropy with mixed predictions takes the softmax of; probabilities as "
        "in the published code, whose weight is made for it");
  }
};

class DmspsMethod final : public Method {
 public:
  DmspsMethod(const DmspsOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    const TwoPredictions both = two_predictions(step);
    RandomStream random = step.random(Purpose::kInterMix);
    const torch::Tensor soft = both.mixed(random);
    LossTerms terms;
    terms.add("scribble_ce", both.scribble_ce(strokes, options_.decoders));
    terms.add("pseudo_ce", both.mean([&](const torch::Tensor& logits) {
      return partial_cross_entropy_from_logits(
          options_.softmax == SoftmaxOf::kProbabilities ? logits.softmax(1) : logits, soft);
    }),
              options_.weight_pseudo);
    return terms;
  }

 private:
  DmspsOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry dmsps_method() {
  return {.name = "dmsps",
          .help = "DMSPS: two decoders, soft labels from a random mixture of their predictions",
          .options = [](bool /*prompts*/) { return AnyOptions(DmspsOptions{}); },
          .needs =
              [](const AnyOptions& options, const MethodContext&) {
                return two_decoder_needs(options.as<DmspsOptions>().decoders);
              },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<DmspsMethod>(options.as<DmspsOptions>(), context.classes);
          }};
}

}  // namespace medcl
