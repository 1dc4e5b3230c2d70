// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/phantom_scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace medcl::phantom {
namespace {

constexpr double kPi = std::numbers::pi;
enum Label : std::int32_t { kBackground = 0, kRv = 1, kMyocardium = 2, kLv = 3 };

/// Smooth random field of about [-1, 1]: random values on a lattice, eased in between.
class Texture {
 public:
  /// The lattice is turned by `angle` so that its lines do not run along the pixels.
  Texture(RandomStream& random, double field_mm, double cell_mm, double angle)
      : cells_(static_cast<std::int64_t>(std::ceil(kDiagonal * field_mm / cell_mm)) + 2),
        cell_mm_(cell_mm),
        origin_mm_(-kDiagonal * field_mm / 2),
        along_(direction(angle)) {
    values_.resize(static_cast<std::size_t>(cells_ * cells_));
    for (double& value : values_) {
      value = random.uniform(-1, 1);
    }
  }

  [[nodiscard]] double at(Point2 p) const {
    const auto [column, u] = split(dot(p, along_));
    const auto [row, v] = split(dot(p, {-along_.y, along_.x}));
    const double top = std::lerp(value(row, column), value(row, column + 1), u);
    const double bottom = std::lerp(value(row + 1, column), value(row + 1, column + 1), u);
    return std::lerp(top, bottom, v);
  }

 private:
  static constexpr double kDiagonal = 1.42;

  [[nodiscard]] std::pair<std::int64_t, double> split(double mm) const {
    const double place =
        std::clamp((mm - origin_mm_) / cell_mm_, 0.0, static_cast<double>(cells_) - 1.001);
    const auto cell = static_cast<std::int64_t>(place);
    const double t = place - static_cast<double>(cell);
    return {cell, t * t * (3 - 2 * t)};
  }
  [[nodiscard]] double value(std::int64_t row, std::int64_t column) const {
    return values_[static_cast<std::size_t>(row * cells_ + column)];
  }

  std::int64_t cells_;
  double cell_mm_, origin_mm_;
  Point2 along_;
  std::vector<double> values_;
};

/// One pixel's brightness while organs are laid over each other.
struct Brush {
  double edge_mm;
  double tone = 0;

  void paint(double distance_mm, double colour) {
    const double t = std::clamp(0.5 - distance_mm / edge_mm, 0.0, 1.0);
    tone += (colour - tone) * t * t * (3 - 2 * t);
  }
};

class Scene {
 public:
  Scene(const Anatomy& anatomy, const SceneOptions& options, RandomStream& random)
      : anatomy_(anatomy),
        section_(cut_heart(anatomy.heart, options.level)),
        level_(options.level),
        edge_mm_(1.4 * options.spacing_mm),
        half_mm_(0.5 * options.spacing_mm * static_cast<double>(options.size)),
        bias_(options.bias),
        coarse_(random, 2 * half_mm_, 26 * anatomy.scale, anatomy.body.grain_angle),
        fine_(random, 2 * half_mm_, 7 * anatomy.scale, 1.3 + anatomy.body.grain_angle) {}

  [[nodiscard]] double tone(Point2 p) const {
    Brush brush{edge_mm_};
    const double grain = 0.6 * coarse_.at(p) + 0.4 * fine_.at(p);
    paint_trunk(brush, p, grain);
    paint_clutter(brush, p);
    paint_heart(brush, p, grain);
    return std::max(0.0, brush.tone * (1 + 0.16 * grain)) * gain(p);
  }

  [[nodiscard]] std::int32_t label(Point2 p) const {
    if (section_.endocardium.distance(p) < 0) {
      return kLv;
    }
    if (section_.epicardium.distance(p) < 0) {
      return kMyocardium;
    }
    return section_.has_rv && section_.rv.distance(p) < 0 ? kRv : kBackground;
  }

 private:
  void paint_trunk(Brush& brush, Point2 p, double grain) const {
    const Body& body = anatomy_.body;
    const double skin = body.skin.distance(p);
    if (skin > edge_mm_) {
      return;
    }
    const Point2 from_centre = p - body.skin.centre;
    const double theta = std::atan2(from_centre.y, from_centre.x);
    const double fat_mm = body.fat_mm * (1 + 0.55 * std::cos(theta - body.thick_angle));
    brush.paint(skin, body.fat_tone * (1 + 0.3 * grain));
    const double rib = 0.5 + 0.5 * std::cos(17 * theta + body.rib_phase);
    brush.paint(skin + fat_mm, body.muscle_tone * (0.5 + 0.7 * rib));
    const double cavity = skin + fat_mm + body.muscle_mm;
    const double spot = std::max(0.0, fine_.at(p) - 0.55) * (1 + coarse_.at(p));
    brush.paint(cavity, body.lung_tone * (1 + 0.6 * coarse_.at(p)) + spot);
    paint_organs(brush, p, cavity, grain);
  }

