// SPDX-License-Identifier: Apache-2.0
// WSL4 (DMPLS): hard labels from the mixed predictions of two decoders teach both.
//
// Source: Luo et al., MICCAI 2022, Eq. (2)-(5). docs/reference/methods.md says what differs.
#include "medcl/methods/two_decoders.h"
#include "medcl/objective/pseudo_label.h"

namespace medcl {
namespace {

struct Wsl4Options {
  TwoDecoderOptions decoders;
  double weight_pseudo = 0.5;

  void describe(OptionTable table) {
    decoders.describe(table);
    table.add("weight.pseudo", weight_pseudo,
              "weight of the Dice loss on the labels that both decoders gave", 0, 1000);
  }
};

class Wsl4Method final : public Method {
 public:
  Wsl4Method(const Wsl4Options& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    const TwoPredictions both = two_predictions(step);
    RandomStream random = step.random(Purpose::kInterMix);
    const torch::Tensor labels = confident_labels(both.mixed(random), 0);
    LossTerms terms;
    terms.add("scribble_ce", both.scribble_ce(strokes, options_.decoders));
    terms.add("pseudo_dice", both.mean([&](const torch::Tensor& logits) {
      return squared_dice(logits.softmax(1), labels);
    }),
              options_.weight_pseudo);
    return terms;
  }

 private:
  Wsl4Options options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry wsl4_method() {
  return {.name = "wsl4",
          .help = "WSL4: two decoders, hard labels from a random mixture of their predictions",
          .options = [](bool /*prompts*/) { return AnyOptions(Wsl4Options{}); },
          .needs =
              [](const AnyOptions& options, const MethodContext&) {
                return two_decoder_needs(options.as<Wsl4Options>().decoders);
              },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Wsl4Method>(options.as<Wsl4Options>(), context.classes);
          }};
}

}  // namespace medcl
