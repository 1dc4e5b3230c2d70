// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/resize_labels.h"

#include <algorithm>
#include <array>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// The old pixels that overlap a new one along one axis.
struct Overlap {
  std::int64_t first = 0;
  std::vector<std::int64_t> lengths;  ///< in 1/to old pixels, so that all are whole numbers
  std::vector<bool> belongs;          ///< the centre of the old pixel lies in the new one
};

Overlap shrinking(std::int64_t index, std::int64_t from, std::int64_t to) {
  const std::int64_t begin = index * from, end = begin + from;
  Overlap overlap{.first = begin / to, .lengths = {}, .belongs = {}};
  for (std::int64_t old = overlap.first; old * to < end; ++old) {
    overlap.lengths.push_back(std::min(end, (old + 1) * to) - std::max(begin, old * to));
    const std::int64_t twice_centre = (2 * old + 1) * to;
    overlap.belongs.push_back(twice_centre >= 2 * begin && twice_centre < 2 * end);
  }
  return overlap;
}

Overlap enlarging(std::int64_t index, std::int64_t from, std::int64_t to) {
  return {.first = (2 * index + 1) * from / (2 * to), .lengths = {1}, .belongs = {true}};
}

std::vector<Overlap> overlaps(std::int64_t from, std::int64_t to) {
  std::vector<Overlap> all;
  for (std::int64_t index = 0; index < to; ++index) {
    all.push_back(to > from ? enlarging(index, from, to) : shrinking(index, from, to));
  }
  return all;
}

/// Areas of the classes in one new pixel.
class Vote {
 public:
  void add(std::uint8_t value, std::int64_t area, bool belongs) {
    if (area_[value] == 0) values_.push_back(value);
    area_[value] += area;
    belongs_[value] = belongs_[value] || belongs;
  }

  /// The winner; forgets all votes.
  std::uint8_t take(std::uint8_t unset) {
    std::uint8_t best = unset;
    for (const std::uint8_t value : values_) {
      if (value != unset && belongs_[value] && (best == unset || beats(value, best))) best = value;
    }
    for (const std::uint8_t value : values_) {
      area_[value] = 0;
      belongs_[value] = false;
    }
    values_.clear();
    return best;
  }

 private:
  [[nodiscard]] bool beats(std::uint8_t a, std::uint8_t b) const {
    if (area_[a] != area_[b]) return area_[a] > area_[b];
    if ((a == 0) != (b == 0)) return a != 0;
    return a < b;
  }

  std::array<std::int64_t, 256> area_{};
  std::array<bool, 256> belongs_{};
  std::vector<std::uint8_t> values_;
};

}  // namespace

void resize_labels(std::span<const std::uint8_t> source, const PlaneSize& from,
                   std::span<std::uint8_t> output, const PlaneSize& to, std::uint8_t unset) {
  check(from.count() > 0 && static_cast<std::int64_t>(source.size()) == from.count() &&
            static_cast<std::int64_t>(output.size()) == to.count(),
        "labels do not fit their size");
  const std::vector<Overlap> columns = overlaps(from.width, to.width);
  const std::vector<Overlap> rows = overlaps(from.height, to.height);
  Vote vote;
  std::uint8_t* pixel = output.data();
  for (const Overlap& row : rows) {
    for (const Overlap& column : columns) {
      for (std::size_t y = 0; y < row.lengths.size(); ++y) {
        const std::int64_t line = row.first + static_cast<std::int64_t>(y);
        const std::uint8_t* old = source.data() + line * from.width + column.first;
        for (std::size_t x = 0; x < column.lengths.size(); ++x) {
          vote.add(*old++, row.lengths[y] * column.lengths[x], row.belongs[y] && column.belongs[x]);
        }
      }
      *pixel++ = vote.take(unset);
    }
  }
}

}  // namespace medcl
