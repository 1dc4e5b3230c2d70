// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the prompts of a network that is asked with them come from, tile by tile.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Fig. 4 (boxes of the image, of a first pass, of the
// reference).

#include <cstdint>

#include "medcl/image/resample.h"
#include "medcl/inference/slice_boxes.h"
#include "medcl/model/network.h"

namespace medcl {

/// The part of prepared slices that a network sees in one pass.
struct TileView {
  std::int64_t first_slice = 0, slices = 1;  ///< of the volume
  PlaneSize plane;                           ///< of the prepared slices
  std::int64_t left = 0, top = 0;            ///< of the tile in the plane
  PlaneSize tile;                            ///< may reach beyond the plane
  bool mirrored_x = false, mirrored_y = false;
};

class PromptSource {
 public:
  virtual ~PromptSource() = default;
  [[nodiscard]] virtual ClassPrompts of(const TileView& view) const = 0;
};

/// Boxes that the network makes of the image itself: the whole tile, or around what a first pass
/// finds there, with `margin` more on every side as a share of the tile.
class OwnBoxes final : public PromptSource {
 public:
  explicit OwnBoxes(bool first_pass, double margin = 0)
      : first_pass_(first_pass), margin_(margin) {}
  [[nodiscard]] ClassPrompts of(const TileView& view) const override;

 private:
  bool first_pass_;
  double margin_;
};

/// Boxes that are known, for slices of `size` as the network sees them. In a tile a box is the part
/// of it that lies in the tile; a class whose box has no part there is absent.
class GivenBoxes final : public PromptSource {
 public:
  /// `boxes` must outlive this object.
  GivenBoxes(const SliceBoxes& boxes, const Size3& size) : boxes_(boxes), size_(size) {}
  [[nodiscard]] ClassPrompts of(const TileView& view) const override;

 private:
  const SliceBoxes& boxes_;
  Size3 size_;
};

}  // namespace medcl
