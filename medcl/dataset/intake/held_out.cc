// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/held_out.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace medcl {
namespace {

/// Annotated slice -> the values in it.
using ValuesBySlice = std::map<std::int64_t, std::set<std::int32_t>>;

ValuesBySlice annotated_slices(const Labels& labels, std::size_t axis, std::int32_t ignore) {
  ValuesBySlice slices;
  const Size3& size = labels.geometry.size;
  for (std::size_t v = 0; v < labels.voxels.size(); ++v) {
    if (labels.voxels[v] == ignore) continue;
    const auto voxel = static_cast<std::int64_t>(v);
    const std::int64_t at = axis == 0   ? voxel % size[0]
                            : axis == 1 ? voxel / size[0] % size[1]
                                        : voxel / (size[0] * size[1]);
    slices[at].insert(labels.voxels[v]);
  }
  return slices;
}

template <typename Iterator>
std::set<std::int32_t> values_in(Iterator begin, Iterator end) {
  std::set<std::int32_t> values;
  for (; begin != end; ++begin) values.insert(begin->second.begin(), begin->second.end());
  return values;
}

}  // namespace

std::optional<Cut> cut_to_hold_out(const Labels& labels, std::size_t axis, std::int32_t ignore,
                                   double share) {
  const ValuesBySlice slices = annotated_slices(labels, axis, ignore);
  if (slices.size() < 2) return std::nullopt;
  const std::set<std::int32_t> all = values_in(slices.begin(), slices.end());
  const auto held =
      std::clamp<std::ptrdiff_t>(std::lround(share * static_cast<double>(slices.size())), 1,
                                 static_cast<std::ptrdiff_t>(slices.size()) - 1);
  std::optional<Cut> best;
  std::size_t most = 0;
  for (const bool end : {true, false}) {
    const auto border = end ? std::prev(slices.end(), held) : std::next(slices.begin(), held);
    const auto kept = end ? values_in(slices.begin(), border) : values_in(border, slices.end());
    const auto judged = end ? values_in(border, slices.end()) : values_in(slices.begin(), border);
    if (kept != all || (best && judged.size() <= most)) continue;
    const std::int64_t before = std::prev(border)->first, behind = border->first;
    best = Cut{axis, (before + behind + 1) / 2, end};
    most = judged.size();
  }
  return best;
}

}  // namespace medcl
