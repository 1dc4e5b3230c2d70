// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_grid.h"

#include <algorithm>
#include <cstring>

namespace medcl::fast::amx {
namespace {

struct Range {
  std::int64_t first, last;
};

/// Along one side, the taps of three that fall together on a tap of a part of this parity.
Range taps_of(Kind kind, std::int64_t parity, std::int64_t tap) {
  switch (kind) {
    case Kind::kPlain:
      return {tap, tap};
    case Kind::kTurned:
      return {2 - tap, 2 - tap};
    case Kind::kUp:  // even pixels see the image before them once and at their place twice
      return parity == 0 ? (tap == 0 ? Range{0, 0} : Range{1, 2})
                         : (tap == 0 ? Range{0, 1} : Range{2, 2});
    case Kind::kDown:  // a pixel is seen by the results from one before its two to one behind
      return {std::max<std::int64_t>(2 - tap, 0), std::min<std::int64_t>(3 - tap, 2)};
  }
  return {};
}

std::int64_t groups_in(std::int64_t count) { return (count + kRows - 1) / kRows; }

/// Collects groups and what lies where.
struct Collector {
  const Grid& grid;
  std::int64_t rows;
  Groups groups{};

  void begin_group(std::int64_t pixel) {
    groups.pixels.push_back(pixel);
    groups.first_runs.push_back(static_cast<std::int64_t>(groups.runs.size()));
  }
  void add_run(std::int64_t first, std::int64_t count, std::int64_t row, std::int64_t column) {
    const std::int64_t step = grid.form().result_step;
    groups.runs.push_back({first, count, step * (row * grid.out_width() + column)});
  }

  void follow_rows() {
    const std::int64_t step = grid.form().image_step;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t column = 0; column < grid.columns(); column += kRows) {
        begin_group(step * (row * grid.pitch() + column));
        add_run(0, std::min(kRows, grid.columns() - column), row, column);
      }
    }
  }

  /// Positions between rows take part and are never read.
  void run_on(std::int64_t count) {
    const std::int64_t pitch = grid.pitch();
    for (std::int64_t group = 0; group < count; ++group) {
      begin_group(group * kRows);
      for (std::int64_t at = 0; at < kRows;) {
        const std::int64_t row = (group * kRows + at) / pitch,
                           column = (group * kRows + at) % pitch;
        const std::int64_t valid = std::min(kRows - at, grid.columns() - column);
        if (row < rows && valid > 0) add_run(at, valid, row, column);
        at += std::min(kRows - at, pitch - column);
      }
    }
  }

  void pad() {
    while (groups.pixels.size() % kGroupsAtOnce != 0) begin_group(groups.pixels.back());
    groups.first_runs.push_back(static_cast<std::int64_t>(groups.runs.size()));
  }
};

}  // namespace

TapSum tap_sum_of(Kind kind, std::int64_t part, std::int64_t row, std::int64_t column) {
  const Range rows = taps_of(kind, part / 2, row), columns = taps_of(kind, part % 2, column);
  return {rows.first, rows.last, columns.first, columns.last};
}

Groups groups_of(const Grid& grid, std::int64_t rows) {
  Collector collector{.grid = grid, .rows = rows};
  const std::int64_t following = rows * groups_in(grid.columns());
  const std::int64_t running_on = groups_in((rows - 1) * grid.pitch() + grid.columns());
  if (grid.form().image_step == 1 && running_on < following) {
    collector.run_on(running_on);
  } else {
    collector.follow_rows();
  }
  collector.pad();
  return std::move(collector.groups);
}

StagedRows padded_rows(const Grid& grid, const Images& images, std::int64_t image,
                       std::int64_t first, std::int64_t rows, std::int64_t pitch) {
  return {.image = images.values + image * grid.height * grid.width * images.channels,
          .height = grid.height,
          .width = grid.width,
          .channels = images.channels,
          .staged_channels = images.staged_channels,
          .row_step = 1,
          .pixel_step = 1,
          .first_row = first - grid.padding,
          .rows = rows,
          .padding = grid.padding,
          .pitch = pitch};
}

void stage(const StagedRows& s, std::int64_t slack, BFloat16* to) {
  const std::int64_t height = (s.height + s.row_step - 1) / s.row_step;
  const std::int64_t width = (s.width + s.pixel_step - 1) / s.pixel_step;
  const auto clear = [&](std::int64_t pixels) {
    if (pixels <= 0) return;
    std::memset(to, 0, static_cast<std::size_t>(pixels * s.staged_channels) * 2);
    to += pixels * s.staged_channels;
  };
  const auto copy = [&](const BFloat16* from, std::int64_t pixels) {
    if (s.pixel_step == 1 && s.channels == s.staged_channels) {
      std::memcpy(to, from, static_cast<std::size_t>(pixels * s.channels) * 2);
      to += pixels * s.channels;
      return;
    }
    for (std::int64_t n = 0; n < pixels; ++n, to += s.staged_channels) {
      BFloat16* const rest = std::copy_n(from + n * s.pixel_step * s.channels, s.channels, to);
      std::fill(rest, to + s.staged_channels, BFloat16{0});
    }
  };
  for (std::int64_t i = 0; i < s.rows; ++i) {
    const std::int64_t row = s.first_row + i;
    if (row < 0 || row >= height) {
      clear(s.pitch);
      continue;
    }
    const BFloat16* from = s.image + row * s.row_step * s.width * s.channels;
    const std::int64_t pixels = std::min(width, s.pitch - s.padding);
    clear(s.padding);
    copy(from, pixels);
    clear(s.pitch - s.padding - pixels);
  }
  clear(slack);
}

}  // namespace medcl::fast::amx
