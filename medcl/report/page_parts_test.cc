// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "medcl/core/random.h"
#include "medcl/report/html.h"
#include "medcl/report/overlay.h"
#include "medcl/report/svg_plot.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(Html, EscapesEveryTextThatComesFromFiles) {
  const std::string evil = "<script>alert('x')</script>&\"\x01";
  EXPECT_EQ(escape_html(evil), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot; ");
  HtmlPage page(evil);
  page.heading(evil, evil);
  page.subheading(evil);
  page.paragraph(evil, evil);
  page.folded(evil, "");
  page.table({evil, {evil, "b"}, {{evil, "c"}}, 1});
  page.raw(image_tag({1, 1, 3, {0, 0, 0}}, evil));
  page.raw(svg_plot({{evil, {0, 1}, {1, 2}}}, {evil, evil, evil, false, {}, {}}));
  EXPECT_EQ(page.html().find("<script"), std::string::npos);
  EXPECT_EQ(page.html().find("alert('"), std::string::npos);
}

TEST(Html, LoadsNothingFromElsewhere) {
  HtmlPage page("title");
  page.raw(image_tag({2, 1, 3, {0, 0, 0, 255, 255, 255}}, "two pixels"));
  const std::string html = page.html();
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
  EXPECT_NE(html.find("src=\"data:image/png;base64,iVBOR"), std::string::npos);
}

TEST(Html, CellsOfATableBreakBetweenWordsOnAScreen) {
  const std::string html = HtmlPage("page").html();
  const std::string screen = html.substr(0, html.find("@media print"));
  const std::string cells = screen.substr(screen.find("\nth, td {"));
  const std::string rule = cells.substr(0, cells.find('}'));
  EXPECT_NE(rule.find("overflow-wrap: break-word"), std::string::npos) << rule;
  EXPECT_NE(rule.find("max-width"), std::string::npos) << "a path must not make a column endless";
}

TEST(SvgPlot, SeriesOfOneNameShareColourAndLegend) {
  std::vector<Series> series;
  for (int n = 0; n < 20; ++n) {
    const std::string name = "method " + std::to_string(n / 2);
    series.push_back({.name = name, .x = {0, 1}, .y = {0, 1}, .thin = n % 2 == 0});
  }
  const std::string svg = svg_plot(series, {.title = "t", .x_label = "x", .y_label = "y"});
  EXPECT_EQ(count_of(svg, ">method 3</text>"), 1U);
  EXPECT_EQ(count_of(svg, "stroke-opacity=\"0.5\""), 10U);
  // Two lines and the legend of each of the two names behind the eighth.
  EXPECT_EQ(count_of(svg, "stroke-dasharray=\"6 3\""), 6U);
}

