// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_passes.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace medcl::fast::winograd {
namespace {

/// Tiles whose transforms and products stay in a core's cache while results are made of them.
constexpr std::int64_t kTilesOfResults = 96;
/// Tiles whose transforms are kept at a time for the gradient of a kernel, by what they take.
constexpr std::int64_t kLeastTilesOfGradient = 256, kMostTilesOfGradient = 1024;
constexpr std::int64_t kTileChannelsOfGradient = 131072;
/// Pairs of tiles summed in registers before the next go to the sum in memory.
constexpr std::int64_t kPairsAtOnce = 128;
/// Pairs of tiles whose gradients are summed on their own; a constant, so that sums do not depend
/// on threads.
constexpr std::int64_t kPairsOfChunk = 16;

const BFloat16* values_of(const torch::Tensor& x) {
  return reinterpret_cast<const BFloat16*>(x.data_ptr<at::BFloat16>());
}

/// Scratch memory; libtorch's allocator hands freed blocks out again.
template <typename T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : bytes_(torch::empty({count * static_cast<std::int64_t>(sizeof(T))}, torch::kUInt8)) {}
  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(bytes_.data_ptr<std::uint8_t>()); }

 private:
  torch::Tensor bytes_;
};

Tiling tiling_of(const torch::Tensor& x_bchw, const Shape& shape) {
  const std::int64_t height = x_bchw.size(2), width = x_bchw.size(3), grown = 2 * shape.padding - 2;
  if (shape.kind == Kind::kUp) return {shape.kind, height, width, 2 * height, 2 * width, 1};
  if (shape.kind == Kind::kDown) return {shape.kind, height, width, height / 2, width / 2, 1};
  return {shape.kind, height, width, height + grown, width + grown, shape.padding};
}

/// As many tiles at a time as stay in the cache and as share the work evenly among the threads.
std::int64_t tiles_at_once(std::int64_t tiles) {
  const std::int64_t rounds = at::divup(tiles, at::get_num_threads() * kTilesOfResults);
  const std::int64_t even = at::divup(tiles, rounds * at::get_num_threads());
  return at::divup(even, kRows) * kRows;
}

/// That of the convolution from the gradient of the result to that of the image.
Shape transposed(const Shape& shape) {
  return shape.kind == Kind::kUp ? Shape{Kind::kDown, 1} : Shape{Kind::kSame, 2 - shape.padding};
}

using TransformKernel = void (*)(Kind, const Weight&, std::int64_t, Pair*);

/// `out` and `in`: of the convolution that the transformed kernel is for.
Scratch<Pair> transformed(Kind kind, const torch::Tensor& weight_oihw, std::int64_t out,
                          std::int64_t in, TransformKernel transform) {
  const Weight weight{weight_oihw.data_ptr<float>(), weight_oihw.size(0), weight_oihw.size(1)};
  const std::int64_t of_panel = positions_of(kind) * in / 2 * kPanel;
  const Scratch<Pair> kernels(out / kPanel * of_panel);
  at::parallel_for(0, out / kPanel, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      transform(kind, weight, panel, kernels.data() + panel * of_panel);
    }
  });
  return kernels;
}

/// `kernels`: transformed, of `out` channels made of those of `x_bchw`.
torch::Tensor convolve_with(const Pair* kernels, const torch::Tensor& x_bchw, std::int64_t out,
                            const float* bias, const Shape& shape) {
  const Tiling tiling = tiling_of(x_bchw, shape);
  const std::int64_t in = x_bchw.size(1), tiles = x_bchw.size(0) * tiling.per_image();
  const std::int64_t positions = tiling.positions();
  torch::Tensor y_bchw = torch::empty({x_bchw.size(0), out, tiling.out_height, tiling.out_width},
                                      x_bchw.options(), torch::MemoryFormat::ChannelsLast);
  auto* const y = reinterpret_cast<BFloat16*>(y_bchw.data_ptr<at::BFloat16>());
  const std::int64_t step = tiles_at_once(tiles);
  at::parallel_for(0, at::divup(tiles, step), 1, [&](std::int64_t begin, std::int64_t end) {
    // Rows past the last tile of the last block are multiplied too and never read.
    const Scratch<Pair> patches(positions * step * in / 2);
    const Scratch<float> products(positions * step * kPanel);
    for (std::int64_t block = begin; block < end; ++block) {
      const Range range{block * step, std::min(step, tiles - block * step)};
      transform_patches(tiling, values_of(x_bchw), in, range, patches.data());
      for (std::int64_t panel = 0; panel < out / kPanel; ++panel) {
        for (std::int64_t p = 0; p < positions; ++p) {
          const Rows rows{patches.data() + p * range.count * in / 2, in / 2, 1};
          multiply(rows, range.count, kernels + (panel * positions + p) * in / 2 * kPanel, in / 2,
                   /*accumulate=*/false, products.data() + p * range.count * kPanel, kPanel);
        }
        gather_results(tiling, products.data(), bias, out, panel, range, y);
      }
    }
  });
  return y_bchw;
}

