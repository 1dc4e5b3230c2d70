// SPDX-License-Identifier: Apache-2.0
#pragma once

// Line charts as SVG text: axes with round numbers, grid, legend. Takes the text colour of the
// page, so that it is readable in light and dark surroundings.

#include <optional>
#include <string>
#include <vector>

namespace medcl {

/// Those of one name belong together: one colour, and one line in the legend.
struct Series {
  std::string name;
  std::vector<double> x, y;  ///< same length; points that are not finite break the line
  bool markers = false;      ///< a dot at each point
  bool thin = false;         ///< one of many, beside which another of its name stands for all
};

struct PlotOptions {
  std::string title, x_label, y_label;
  bool log_y = false;  ///< points that are not positive are left out
  std::optional<double> y_minimum, y_maximum;
  int width = 640, height = 320;
};

/// A complete <svg> element. Long series are averaged over equal stretches of x.
std::string svg_plot(const std::vector<Series>& series, const PlotOptions& options);

/// The element as a file of its own, black on white.
std::string standalone_svg(const std::string& svg);

/// About `count` round numbers (1, 2 or 5 times a power of ten apart) within [low, high].
std::vector<double> round_ticks(double low, double high, int count);
/// Powers of ten, and 2 and 5 times them when there are few, within [low, high].
std::vector<double> log_ticks(double low, double high);

}  // namespace medcl
