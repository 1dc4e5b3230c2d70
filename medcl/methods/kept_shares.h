// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much of what nobody annotated belongs to each class, as a run learns it batch by batch: the
// priors of nnPU and CVIR.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

/// From the network's scores (the best bin), as among the strokes, or as the user says.
enum class ShareSource { kScores, kStrokes, kGiven };
inline const Choices<ShareSource>& choices(ShareSource) {
  static const Choices<ShareSource> kAll{{"scores", ShareSource::kScores},
                                         {"strokes", ShareSource::kStrokes},
                                         {"given", ShareSource::kGiven}};
  return kAll;
}

struct KeptShareOptions {
  ShareSource source = ShareSource::kScores;
  std::vector<std::string> given;  ///< of ShareSource::kGiven, background first
  double momentum = 0.99;          ///< of the mean over batches
  void describe(OptionTable table);
};

/// The buffer "share_k" (float32) is the state of a run; a share is -1 before its class was seen.
class KeptSharesImpl : public torch::nn::Module {
 public:
  /// @throws Error(kUsage) unless given shares are `classes` numbers from 0 to 1.
  KeptSharesImpl(const KeptShareOptions& options, std::int64_t classes);

  /// Takes in a batch: scores are probabilities or anything that orders pixels alike. A class
  /// without strokes in the batch stays as it is; one that is seen for the first time begins with
  /// its share of the strokes.
  void see(const torch::Tensor& score_bks, const torch::Tensor& target_bks);
  /// Of a class; 0 before it was seen.
  [[nodiscard]] double share(std::int64_t k) const;
  [[nodiscard]] torch::Tensor share_k() const { return share_k_.clamp_min(0); }

 private:
  void see_class(std::int64_t k, const torch::Tensor& score_bs, const torch::Tensor& positive_bs,
                 const torch::Tensor& unlabelled_bs, float share_of_strokes);

  KeptShareOptions options_;
  torch::Tensor share_k_;
};
TORCH_MODULE(KeptShares);

}  // namespace medcl
