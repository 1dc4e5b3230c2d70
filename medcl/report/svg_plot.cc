// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/svg_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/report/html.h"

namespace medcl {
namespace {

constexpr std::array kColours = {"#4269d0", "#e08a00", "#d1495b", "#2a9d8f",
                                 "#8a5fbf", "#6b8e23", "#9c6b4e", "#5b8db8"};
constexpr std::size_t kMaximumPoints = 240;
constexpr std::array kDashes = {"", "6 3", "2 3"};
constexpr double kLetterWidth = 7.0;  // of the legend, about
constexpr int kLeft = 62, kRight = 16, kTop = 30, kBottom = 46, kLegendRow = 18;

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

std::string pixels(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

/// Means over at most kMaximumPoints stretches of equal count.
Series thinned(const Series& series) {
  const std::size_t count = series.x.size();
  if (count <= kMaximumPoints) return series;
  Series result{series.name, {}, {}, series.markers, series.thin};
  for (std::size_t part = 0; part < kMaximumPoints; ++part) {
    const std::size_t begin = part * count / kMaximumPoints;
    const std::size_t end = (part + 1) * count / kMaximumPoints;
    double x = 0, y = 0, count_here = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (!std::isfinite(series.y[i])) continue;
      x += series.x[i];
      y += series.y[i];
      ++count_here;
    }
    if (count_here == 0) continue;
    result.x.push_back(x / count_here);
    result.y.push_back(y / count_here);
  }
  return result;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] bool empty() const { return low > high; }
};

class Plot {
 public:
  Plot(const std::vector<Series>& series, const PlotOptions& options) : options_(options) {
    for (const Series& one : series) {
      check(one.x.size() == one.y.size(), "a series has as many x as y");
      series_.push_back(thinned(one));
      if (std::ranges::find(names_, one.name) == names_.end()) names_.push_back(one.name);
    }
    set_ranges();
  }

  std::string svg() {
    const int legend = kLegendRow * static_cast<int>((names_.size() + columns() - 1) / columns());
    const std::string w = std::to_string(options_.width);
    const std::string h = std::to_string(options_.height + legend);
    text_ = "<svg viewBox=\"0 0 " + w + " " + h + "\" width=\"" + w + "\" height=\"" + h +
            "\" role=\"img\" aria-label=\"" + escape_html(options_.title) +
            "\" font-family=\"inherit\" font-size=\"12\" fill=\"currentColor\">\n";
    label(kLeft, 17, options_.title, "start", " font-weight=\"600\" font-size=\"14\"");
    axes();
    for (const bool thin : {true, false}) {
      for (const Series& one : series_) {
        if (one.thin == thin) line(one);
      }
    }
    draw_legend();
    return text_ + "</svg>\n";
  }

 private:
  [[nodiscard]] bool drawable(double x, double y) const {
    return std::isfinite(x) && std::isfinite(y) && (!options_.log_y || y > 0);
  }

  void set_ranges() {
    for (const Series& one : series_) {
      for (std::size_t i = 0; i < one.x.size(); ++i) {
        if (!drawable(one.x[i], one.y[i])) continue;
        x_.add(one.x[i]);
        y_.add(one.y[i]);
      }
    }
    if (x_.empty()) {
      x_ = {0, 1};
      y_ = {options_.log_y ? 0.1 : 0.0, 1};
    }
    if (options_.y_minimum) y_.low = *options_.y_minimum;
    if (options_.y_maximum) y_.high = *options_.y_maximum;
    if (x_.high <= x_.low) x_ = {x_.low - 0.5, x_.low + 0.5};
    if (options_.log_y) {
      if (y_.high <= y_.low) y_ = {y_.low / 2, y_.low * 2};
    } else if (y_.high <= y_.low) {
      const double space = std::max(0.5, std::abs(y_.low) / 10);
      y_ = {y_.low - space, y_.low + space};
    } else {
      const double space = 0.05 * (y_.high - y_.low);
      if (!options_.y_minimum) y_.low -= y_.low >= 0 && y_.low < space ? y_.low : space;
      if (!options_.y_maximum) y_.high += space;
    }
  }

  [[nodiscard]] double px(double x) const {
    return kLeft + (x - x_.low) / (x_.high - x_.low) * (options_.width - kLeft - kRight);
  }
  [[nodiscard]] double py(double y) const {
    const double share = options_.log_y ? std::log(y / y_.low) / std::log(y_.high / y_.low)
                                        : (y - y_.low) / (y_.high - y_.low);
    const double clamped = std::clamp(share, 0.0, 1.0);
    return options_.height - kBottom - clamped * (options_.height - kBottom - kTop);
  }

  void label(double x, double y, const std::string& text, const std::string& anchor,
             const std::string& more = "") {
    text_ += "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" text-anchor=\"" + anchor +
             "\"" + more + ">" + escape_html(text) + "</text>\n";
  }
  void rule(double x1, double y1, double x2, double y2, const char* opacity) {
    text_ += "<line x1=\"" + pixels(x1) + "\" y1=\"" + pixels(y1) + "\" x2=\"" + pixels(x2) +
             "\" y2=\"" + pixels(y2) + "\" stroke=\"currentColor\" stroke-opacity=\"" + opacity +
             "\"/>\n";
  }

