// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/components.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// Offsets to the neighbours that come earlier in memory.
std::vector<std::array<int, 3>> earlier_neighbours(Connectivity connectivity) {
  std::vector<std::array<int, 3>> offsets;
  for (int dk = -1; dk <= 0; ++dk) {
    for (int dj = -1; dj <= 1; ++dj) {
      for (int di = -1; di <= 1; ++di) {
        const bool earlier = dk < 0 || (dj < 0 || (dj == 0 && di < 0));
        const bool face = std::abs(dk) + std::abs(dj) + std::abs(di) == 1;
        if (earlier && (face || connectivity == Connectivity::kFull)) {
          offsets.push_back({di, dj, dk});
        }
      }
    }
  }
  return offsets;
}

class UnionFind {
 public:
  std::int32_t make() {
    parent_.push_back(static_cast<std::int32_t>(parent_.size()));
    return parent_.back();
  }
  std::int32_t find(std::int32_t node) {
    while (parent_[node] != node) {
      parent_[node] = parent_[parent_[node]];
      node = parent_[node];
    }
    return node;
  }
  /// Final numbers 1, 2, ... of all nodes in place of their parents, roots in the order of their
  /// making; node 0 stays 0. Returns how many there are; nothing else may be called after it.
  std::int32_t number() {
    std::int32_t count = 0;
    for (std::size_t node = 1; node < parent_.size(); ++node) {
      std::int32_t& parent = parent_[node];
      const bool is_root = parent == static_cast<std::int32_t>(node);
      parent = is_root ? ++count : parent_[static_cast<std::size_t>(parent)];
    }
    return count;
  }
  [[nodiscard]] std::int32_t number_of(std::int32_t node) const {
    return parent_[static_cast<std::size_t>(node)];
  }
  /// The smaller root wins, so that roots keep memory order.
  std::int32_t join(std::int32_t a, std::int32_t b) {
    a = find(a);
    b = find(b);
    return parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::int32_t> parent_;
};

/// Components of voxels that are not 0: of equal ones, or of any.
enum class Alike { kEqual, kAny };

Components components_of(std::span<const std::uint8_t> values, const Size3& size,
                         Connectivity connectivity, Alike alike) {
  check(static_cast<std::int64_t>(values.size()) == size[0] * size[1] * size[2],
        "connected components: voxels do not fit the size");
  const auto offsets = earlier_neighbours(connectivity);
  Components result{.label = std::vector<std::int32_t>(values.size(), 0), .voxel_counts = {}};
  UnionFind sets;
  sets.make();  // 0 = outside
  std::size_t voxel = 0;
  for (std::int64_t k = 0; k < size[2]; ++k) {
    for (std::int64_t j = 0; j < size[1]; ++j) {
      for (std::int64_t i = 0; i < size[0]; ++i, ++voxel) {
        if (values[voxel] == 0) {
          continue;
        }
        std::int32_t label = 0;
        for (const auto& [di, dj, dk] : offsets) {
          if (i + di < 0 || i + di >= size[0] || j + dj < 0 || j + dj >= size[1] || k + dk < 0) {
            continue;
          }
          const std::int64_t other = ((k + dk) * size[1] + j + dj) * size[0] + i + di;
          const std::uint8_t neighbour = values[static_cast<std::size_t>(other)];
          if (neighbour == values[voxel] || (alike == Alike::kAny && neighbour != 0)) {
            const std::int32_t found = result.label[static_cast<std::size_t>(other)];
            if (found == label) continue;
            label = label == 0 ? sets.find(found) : sets.join(label, found);
          }
        }
        result.label[voxel] = label == 0 ? sets.make() : label;
      }
    }
  }
  result.voxel_counts.resize(static_cast<std::size_t>(sets.number()), 0);
  for (std::int32_t& label : result.label) {
    if (label == 0) continue;
    label = sets.number_of(label);
    ++result.voxel_counts[static_cast<std::size_t>(label - 1)];
  }
  return result;
}

}  // namespace

Components connected_components(std::span<const std::uint8_t> mask, const Size3& size,
                                Connectivity connectivity) {
  return components_of(mask, size, connectivity, Alike::kAny);
}

void keep_largest_component(std::span<std::uint8_t> labels, const Size3& size) {
  const Components components = components_of(labels, size, Connectivity::kFull, Alike::kEqual);
  std::unordered_map<std::uint8_t, std::int32_t> largest;  // label value -> component
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    const std::int32_t component = components.label[voxel];
    if (component == 0) {
      continue;
    }
    std::int32_t& best = largest.try_emplace(labels[voxel], component).first->second;
    const auto count = [&](std::int32_t one) {
      return components.voxel_counts[static_cast<std::size_t>(one - 1)];
    };
    if (count(component) > count(best)) {
      best = component;
    }
  }
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (components.label[voxel] != 0 && components.label[voxel] != largest[labels[voxel]]) {
      labels[voxel] = 0;
    }
  }
}

void keep_largest_foreground(std::span<std::uint8_t> labels, const Size3& size) {
  const Components components = connected_components(labels, size);
  const auto& counts = components.voxel_counts;
  if (counts.empty()) return;
  const auto largest = static_cast<std::int32_t>(
      1 + (std::max_element(counts.begin(), counts.end()) - counts.begin()));
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (components.label[voxel] != largest) labels[voxel] = 0;
  }
}

}  // namespace medcl
