// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the anatomy of a slice is and how large it is, and how the classes are distributed there.
//
// Source: own construction, after MedCL, Sec. 2.2 and Eq. (4)-(5). The codes of the paper are sums
// over pixels of a crop, so that the same organ in two crops has codes that share nothing. In the
// frame of its own foreground (centre, root mean square radius) it has: the centre a_i* of Eq. (4)
// becomes a map of how likely class i is at each place of the frame. As a prior on a target this
// can take foreground away and shift it between classes; nothing in it pays for new foreground.
//
// Shape suffixes: b = batch, k = m + 1 classes, background first, m = classes without it, h w =
// rows and columns of a slice, g = cells of the frame along one side.

#include <torch/torch.h>

#include <cstdint>

namespace medcl {

/// For each image: the centre and the radius of its foreground, in pixels, and whether there is
/// enough of it, far enough from the edge of the crop, to speak of a frame.
struct AnatomyFrame {
  torch::Tensor x_b, y_b, radius_b;  ///< float32; pixel centres at whole numbers
  torch::Tensor found_b;             ///< bool

  /// The frame of probabilities [b, k, h, w]: mean shift with a window of 1.5 radii around the
  /// squared probability of all classes but the background, so that far blobs drop out. Found where
  /// the squared foreground in the window is 15 pixels at least and a radius around the centre lies
  /// in the image. No gradient.
  static AnatomyFrame of(const torch::Tensor& prob_bkhw);
};

struct AnatomyPriorOptions {
  double strength = 0.5;     ///< exponent of the prior, for a class that has a fixed place
  double decay = 0.98;       ///< of the running sums, per update
  std::int64_t updates = 5;  ///< before the prior speaks
};

/// The distribution of each class in the frame, learned from targets as training goes on. Its
/// buffers are state: a run that goes on must keep them.
class AnatomyPrior : public torch::nn::Module {
 public:
  static constexpr std::int64_t kCells = 16;  ///< along a side of the frame
  static constexpr double kExtent = 2.2;      ///< half of that side, in radii

  /// `classes`: m + 1.
  AnatomyPrior(std::int64_t classes, const AnatomyPriorOptions& options);

  /// Takes the images with `usable_b` and a frame into the distribution. prob_bkhw: probabilities
  /// whose strokes are right; a class that no pixel has with more than .5 says nothing about how
  /// compact it is. No gradient.
  void update(const torch::Tensor& prob_bkhw, const AnatomyFrame& frame,
              const torch::Tensor& usable_b);

  /// q'_i ~ q_i (pi_i + .02)^(strength rho_i), the background with the mean of rho; images without
  /// a frame, and all before enough updates, as they are. Sums to 1 over k; outside the frame only
  /// the background is likely. No gradient.
  [[nodiscard]] torch::Tensor apply(const torch::Tensor& prob_bkhw,
                                    const AnatomyFrame& frame) const;

  /// Mean cosine between the maps of a class in two images, from 0 (it has no place) to 1: [m].
  [[nodiscard]] torch::Tensor fixedness_m() const;
  /// How likely each class is in each cell: [m, g, g].
  [[nodiscard]] torch::Tensor distribution_mgg() const;

 private:
  AnatomyPriorOptions options_;
  torch::Tensor mass_mgg_, seen_gg_;     ///< running sums of probabilities and of pixels seen
  torch::Tensor unit_mgg_, unit_sum_m_;  ///< the same of maps of unit length, and their number
  torch::Tensor updates_;                ///< int64 scalar
};

}  // namespace medcl