TEST(SvgPlot, TicksAreRoundAndInside) {
  EXPECT_EQ(round_ticks(0, 1, 5), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  RandomStream random({1, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 200; ++trial) {
    const double low = random.uniform(-100, 100), high = low + std::exp(random.uniform(-5, 8));
    const auto ticks = round_ticks(low, high, 6);
    ASSERT_GE(ticks.size(), 2U);
    EXPECT_LE(ticks.size(), 8U);
    EXPECT_GE(ticks.front(), low - 1e-6 * (high - low));
    EXPECT_LE(ticks.back(), high + 1e-6 * (high - low));
  }
  EXPECT_EQ(log_ticks(0.05, 2), (std::vector<double>{0.05, 0.1, 0.2, 0.5, 1, 2}));
}

TEST(SvgPlot, DrawsAnythingWithoutNotANumber) {
  std::vector<double> steps, losses;
  for (int i = 0; i < 5000; ++i) {
    steps.push_back(i);
    losses.push_back(i % 7 == 0 ? kNan : std::exp(-i / 900.0));
  }
  const std::vector<std::vector<Series>> plots{{},
                                               {{"empty", {}, {}}},
                                               {{"one", {3}, {0.5}}},
                                               {{"flat", {0, 1}, {2, 2}}},
                                               {{"nothing finite", {0, 1}, {kNan, INFINITY}}},
                                               {{"negative", {0, 1, 2}, {-1, 0, 1}}},
                                               {{"long", steps, losses}}};
  for (const auto& series : plots) {
    for (const bool log_y : {false, true}) {
      const std::string svg = svg_plot(series, {"title", "x", "y", log_y, {}, {}});
      EXPECT_EQ(svg.find("\"nan"), std::string::npos);
      EXPECT_EQ(svg.find(">nan"), std::string::npos);
      EXPECT_EQ(svg.find("inf"), std::string::npos);
      EXPECT_EQ(count_of(svg, "<svg"), 1U);
      EXPECT_EQ(count_of(svg, "</svg>"), 1U);
      EXPECT_LT(svg.size(), 60000U);
    }
  }
}

Image gradient_image() {
  Image image;
  image.geometry.size = {20, 10, 2};
  image.geometry.world_from_index = {{{-1, 0, 0, 0}, {0, -1, 0, 0}, {0, 0, 1, 0}}};
  for (int v = 0; v < 400; ++v) image.voxels.push_back(static_cast<float>(v % 20));
  return image;
}

TEST(Overlay, ShowsGreyFromBlackToWhite) {
  const Image image = gradient_image();
  const View view{{0, 19}, {0, 0, 20, 10}, 20};
  const Picture picture = slice_picture(image, {}, 0, view, LabelStyle::kNone);
  EXPECT_EQ(picture.width, 20);
  EXPECT_EQ(picture.height, 10);
  EXPECT_EQ(picture.pixels[0], 0);
  EXPECT_EQ(picture.pixels[3 * 19], 255);
}

TEST(Overlay, PutsPatientLeftOnTheRight) {
  Image image = gradient_image();
  const View view{{0, 19}, {0, 0, 20, 10}, 20};
  image.geometry.world_from_index[0][0] = 1;  // i now points to the patient's right
  EXPECT_EQ(axis_codes(image.geometry)[0], 'R');
  EXPECT_EQ(slice_picture(image, {}, 0, view, LabelStyle::kNone).pixels[0], 255);
}

TEST(Overlay, DrawsOnlyWhatTheStyleAsksFor) {
  const Image image = gradient_image();
  const View view{{0, 19}, {0, 0, 20, 10}, 20};
  std::vector<std::uint8_t> labels(400, kNotAnnotated);
  for (std::size_t y = 2; y < 8; ++y) {
    for (std::size_t x = 5; x < 15; ++x) labels[y * 20 + x] = 1;
  }
  labels[0] = 0;
  const auto coloured = [&](LabelStyle style) {
    const Picture picture = slice_picture(image, labels, 0, view, style);
    std::size_t count = 0;
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
      if (picture.pixels[i] != picture.pixels[i + 1]) ++count;
    }
    return count;
  };
  EXPECT_EQ(coloured(LabelStyle::kNone), 0U);
  EXPECT_EQ(coloured(LabelStyle::kContour), 28U);
  EXPECT_EQ(coloured(LabelStyle::kScribble), 61U);
}

TEST(Overlay, CropsNeverReachBeyondTheSlice) {
  RandomStream random({5, 0, 0, Purpose::kTest});
  Geometry geometry = gradient_image().geometry;
  const auto area = static_cast<std::size_t>(geometry.size[0] * geometry.size[1]);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(geometry.voxel_count()), 0);
    for (std::int64_t n = random.integer(5); n >= 0; --n) {
      labels[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(area)))] = 1;
    }
    const Crop crop = crop_around(labels, geometry, random.uniform(0, 40));
    EXPECT_GE(crop.x, 0);
    EXPECT_GE(crop.y, 0);
    EXPECT_LE(crop.x + crop.width, geometry.size[0]);
    EXPECT_LE(crop.y + crop.height, geometry.size[1]);
    for (std::size_t v = 0; v < area; ++v) {
      const auto x = static_cast<std::int64_t>(v) % geometry.size[0];
      const auto y = static_cast<std::int64_t>(v) / geometry.size[0];
      const bool inside =
          x >= crop.x && x < crop.x + crop.width && y >= crop.y && y < crop.y + crop.height;
      EXPECT_TRUE(labels[v] == 0 || inside);
    }
  }
}

TEST(Overlay, CropsASquareAroundTheForeground) {
  std::vector<std::uint8_t> labels(400, 0);
  labels[3 * 20 + 8] = 2;
  labels[200 + 5 * 20 + 11] = 1;
  const Crop crop = crop_around(labels, gradient_image().geometry, 2);
  EXPECT_EQ(crop.width, 8);
  EXPECT_EQ(crop.height, 8);
  EXPECT_EQ(crop.x, 6);
  const Crop whole =
      crop_around(std::vector<std::uint8_t>(400, kNotAnnotated), gradient_image().geometry, 2);
  EXPECT_EQ(whole.width, 20);
  EXPECT_EQ(whole.height, 10);
}

TEST(Overlay, WindowIgnoresVoxelsThatAreNotFinite) {
  Image image = gradient_image();
  image.voxels[0] = std::nanf("");
  const GreyWindow window = window_of(image);
  EXPECT_GE(window.low, 0);
  EXPECT_EQ(window.high, 19);
  image.voxels.assign(400, 3.0F);
  EXPECT_GT(window_of(image).high, window_of(image).low);
}

}  // namespace
}  // namespace medcl
