// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/puzzle_mix.h"

#include <algorithm>
#include <cmath>

#include "medcl/mixing/assignment.h"
#include "medcl/mixing/block_cut.h"
#include "medcl/mixing/block_grid.h"

namespace medcl {
namespace {

using Values = std::vector<double>;

Values values_of(const torch::Tensor& tensor) {
  const torch::Tensor here = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {here.data_ptr<double>(), here.data_ptr<double>() + here.numel()};
}

/// log of the chance of `level` of `levels` under Binomial(levels, share).
double log_binomial(std::int64_t level, std::int64_t levels, double share) {
  const auto k = static_cast<double>(level), n = static_cast<double>(levels);
  const double p = std::clamp(share, 1e-6, 1 - 1e-6);
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
         (n - k) * std::log1p(-p);
}

/// An image and its partner: saliency and contents of their blocks.
struct Pair {
  std::int64_t grid, channels;
  Values own_saliency, other_saliency;  ///< [block]
  Values own_content, other_content;    ///< [channel][block]
  double share;

  [[nodiscard]] std::int64_t blocks() const { return grid * grid; }
  /// How different block p of the one image looks from block q of the other.
  [[nodiscard]] double difference(bool other_at_p, std::int64_t p, bool other_at_q,
                                  std::int64_t q) const {
    const Values &at_p = other_at_p ? other_content : own_content,
                 &at_q = other_at_q ? other_content : own_content;
    double sum = 0;
    for (std::int64_t c = 0; c < channels; ++c) {
      sum += std::abs(at_p[static_cast<std::size_t>(c * blocks() + p)] -
                      at_q[static_cast<std::size_t>(c * blocks() + q)]);
    }
    return sum / static_cast<double>(channels);
  }
};

class MaskEnergy {
 public:
  MaskEnergy(const PuzzleMixOptions& options, const Pair& pair)
      : options_(options),
        pair_(pair),
        energy_({.width = pair.grid, .height = pair.grid}, options.levels + 1) {
    for (std::int64_t block = 0; block < pair.blocks(); ++block) add_own(block);
    largest_ = 0;
    for_each_pair([&](auto&, std::int64_t p, std::int64_t q) {
      for (const bool a : {false, true}) {
        for (const bool b : {false, true}) {
          largest_ = std::max(largest_, pair.difference(a, p, b, q));
        }
      }
    });
    for_each_pair([&](Values& pairs, std::int64_t p, std::int64_t q) { add_pair(pairs, p, q); });
  }

  /// The share of the own image in each block.
  [[nodiscard]] Values least() const {
    Values share;
    for (const std::int64_t level : least_energy_labels(energy_)) share.push_back(amount(level));
    return share;
  }

 private:
  [[nodiscard]] double amount(std::int64_t level) const {
    return static_cast<double>(level) / static_cast<double>(options_.levels);
  }
  [[nodiscard]] double per_block(double weight) const {
    return weight / static_cast<double>(pair_.blocks());
  }

  template <typename Visit>
  void for_each_pair(const Visit& visit) {
    for (std::int64_t block = 0; block < pair_.blocks(); ++block) {
      if (block % pair_.grid + 1 < pair_.grid) visit(energy_.right, block, block + 1);
      if (block / pair_.grid + 1 < pair_.grid) visit(energy_.below, block, block + pair_.grid);
    }
  }

  void add_own(std::int64_t block) {
    const auto n = static_cast<std::size_t>(block);
    for (std::int64_t level = 0; level <= options_.levels; ++level) {
      const double z = amount(level);
      energy_.own_cost(block, level) =
          -(z * pair_.own_saliency[n] + (1 - z) * pair_.other_saliency[n]) -
          per_block(options_.prior) * log_binomial(level, options_.levels, pair_.share);
    }
  }

  void add_pair(Values& pairs, std::int64_t p, std::int64_t q) {
    const auto unlike = [&](bool other_at_p, bool other_at_q) {
      return largest_ > 0 ? pair_.difference(other_at_p, p, other_at_q, q) / largest_ : 0;
    };
    for (std::int64_t i = 0; i <= options_.levels; ++i) {
      for (std::int64_t j = 0; j <= options_.levels; ++j) {
        const double a = amount(i), b = amount(j);
        const double local = a * b * unlike(false, false) + a * (1 - b) * unlike(false, true) +
                             (1 - a) * b * unlike(true, false) +
                             (1 - a) * (1 - b) * unlike(true, true);
        energy_.pair_cost(pairs, p, i, j) =
            per_block(options_.smoothness) * (a - b) * (a - b) + per_block(options_.local) * local;
      }
    }
  }

