// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/prompt_source.h"

#include <algorithm>

namespace medcl {
namespace {

/// Both ends of a box along one axis of a tile, as shares of it; no box where `low` = `high`.
struct Ends {
  double low = 0, high = 0;
};

Ends ends_in_tile(std::int64_t first, std::int64_t last, std::int64_t start, std::int64_t length,
                  bool mirrored) {
  const auto low = static_cast<double>(std::clamp<std::int64_t>(first - start, 0, length));
  const auto high = static_cast<double>(std::clamp<std::int64_t>(last - start, 0, length));
  const auto whole = static_cast<double>(length);
  return mirrored ? Ends{1 - high / whole, 1 - low / whole} : Ends{low / whole, high / whole};
}

}  // namespace

ClassPrompts OwnBoxes::of(const TileView& /*view*/) const {
  return {.first_pass = first_pass_, .margin = margin_};
}

ClassPrompts GivenBoxes::of(const TileView& view) const {
  const auto classes = static_cast<std::int64_t>(boxes_.front().size());
  ClassPrompts prompts{.box_bm4 = torch::zeros({view.slices, classes, 4}),
                       .absent_bm = torch::zeros({view.slices, classes}, torch::kBool)};
  auto box = prompts.box_bm4.accessor<float, 3>();
  auto absent = prompts.absent_bm.accessor<bool, 2>();
  for (std::int64_t k = 0; k < view.slices; ++k) {
    const ClassBoxes& slice = boxes_.at(static_cast<std::size_t>(view.first_slice + k));
    for (std::int64_t m = 0; m < classes; ++m) {
      box[k][m][2] = box[k][m][3] = 1;
      const auto pixels = pixels_of(slice[static_cast<std::size_t>(m)], size_, view.plane);
      absent[k][m] = !pixels;
      if (!pixels) continue;
      const Ends x =
          ends_in_tile(pixels->left, pixels->right, view.left, view.tile.width, view.mirrored_x);
      const Ends y =
          ends_in_tile(pixels->top, pixels->bottom, view.top, view.tile.height, view.mirrored_y);
      absent[k][m] = x.low >= x.high || y.low >= y.high;
      if (absent[k][m]) continue;
      const double edges[4] = {x.low, y.low, x.high, y.high};
      for (std::int64_t n = 0; n < 4; ++n) box[k][m][n] = static_cast<float>(edges[n]);
    }
  }
  return prompts;
}

}  // namespace medcl
