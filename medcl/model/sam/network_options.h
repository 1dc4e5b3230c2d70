// SPDX-License-Identifier: Apache-2.0
#pragma once

// Options of SAM as a network. The names of MedCL's options are those of a small random SAM; with
// a checkpoint its sizes replace them (settle).

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/model/network.h"

namespace medcl::sam {

/// Shifts of boxes are stated in pixels of an image of this side, that of the published models.
inline constexpr double kPublishedSide = 1024;

/// What a mask is asked for with.
enum class PromptKind { kBoxAndText, kBox, kText };
inline const Choices<PromptKind>& choices(PromptKind) {
  static const Choices<PromptKind> kAll{{"box_and_text", PromptKind::kBoxAndText},
                                        {"box", PromptKind::kBox},
                                        {"text", PromptKind::kText}};
  return kAll;
}

/// What the weights expect: 0 to 1 (MedSAM) or ImageNet statistics (SAM).
enum class Intensity { kMedsam, kSam };
inline const Choices<Intensity>& choices(Intensity) {
  static const Choices<Intensity> kAll{{"medsam", Intensity::kMedsam}, {"sam", Intensity::kSam}};
  return kAll;
}

/// Against the classes, see class_scores (network.h).
enum class Background { kSoftmax, kOneMinusMax, kOneMinusMaxExclusive };
inline const Choices<Background>& choices(Background) {
  static const Choices<Background> kAll{
      {"softmax", Background::kSoftmax},
      {"one_minus_max", Background::kOneMinusMax},
      {"one_minus_max_exclusive", Background::kOneMinusMaxExclusive}};
  return kAll;
}

struct SamNetworkOptions {
  std::string checkpoint;  ///< SAM or MedSAM weights; empty: random weights of the sizes below
  std::string clip;        ///< CLIP weights; empty: random text features
  std::string merges;      ///< CLIP's list of merges; needed with `clip`
  /// Words for each foreground class, alternatives separated by '|'; empty: the names of
  /// dataset.json.
  std::vector<std::string> texts;
  std::int64_t image_size = 1024;  ///< side of the model input, a multiple of the patch
  PromptKind prompts = PromptKind::kBoxAndText;
  Intensity intensity = Intensity::kMedsam;
  Background background = Background::kSoftmax;
  /// Side of the piece of a slice that is segmented at once: 0 = as large as the training crops
  /// (settled to their size), -1 = the whole slice.
  std::int64_t tile = 0;
  std::int64_t encoder_width = 768, encoder_depth = 12, encoder_heads = 12;
  std::int64_t encoder_patch = 16;
  std::int64_t encoder_grid = 0;  ///< patches per side of the position tables; 0: as the image has
  std::int64_t encoder_window = 14;  ///< patches; 0: every block looks at the whole image
  std::int64_t adapter_rank = 0;  ///< of trained low-rank additions to the encoder; 0: it is frozen
  std::int64_t decoder_width = 256;  ///< channels of a token, a multiple of 16
  std::int64_t text_width = 512;     ///< channels of a text feature
  void describe(OptionTable table);

  /// Rows and columns of the mask logits.
  [[nodiscard]] std::int64_t logit_side() const { return 4 * (image_size / encoder_patch); }
  /// The same network, to be filled with weights and text features that are at hand.
  [[nodiscard]] SamNetworkOptions without_files() const;
};

NetworkTraits traits_of(const SamNetworkOptions& options);

/// Takes the sizes of the checkpoint and of CLIP, checks that sizes fit together and sets `tile`.
/// @throws Error(kUsage), Error(kIo) or Error(kModelMismatch) for files that are not what they
/// should be.
void settle(SamNetworkOptions& options, std::int64_t crop_size);

}  // namespace medcl::sam
