// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_ways.h"

namespace medcl::fast::winograd {
namespace {

std::vector<Kind> kinds_of(Pass pass, const Shape& shape, std::int64_t per_word) {
  if (shape.up) return {pass == Pass::kImageGradient ? Kind::kDown : Kind::kUp};
  // The transforms of the larger tile amplify rounding: not for products of bfloat16.
  if (per_word > 1) return {Kind::kTwo};
  return {Kind::kFour, Kind::kTwo};
}

}  // namespace

template <typename T>
std::vector<Way<T>> ways(Pass pass, const Shape& shape, std::int64_t in, std::int64_t out) {
  std::vector<Way<T>> result;
  for (const Loops<T>& l : loops<T>()) {
    if (in % l.panel != 0 || out % l.panel != 0) continue;
    for (const Kind kind : kinds_of(pass, shape, l.per_word)) result.push_back({kind, l});
  }
  return result;
}

template std::vector<Way<float>> ways(Pass, const Shape&, std::int64_t, std::int64_t);
template std::vector<Way<BFloat16>> ways(Pass, const Shape&, std::int64_t, std::int64_t);

}  // namespace medcl::fast::winograd