/// sum [positions, O, I] (+)= dM x V of the tiles' positions, both in panels of channels.
void add_products(std::int64_t positions, const Pair* gradients, const Pair* patches,
                  std::int64_t out, std::int64_t in, std::int64_t pairs, bool accumulate,
                  float* sum) {
  const std::int64_t out_panels = out / kPanel, in_panels = in / kPanel;
  at::parallel_for(0, positions * in_panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t p = item / in_panels, in_panel = item % in_panels;
      const Pair* const v = patches + item * pairs * kPanel;
      for (std::int64_t first = 0; first < pairs; first += kPairsAtOnce) {
        for (std::int64_t out_panel = 0; out_panel < out_panels; ++out_panel) {
          const Pair* const m = gradients + ((p * out_panels + out_panel) * pairs + first) * kPanel;
          multiply({m, 1, kPanel}, kPanel, v + first * kPanel,
                   std::min(kPairsAtOnce, pairs - first), accumulate || first > 0,
                   sum + (p * out + out_panel * kPanel) * in + in_panel * kPanel, in);
        }
      }
    }
  });
}

}  // namespace

torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape) {
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  const Scratch<Pair> kernels = transformed(shape.kind, weight_oihw, out, in, &transform_kernel);
  return convolve_with(kernels.data(), x_bchw, out,
                       bias.defined() ? bias.data_ptr<float>() : nullptr, shape);
}

torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape) {
  const Shape back = transposed(shape);
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  const Scratch<Pair> kernels =
      transformed(back.kind, weight_oihw, in, out, &transform_transposed_kernel);
  return convolve_with(kernels.data(), dy_bchw, in, /*bias=*/nullptr, back);
}

KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape) {
  const Tiling tiling = tiling_of(x_bchw, shape);
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  const std::int64_t tiles = x_bchw.size(0) * tiling.per_image();
  const std::int64_t step = std::min(
      std::clamp(kTileChannelsOfGradient / (in + out), kLeastTilesOfGradient, kMostTilesOfGradient),
      at::divup(tiles, 2) * 2);
  const std::int64_t positions = tiling.positions();
  const Scratch<Pair> patches(positions * in * step / 2), gradients(positions * out * step / 2);
  const Scratch<float> products(positions * out * in);
  const std::int64_t chunks = at::divup(step / 2, kPairsOfChunk);
  const torch::Tensor sums = torch::zeros({chunks, out});
  for (std::int64_t first = 0; first < tiles; first += step) {
    at::parallel_for(0, chunks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        const PairRange range{first, step / 2, chunk * kPairsOfChunk,
                              std::min((chunk + 1) * kPairsOfChunk, step / 2)};
        transform_patch_pairs(tiling, values_of(x_bchw), in, range, tiles, patches.data());
        transform_gradient_pairs(tiling, values_of(dy_bchw), out, range, tiles, gradients.data(),
                                 sums.data_ptr<float>() + chunk * out);
      }
    });
    add_products(positions, gradients.data(), patches.data(), out, in, step / 2, first > 0,
                 products.data());
  }
  torch::Tensor gradient =
      torch::empty({out, in, 3, 3}, weight_oihw.options(), torch::MemoryFormat::ChannelsLast);
  at::parallel_for(0, out, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      gather_kernel_gradient(shape.kind, products.data(), out, in, row, gradient.data_ptr<float>());
    }
  });
  return {gradient, sums.sum(0)};
}

}  // namespace medcl::fast::winograd