  void axes() {
    const double bottom = options_.height - kBottom, right = options_.width - kRight;
    for (const double tick :
         options_.log_y ? log_ticks(y_.low, y_.high) : round_ticks(y_.low, y_.high, 6)) {
      rule(kLeft, py(tick), right, py(tick), "0.15");
      label(kLeft - 6, py(tick) + 4, short_number(tick), "end");
    }
    for (const double tick : round_ticks(x_.low, x_.high, 7)) {
      rule(px(tick), bottom, px(tick), bottom + 4, "0.6");
      label(px(tick), bottom + 17, short_number(tick), "middle");
    }
    rule(kLeft, bottom, right, bottom, "0.6");
    rule(kLeft, kTop, kLeft, bottom, "0.6");
    label((kLeft + right) / 2, bottom + 35, options_.x_label, "middle");
    const std::string middle = pixels((kTop + bottom) / 2);
    label(0, 0, options_.y_label, "middle",
          " transform=\"translate(14 " + middle + ") rotate(-90)\"");
  }

  [[nodiscard]] std::size_t place_of(const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
  }
  static std::string colour_of(std::size_t place) { return kColours[place % kColours.size()]; }
  /// Where colours are used up, lines are told apart by their dashes.
  static std::string stroke_of(std::size_t place) {
    const std::string dashes = kDashes[place / kColours.size() % kDashes.size()];
    return " stroke=\"" + colour_of(place) + "\"" +
           (dashes.empty() ? "" : " stroke-dasharray=\"" + dashes + "\"");
  }

  void line(const Series& one) {
    const std::size_t place = place_of(one.name);
    const std::string colour = colour_of(place);
    std::string path, dots;
    bool pen_down = false;
    for (std::size_t i = 0; i < one.x.size(); ++i) {
      if (!drawable(one.x[i], one.y[i])) {
        pen_down = false;
        continue;
      }
      const std::string x = pixels(px(one.x[i])), y = pixels(py(one.y[i]));
      path += (pen_down ? "L" : "M") + x + " " + y;
      pen_down = true;
      if (one.markers || one.x.size() == 1) {
        dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"2.5\" fill=\"" + colour + "\"/>";
      }
    }
    const std::string width = one.thin ? "0.8\" stroke-opacity=\"0.5" : "1.8";
    text_ += "<path d=\"" + path + "\" fill=\"none\"" + stroke_of(place) + " stroke-width=\"" +
             width + "\" stroke-linejoin=\"round\"/>" + dots + "\n";
  }

  /// As many in a row of the legend as the longest name leaves room for.
  [[nodiscard]] std::size_t columns() const {
    std::size_t longest = 1;
    for (const std::string& name : names_) longest = std::max(longest, name.size());
    const double room =
        (options_.width - kLeft - kRight) / (30 + kLetterWidth * static_cast<double>(longest));
    return static_cast<std::size_t>(std::clamp(room, 1.0, 4.0));
  }

  void draw_legend() {
    const double column = (options_.width - kLeft - kRight) / static_cast<double>(columns());
    for (std::size_t s = 0; s < names_.size(); ++s) {
      const double x = kLeft + column * static_cast<double>(s % columns());
      const double y = options_.height + kLegendRow * static_cast<double>(s / columns()) + 6;
      text_ += "<path d=\"M" + pixels(x) + " " + pixels(y - 1) + "h16\"" + stroke_of(s) +
               " stroke-width=\"4\"/>";
      label(x + 22, y + 3, names_[s], "start");
    }
  }

  PlotOptions options_;
  std::vector<Series> series_;
  std::vector<std::string> names_;  ///< each once
  Range x_, y_;
  std::string text_;
};

}  // namespace

std::string svg_plot(const std::vector<Series>& series, const PlotOptions& options) {
  return Plot(series, options).svg();
}

std::string standalone_svg(const std::string& svg) {
  const std::string element = "<svg ";
  check(svg.starts_with(element), "an <svg> element");
  return element +
         "xmlns=\"http://www.w3.org/2000/svg\" style=\"background:white;color:black;"
         "font-family:sans-serif\" " +
         svg.substr(element.size());
}

std::vector<double> round_ticks(double low, double high, int count) {
  check(high > low && count > 0, "ticks need a range");
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) {
    ticks.push_back(i * step);
  }
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  check(low > 0 && high > low, "logarithmic ticks need a positive range");
  const bool many = high / low > 1e3;
  std::vector<double> ticks;
  for (double decade = std::floor(std::log10(low)); decade <= std::ceil(std::log10(high));
       ++decade) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, decade);
      if ((factor > 1 && many) || tick < low * (1 - 1e-9) || tick > high * (1 + 1e-9)) continue;
      ticks.push_back(tick);
    }
  }
  return ticks;
}

}  // namespace medcl