  const PuzzleMixOptions& options_;
  const Pair& pair_;
  GridEnergy energy_;
  double largest_ = 0;  ///< difference of neighbours
};

/// Which block each block shows, so that much is shown of what matters and little is moved far.
std::vector<std::int64_t> transport(const PuzzleMixOptions& options, const Values& share,
                                    const Values& saliency, std::int64_t grid) {
  const std::int64_t count = grid * grid;
  Values cost(static_cast<std::size_t>(count * count));
  for (std::int64_t to = 0; to < count; ++to) {
    for (std::int64_t from = 0; from < count; ++from) {
      const auto rows = static_cast<double>(to / grid - from / grid) / static_cast<double>(grid);
      const auto columns = static_cast<double>(to % grid - from % grid) / static_cast<double>(grid);
      cost[static_cast<std::size_t>(to * count + from)] =
          options.transport_cost * (rows * rows + columns * columns) -
          share[static_cast<std::size_t>(to)] * saliency[static_cast<std::size_t>(from)];
    }
  }
  return cheapest_assignment(cost, count);
}

torch::Tensor weighted(const torch::Tensor& own, const torch::Tensor& other,
                       const torch::Tensor& share_b1s) {
  return other + share_b1s * (own - other);
}

}  // namespace

void PuzzleMixOptions::describe(OptionTable table) {
  table.add("levels", levels, "a block shows a multiple of 1 / levels of an image", 1, 16);
  table.add("smoothness", smoothness, "cost of neighbouring blocks that show unlike shares", 0,
            100);
  table.add("local", local, "cost of neighbouring blocks whose contents differ", 0, 100);
  table.add("prior", prior, "weight of the share that was drawn", 0, 100);
  table.add("transport", transport,
            "blocks move to where they are shown: not, with their labels, or (published code) "
            "without");
  table.add("transport_cost", transport_cost, "cost of moving a block by the side of the image", 0,
            100);
}

torch::Tensor PuzzleMix::mix(const torch::Tensor& maps_bcs) const {
  const torch::Tensor other = maps_bcs.index_select(0, partner_b);
  const torch::Tensor share = share_b1s.to(maps_bcs.scalar_type());
  if (!own_bn.defined()) return weighted(maps_bcs, other, share);
  return weighted(moved_blocks(maps_bcs, own_bn, grid), moved_blocks(other, other_bn, grid), share);
}

torch::Tensor PuzzleMix::mix_annotation(const torch::Tensor& target_bks) const {
  if (moves_annotation) return mix(target_bks);
  return weighted(target_bks, target_bks.index_select(0, partner_b), share_b1s);
}

PuzzleMix puzzle_mix(const PuzzleMixOptions& options, const torch::Tensor& image_bcs,
                     const torch::Tensor& saliency_bn, std::int64_t grid,
                     const InterMixDraw& pairs) {
  const bool moves = options.transport != BlockTransport::kNone;
  const torch::Tensor content = block_means(image_bcs, grid).cpu(), saliency = saliency_bn.cpu(),
                      partner = pairs.partner_b.cpu(), share = pairs.beta_b.cpu();
  std::vector<torch::Tensor> share_n, own_n, other_n;
  for (std::int64_t b = 0; b < image_bcs.size(0); ++b) {
    const auto other = partner[b].item<std::int64_t>();
    const Pair pair{grid,
                    image_bcs.size(1),
                    values_of(saliency[b]),
                    values_of(saliency[other]),
                    values_of(content[b]),
                    values_of(content[other]),
                    share[b].item<double>()};
    const Values shown = MaskEnergy(options, pair).least();
    share_n.push_back(torch::tensor(shown, torch::kFloat32));
    if (!moves) continue;
    Values rest;
    for (const double z : shown) rest.push_back(1 - z);
    own_n.push_back(torch::tensor(transport(options, shown, pair.own_saliency, grid)));
    other_n.push_back(torch::tensor(transport(options, rest, pair.other_saliency, grid)));
  }
  const auto there = [&](const std::vector<torch::Tensor>& of_images) {
    return torch::stack(of_images).to(image_bcs.device());
  };
  PuzzleMix mix{pairs.partner_b,
                pixels_of_blocks(there(share_n), grid, image_bcs),
                grid,
                {},
                {},
                options.transport != BlockTransport::kImageAlone};
  if (moves) {
    mix.own_bn = there(own_n);
    mix.other_bn = there(other_n);
  }
  return mix;
}

}  // namespace medcl
