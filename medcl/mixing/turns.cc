// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/turns.h"

#include "medcl/core/error.h"
#include "medcl/image/affine.h"
#include "medcl/mixing/map_extent.h"

namespace medcl {
namespace {

/// source = A * pixel in the coordinates of libtorch, in which the edges of an image lie at +-1.
torch::Tensor in_unit_coordinates(const Affine2& source_from_output, const PlaneSize& size) {
  const Affine2 pixel_from_unit{
      {{static_cast<double>(size.width) / 2, 0, static_cast<double>(size.width - 1) / 2},
       {0, static_cast<double>(size.height) / 2, static_cast<double>(size.height - 1) / 2}}};
  const Affine2 unit =
      compose(inverse(pixel_from_unit), compose(source_from_output, pixel_from_unit));
  return torch::tensor({unit[0][0], unit[0][1], unit[0][2], unit[1][0], unit[1][1], unit[1][2]},
                       torch::kFloat64)
      .view({2, 3});
}

}  // namespace

torch::Tensor Turns::turned(const torch::Tensor& maps_bcs, double sign) const {
  check(std::ssize(radians_) == maps_bcs.size(0), "an angle for every image");
  const PlaneSize plane = extent_of(maps_bcs).plane();
  std::vector<torch::Tensor> affine;
  for (const double angle : radians_) {
    affine.push_back(in_unit_coordinates(rotation_about_centre(plane, sign * angle), plane));
  }
  const torch::Tensor flat =
      maps_bcs.reshape({maps_bcs.size(0), -1, plane.height, plane.width});  // slices as channels
  const torch::Tensor grid = torch::affine_grid_generator(torch::stack(affine).to(flat.options()),
                                                          flat.sizes(), /*align_corners=*/false);
  constexpr std::int64_t kLinear = 0, kZeros = 0;
  return torch::grid_sampler(flat, grid, kLinear, kZeros, /*align_corners=*/false)
      .view(maps_bcs.sizes());
}

torch::Tensor Turns::there(const torch::Tensor& maps_bcs) const { return turned(maps_bcs, 1); }

torch::Tensor Turns::back(const torch::Tensor& maps_bcs) const { return turned(maps_bcs, -1); }

torch::Tensor Turns::kept(const torch::Tensor& like_bcs) const {
  const torch::NoGradGuard no_gradient;
  return back(there(torch::ones_like(like_bcs.narrow(1, 0, 1)))).gt(1 - 1e-4);
}

}  // namespace medcl
