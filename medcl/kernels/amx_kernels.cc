// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_kernels.h"

#include "medcl/kernels/amx_loops.h"
#include "medcl/kernels/amx_tiles.h"

#ifdef MEDCL_HAS_WINOGRAD

#include <array>

namespace medcl::fast::amx {
namespace {

/// Of the instruction that configures the tiles.
struct alignas(64) Configuration {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};
};

MEDCL_AMX void begin() {
  Configuration all;
  for (int tile = 0; tile < 8; ++tile) {
    all.row_bytes[tile] = kRowBytes;
    all.rows[tile] = kRows;
  }
  MEDCL_AMX_FENCE;
  _tile_loadconfig(&all);
}

MEDCL_AMX void end() { _tile_release(); }

}  // namespace

const Loops* loops() {
  static const Loops all = {.begin = &begin,
                            .end = &end,
                            .pack_kernel = &pack_kernel,
                            .pack_transposed_kernel = &pack_transposed_kernel,
                            .make_results = &make_results,
                            .interleave = &interleave,
                            .transpose = &transpose,
                            .add_products = &add_products};
  static const bool is_usable = winograd::has_matrix_units();
  return is_usable ? &all : nullptr;
}

}  // namespace medcl::fast::amx

#else

namespace medcl::fast::amx {

const Loops* loops() { return nullptr; }

}  // namespace medcl::fast::amx

#endif
