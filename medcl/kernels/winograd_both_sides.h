// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which transforms of winograd_transforms.h the two sides of a tile take. Internal to the
// winograd_avx*.cc files.

#include "medcl/kernels/winograd_transforms.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// A transform along the columns of a patch and one along its rows.
template <typename Vertical, typename Horizontal>
struct Both {
  static constexpr int kFrom = Vertical::kFrom * Horizontal::kFrom,
                       kTo = Vertical::kTo * Horizontal::kTo;

  /// from [Vertical::kFrom, Horizontal::kFrom] -> to [Vertical::kTo, Horizontal::kTo]
  MEDCL_TARGET_INLINE static void apply(const Floats* from, Floats* to) {
    Floats half_way[Vertical::kTo * Horizontal::kFrom];
#pragma GCC unroll 6
    for (int column = 0; column < Horizontal::kFrom; ++column) {
      Vertical::apply(from + column, Horizontal::kFrom, half_way + column, Horizontal::kFrom);
    }
#pragma GCC unroll 6
    for (int row = 0; row < Vertical::kTo; ++row) {
      Horizontal::apply(half_way + row * Horizontal::kFrom, 1, to + row * Horizontal::kTo, 1);
    }
  }
};

/// Calls `call` with what transforms the columns of a tile of that kind, and its rows.
template <typename Call>
void for_kind(Kind kind, const Call& call) {
  switch (kind) {
    case Kind::kTwoByFour:
      return call(Two{}, Four{});
    case Kind::kFour:
      return call(Four{}, Four{});
    case Kind::kUp:
      return call(Up{}, Up{});
    case Kind::kDown:
      return call(Down{}, Down{});
  }
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