  void paint_organs(Brush& brush, Point2 p, double cavity, double grain) const {
    const Body& body = anatomy_.body;
    brush.paint(std::max(cavity, body.mediastinum.distance(p)),
                body.mediastinum_tone * (1 + 0.9 * grain));
    const double abdomen = std::max(cavity, body.abdomen.distance(p));
    const double bowel = std::max(0.0, coarse_.at(p)) * 0.5;
    brush.paint(abdomen, body.abdomen_tone * (1 + 1.1 * grain) + bowel * fine_.at(p));
    const double spine = body.spine.distance(p);
    brush.paint(spine - 14 * anatomy_.scale, body.muscle_tone * (1 + 0.5 * grain));
    brush.paint(spine, 1.5 * body.abdomen_tone * (1 + 0.4 * grain));
    brush.paint(std::abs(spine + 1) - 1.2 * anatomy_.scale, 0.05);
    const double liver = std::max(cavity, body.liver.distance(p));
    const double branch = coarse_.at(p) / 0.12;
    const double vein = 0.45 * std::exp(-branch * branch) * (0.5 + 0.5 * fine_.at(p));
    brush.paint(liver - 2 * anatomy_.scale, 0.6 * body.fat_tone);
    brush.paint(liver, body.liver_tone * (1 + 0.25 * grain) + vein);
    const double stomach = std::max(cavity, body.stomach.distance(p));
    brush.paint(stomach, 1.4 * body.mediastinum_tone);
    brush.paint(stomach + 3.5 * anatomy_.scale, body.stomach_tone * (1 + 1.4 * grain));
  }

  void paint_clutter(Brush& brush, Point2 p) const {
    for (const Clutter& one : anatomy_.clutter) {
      const double along = (level_ - one.level) / one.extent;
      if (std::abs(along) >= 1) {
        continue;
      }
      const double share = std::sqrt(1 - along * along);
      Oval outline = one.outline;
      outline.centre = outline.centre + (level_ - 0.5) * one.drift;
      if (length(p - outline.centre) > 1.3 * std::max(outline.radius_a, outline.radius_b)) {
        continue;
      }
      outline.radius_a *= share;
      outline.radius_b *= share;
      paint_one(brush, outline.distance(p), one);
    }
  }

  void paint_one(Brush& brush, double distance, const Clutter& one) const {
    const Heart& heart = anatomy_.heart;
    switch (one.kind) {
      case ClutterKind::kVessel:
        brush.paint(distance - one.wall_mm, heart.muscle_tone);
        brush.paint(distance, one.tone);
        break;
      case ClutterKind::kRing:
        brush.paint(distance - 3 * anatomy_.scale, 0.7 * heart.fat_tone);
        brush.paint(distance, heart.muscle_tone);
        brush.paint(distance + one.wall_mm, one.tone);
        break;
      case ClutterKind::kKidney:
        brush.paint(distance, one.tone);
        brush.paint(distance + 1.3 * one.wall_mm, 0.55 * one.tone);
        break;
    }
  }

  void paint_heart(Brush& brush, Point2 p, double grain) const {
    const Heart& heart = anatomy_.heart;
    const double scale = anatomy_.scale;
    const double epi = section_.epicardium.distance(p);
    const double rv = section_.has_rv ? section_.rv.distance(p) : epi;
    const double both = std::min(epi, rv);
    if (both > 12 * scale + edge_mm_) {
      return;
    }
    const double fat_mm = std::max(0.0, 3.5 + 7 * coarse_.at(p)) * scale;
    brush.paint(both - fat_mm - 2 * scale, heart.fat_tone * (1 + 0.6 * grain));
    brush.paint(both - 2 * scale, 0.7 * heart.muscle_tone + 0.15);
    if (section_.has_rv) {
      const double strand = std::max(0.0, -fine_.at(p) - 0.45);
      brush.paint(rv, heart.rv_tone * (1 - 0.9 * strand));
    }
    brush.paint(epi, heart.muscle_tone * (1 + 0.4 * grain));
    paint_scar(brush, p, epi);
    const double endo = section_.endocardium.distance(p);
    brush.paint(endo, heart.pool_tone);
    for (const Oval& papillary : section_.papillaries) {
      brush.paint(std::max(endo, papillary.distance(p)), heart.papillary_tone);
    }
  }

  void paint_scar(Brush& brush, Point2 p, double epi) const {
    if (section_.scar_mm <= 0) {
      return;
    }
    const Point2 d = p - section_.endocardium.centre;
    const double turn = std::remainder(std::atan2(d.y, d.x) - anatomy_.heart.scar_angle, 2 * kPi);
    const double sideways = (std::abs(turn) - section_.scar_half_angle) * length(d);
    const double outwards = section_.endocardium.distance(p) - section_.scar_mm;
    brush.paint(std::max({epi, sideways, outwards}), anatomy_.heart.scar_tone);
  }

  [[nodiscard]] double gain(Point2 p) const {
    const double x = p.x / half_mm_;
    const double y = p.y / half_mm_;
    const std::array<double, 5>& w = anatomy_.body.bias;
    const double field = w[0] * x + w[1] * y + w[2] * x * x + w[3] * x * y + w[4] * y * y;
    return std::exp(bias_ * field);
  }

  const Anatomy& anatomy_;
  HeartSection section_;
  double level_, edge_mm_, half_mm_, bias_;
  Texture coarse_, fine_;
};

}  // namespace

void paint_slice(const Anatomy& anatomy, const SceneOptions& options, RandomStream random,
                 std::span<float> image, std::span<std::int32_t> labels) {
  const Scene scene(anatomy, options, random);
  const double middle = 0.5 * static_cast<double>(options.size - 1);
  const double sigma = options.noise * anatomy.heart.pool_tone;
  std::size_t pixel = 0;
  for (std::int64_t row = 0; row < options.size; ++row) {
    for (std::int64_t column = 0; column < options.size; ++column, ++pixel) {
      const Point2 p{(static_cast<double>(column) - middle) * options.spacing_mm,
                     (static_cast<double>(row) - middle) * options.spacing_mm};
      const double real = scene.tone(p) + sigma * random.normal();
      const double imaginary = sigma * random.normal();
      image[pixel] = static_cast<float>(std::hypot(real, imaginary));
      labels[pixel] = scene.label(p);
    }
  }
}

}  // namespace medcl::phantom
