// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/agreement.h"

#include <limits>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? kNan : static_cast<double>(part) / static_cast<double>(whole);
}

/// Voxels of each class in both segmentations together, and in both at once.
struct PairCounts {
  std::vector<std::int64_t> sum, both;
};

PairCounts count_pair(Segmentation a, Segmentation b, std::size_t classes) {
  check(a.size() == b.size(), "segmentations of one case have one size");
  PairCounts counts{.sum = std::vector<std::int64_t>(classes, 0),
                    .both = std::vector<std::int64_t>(classes, 0)};
  for (std::size_t voxel = 0; voxel < a.size(); ++voxel) {
    ++counts.sum[a[voxel]];
    ++counts.sum[b[voxel]];
    if (a[voxel] == b[voxel]) ++counts.both[a[voxel]];
  }
  return counts;
}

}  // namespace

std::vector<double> mean_pair_dice(const std::vector<Segmentation>& segmentations,
                                   std::int64_t class_count, std::int64_t of) {
  const auto classes = static_cast<std::size_t>(class_count);
  const auto chosen = static_cast<std::size_t>(of);
  std::vector<double> dice(classes, 0);
  std::vector<bool> shown(classes, false);
  int pairs = 0;
  for (std::size_t i = 0; i < segmentations.size(); ++i) {
    for (std::size_t j = i + 1; j < segmentations.size(); ++j) {
      if (of >= 0 && i != chosen && j != chosen) continue;
      const PairCounts counts = count_pair(segmentations[i], segmentations[j], classes);
      ++pairs;
      for (std::size_t c = 1; c < classes; ++c) {
        shown[c] = shown[c] || counts.sum[c] > 0;
        dice[c] += counts.sum[c] > 0 ? ratio(2 * counts.both[c], counts.sum[c]) : 1.0;
      }
    }
  }
  check(pairs > 0, "agreement needs two segmentations");
  std::vector<double> means;
  for (std::size_t c = 1; c < classes; ++c) means.push_back(shown[c] ? dice[c] / pairs : kNan);
  return means;
}

void StrokeCounts::add(const StrokeCounts& other) {
  drawn += other.drawn;
  found += other.found;
  claimed += other.claimed;
}

double StrokeCounts::recall() const { return ratio(found, drawn); }

double StrokeCounts::precision() const { return ratio(found, claimed); }

double StrokeCounts::dice() const { return drawn == 0 ? kNan : ratio(2 * found, drawn + claimed); }

std::vector<StrokeCounts> count_strokes(Segmentation predicted, Segmentation strokes,
                                        std::int64_t class_count) {
  check(predicted.size() == strokes.size(), "strokes lie on the grid of the prediction");
  std::vector<StrokeCounts> counts(static_cast<std::size_t>(class_count));
  for (std::size_t voxel = 0; voxel < strokes.size(); ++voxel) {
    if (strokes[voxel] == kNotAnnotated) continue;
    ++counts[strokes[voxel]].drawn;
    ++counts[predicted[voxel]].claimed;
    if (predicted[voxel] == strokes[voxel]) ++counts[predicted[voxel]].found;
  }
  counts.erase(counts.begin());
  return counts;
}

}  // namespace medcl
