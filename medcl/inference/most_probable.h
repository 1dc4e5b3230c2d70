// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace medcl {

/// Class `c` where its probability exceeds the best so far, which it then becomes. Called for one
/// class after the other, with `best` below 0 at first, the first of equally probable ones stays.
/// All spans are of the same pixels.
inline void keep_most_probable(std::span<const float> probability, std::uint8_t c,
                               std::span<float> best, std::span<std::uint8_t> classes) {
  for (std::size_t i = 0; i < probability.size(); ++i) {
    const bool exceeds = probability[i] > best[i];
    best[i] = exceeds ? probability[i] : best[i];
    classes[i] = exceeds ? c : classes[i];
  }
}

}  // namespace medcl
