// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/winograd_ways.h"

namespace medcl::fast::winograd {
namespace {

Kind kind_of(Pass pass, const Shape& shape, std::int64_t per_word) {
  if (shape.up) return pass == Pass::kImageGradient ? Kind::kDown : Kind::kUp;
  // The larger a tile, the more its transforms amplify the rounding of products.
  return per_word > 1 ? Kind::kTwoByFour : Kind::kFour;
}

}  // namespace

template <typename T>
std::vector<Way<T>> ways(Pass pass, const Shape& shape, std::int64_t in, std::int64_t out) {
  std::vector<Way<T>> result;
  for (const Loops<T>& l : loops<T>()) {
    if (in % l.panel != 0 || out % l.panel != 0) continue;
    result.push_back({kind_of(pass, shape, l.per_word), l});
  }
  return result;
}

template std::vector<Way<float>> ways(Pass, const Shape&, std::int64_t, std::int64_t);
template std::vector<Way<BFloat16>> ways(Pass, const Shape&, std::int64_t, std::int64_t);

}  // namespace medcl::fast::winograd
