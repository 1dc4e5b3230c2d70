// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/phantom_anatomy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace medcl::phantom {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kFullFieldMm = 230;  // smaller fields of view shrink the anatomy
constexpr double kLungShare = 0.35;   // of the clutter that falls into the lungs is kept

double degrees(double value) { return value * kPi / 180; }

std::array<double, 3> draw_phases(RandomStream& random) {
  return {random.uniform(0, 2 * kPi), random.uniform(0, 2 * kPi), random.uniform(0, 2 * kPi)};
}

std::array<double, 3> draw_waves(RandomStream& random, double strength) {
  return {random.uniform(0.3, 1) * strength, random.uniform(0.2, 0.6) * strength,
          random.uniform(0, 0.3) * strength};
}

Oval draw_oval(RandomStream& random, Point2 centre, double radius, double flatness, double wave) {
  Oval oval;
  oval.centre = centre;
  oval.radius_a = radius;
  oval.radius_b = radius * flatness;
  oval.angle = random.uniform(0, kPi);
  oval.wave = draw_waves(random, wave);
  oval.phase = draw_phases(random);
  return oval;
}

void draw_papillaries(RandomStream& random, Heart& heart) {
  for (const double side : {1.0, -1.0}) {
    const double angle = heart.septum_angle + kPi + side * degrees(random.uniform(45, 85));
    heart.papillaries.push_back(draw_oval(random, random.uniform(0.5, 0.72) * direction(angle),
                                          random.uniform(0.12, 0.21), 0.8, 0.1));
  }
  const std::int64_t trabeculae = 2 + random.integer(5);
  for (std::int64_t n = 0; n < trabeculae; ++n) {
    const Point2 centre = random.uniform(0.8, 0.98) * direction(random.uniform(0, 2 * kPi));
    heart.papillaries.push_back(draw_oval(random, centre, random.uniform(0.05, 0.1), 0.7, 0.1));
  }
}

void draw_scar(RandomStream& random, Heart& heart, double probability) {
  heart.has_scar = random.chance(probability);
  heart.scar_angle = random.uniform(0, 2 * kPi);
  heart.scar_half_angle = degrees(random.uniform(18, 60));
  heart.scar_depth = random.uniform(0.35, 1.0);
  heart.scar_tone = heart.pool_tone * random.uniform(0.85, 1.25);
  heart.scar_level = random.uniform(0.15, 0.85);
  heart.scar_extent = random.uniform(0.25, 0.5);
}

Heart draw_heart(RandomStream& random, const AnatomyOptions& options, double scale, double pose) {
  Heart heart;
  const double reach = 0.15 * options.field_mm;
  heart.centre = {random.uniform(-reach, reach), random.uniform(-reach, reach)};
  heart.drift = random.uniform(4, 14) * scale * direction(random.uniform(0, 2 * kPi));
  heart.septum_angle = degrees(190 + random.uniform(-18, 18)) + pose;
  const double size = random.uniform(0.84, 1.16) * scale;
  heart.epi_mm = 36.5 * size;
  heart.wall_mm = random.uniform(9, 13) * size;
  heart.apex_share = random.uniform(0.3, 0.45);
  heart.rv_from = random.uniform(0.08, 0.34);
  heart.rv_depth = random.uniform(0.85, 1.15);
  heart.rv_width = random.uniform(0.9, 1.16);
  heart.epi_wave = draw_waves(random, 0.035);
  heart.endo_wave = draw_waves(random, 0.06);
  heart.rv_wave = draw_waves(random, 0.07);
  heart.epi_phase = draw_phases(random);
  heart.endo_phase = draw_phases(random);
  heart.rv_phase = draw_phases(random);
  heart.pool_tone = random.uniform(0.85, 1.1);
  heart.rv_tone = heart.pool_tone * random.uniform(0.78, 1.15);
  heart.muscle_tone = heart.pool_tone * random.uniform(0.1, 0.32);
  heart.papillary_tone = heart.pool_tone * random.uniform(0.25, 0.5);
  heart.fat_tone = random.uniform(0.3, 0.95);
  draw_papillaries(random, heart);
  draw_scar(random, heart, options.scar_probability);
  return heart;
}

void draw_tones(RandomStream& random, Body& body) {
  body.fat_tone = random.uniform(0.8, 1.6);
  body.muscle_tone = random.uniform(0.2, 0.4);
  body.lung_tone = random.uniform(0.03, 0.1);
  body.liver_tone = random.uniform(0.3, 0.7);
  body.abdomen_tone = random.uniform(0.15, 0.4);
  body.stomach_tone = random.uniform(0.1, 0.3);
  body.mediastinum_tone = random.uniform(0.2, 0.45);
  for (double& weight : body.bias) {
    weight = 0.5 * random.normal();
  }
}

void draw_organs(RandomStream& random, const Heart& heart, Point2 front, Point2 below, double scale,
                 Body& body) {
  const double gap = 1.08 * heart.epi_mm + random.uniform(2, 8) * scale;
  const double dome = random.uniform(150, 230) * scale;
  body.abdomen = draw_oval(random, heart.centre + (dome + gap) * below, dome,
                           random.uniform(0.95, 1.05), 0.02);
  const double liver = random.uniform(62, 92) * scale;
  const double shift = random.uniform(5, 55) * scale;
  body.liver = draw_oval(
      random, heart.centre + (liver + gap + random.uniform(1, 6) * scale) * below + shift * front,
      liver, random.uniform(0.7, 1.1), 0.06);
  const Point2 beside = heart.centre - random.uniform(40, 70) * scale * front;
  body.stomach = draw_oval(random, beside + (gap + random.uniform(0, 25) * scale) * below,
                           random.uniform(18, 28) * scale, random.uniform(0.75, 1), 0.06);
  body.mediastinum = draw_oval(random, beside - random.uniform(10, 30) * scale * front,
                               random.uniform(28, 45) * scale, random.uniform(0.6, 0.9), 0.1);
  body.spine = draw_oval(random,
                         heart.centre - random.uniform(108, 135) * scale * front -
                             random.uniform(-20, 30) * scale * below,
                         random.uniform(17, 22) * scale, random.uniform(0.8, 1), 0.05);
}

Body draw_body(RandomStream& random, const AnatomyOptions& options, double scale, double pose,
               const Heart& heart) {
  Body body;
  const Point2 front = direction(degrees(160 + random.uniform(-14, 14)) + pose);
  const Point2 below = direction(degrees(270 + random.uniform(-14, 14)) + pose);
  const double depth = options.field_mm * random.uniform(0.43, 0.51);
  const double chest = random.uniform(58, 80) * scale;
  Point2 centre = heart.centre - (depth - chest) * front;
  const double away = length(centre);
  const double limit = 0.12 * options.field_mm;
  centre = away > limit ? (limit / away) * centre : centre;
  body.skin = draw_oval(random, centre, depth, random.uniform(1.12, 1.3), 0.05);
  body.skin.angle = std::atan2(front.y, front.x);
  body.fat_mm = random.uniform(7, 15) * scale;
  body.muscle_mm = random.uniform(7, 12) * scale;
  body.rib_phase = random.uniform(0, 2 * kPi);
  body.thick_angle = random.uniform(0, 2 * kPi);
  body.grain_angle = random.uniform(0.2, 1.3);
  draw_organs(random, heart, front, below, scale, body);
  draw_tones(random, body);
  return body;
}

Clutter draw_clutter(RandomStream& random, const AnatomyOptions& options, double scale,
                     const Heart& heart) {
  Clutter one;
  const double kind = random.uniform();
  one.kind =
      kind < 0.4 ? ClutterKind::kVessel : (kind < 0.8 ? ClutterKind::kRing : ClutterKind::kKidney);
  const bool large = one.kind != ClutterKind::kVessel;
  const double radius = (large ? random.uniform(15, 27) : random.uniform(7, 17)) * scale;
  const double half = 0.48 * options.field_mm;
  const Point2 centre{random.uniform(-half, half), random.uniform(-half, half)};
  one.outline = draw_oval(random, centre, radius, random.uniform(0.72, 1), 0.05);
  one.tone = heart.pool_tone * random.uniform(0.75, 1.25);
  one.wall_mm = (large ? random.uniform(5, 10) : random.uniform(1.5, 3)) * scale;
  one.level = random.uniform();
  one.extent = random.uniform(0.5, 1.4);
  one.drift = random.uniform(0, 16) * scale * direction(random.uniform(0, 2 * kPi));
  return one;
}

bool is_free(const Clutter& one, const Anatomy& anatomy) {
  const double own = std::max(one.outline.radius_a, one.outline.radius_b);
  const double heart_mm = 1.42 * anatomy.heart.epi_mm;
  if (length(one.outline.centre - anatomy.heart.centre) < heart_mm + own + 9 * anatomy.scale) {
    return false;
  }
  if (anatomy.body.skin.distance(one.outline.centre) > -0.8 * own - anatomy.body.fat_mm) {
    return false;
  }
  if (length(one.outline.centre - anatomy.body.spine.centre) < own + anatomy.body.spine.radius_a) {
    return false;
  }
  return std::none_of(anatomy.clutter.begin(), anatomy.clutter.end(), [&](const Clutter& other) {
    const double radius = std::max(other.outline.radius_a, other.outline.radius_b);
    return length(other.outline.centre - one.outline.centre) < own + radius;
  });
}

}  // namespace

double length(Point2 p) { return std::hypot(p.x, p.y); }
Point2 direction(double angle) { return {std::cos(angle), std::sin(angle)}; }

double Oval::distance(Point2 p) const {
  const Point2 d = p - centre;
  const double r = length(d);
  const double theta = std::atan2(d.y, d.x) - angle;
  double outline =
      radius_a * radius_b / std::hypot(radius_b * std::cos(theta), radius_a * std::sin(theta));
  double swell = 1;
  for (std::size_t n = 0; n < wave.size(); ++n) {
    swell += wave[n] * std::cos(static_cast<double>(n + 2) * theta + phase[n]);
  }
  return r - outline * swell;
}

Anatomy draw_anatomy(const AnatomyOptions& options) {
  enum Part : std::uint32_t { kHeart = 0, kBody = 1, kClutter = 2 };
  const auto stream = [&](Part part) {
    return RandomStream({options.seed, options.index, part, Purpose::kPhantom});
  };
  Anatomy anatomy;
  anatomy.scale = std::min(1.0, options.field_mm / kFullFieldMm);
  RandomStream heart = stream(kHeart);
  const double pose = degrees(heart.uniform(-28, 28));
  anatomy.heart = draw_heart(heart, options, anatomy.scale, pose);
  RandomStream body = stream(kBody);
  anatomy.body = draw_body(body, options, anatomy.scale, pose, anatomy.heart);
  RandomStream clutter = stream(kClutter);
  const std::int64_t attempts = 40 * options.clutter;
  for (std::int64_t n = 0; n < attempts; ++n) {
    if (static_cast<std::int64_t>(anatomy.clutter.size()) == options.clutter) {
      break;
    }
    const Clutter one = draw_clutter(clutter, options, anatomy.scale, anatomy.heart);
    const bool in_lung = anatomy.body.abdomen.distance(one.outline.centre) > 0;
    const bool wanted = !in_lung || clutter.chance(kLungShare);
    if (wanted && is_free(one, anatomy)) {
      anatomy.clutter.push_back(one);
    }
  }
  return anatomy;
}

HeartSection cut_heart(const Heart& heart, double level) {
  HeartSection section;
  const double rise = std::sin(kPi / 2 * std::min(1.0, level / 0.8));
  const double share = heart.apex_share + (1 - heart.apex_share) * rise;
  const double epi = heart.epi_mm * share;
  const double endo = std::max(epi - heart.wall_mm * (0.65 + 0.35 * share), 0.36 * epi);
  const Point2 septum = direction(heart.septum_angle);
  const Point2 lv = heart.centre + (level - 0.5) * heart.drift - 0.33 * heart.epi_mm * septum;
  section.epicardium = {lv, epi, 0.97 * epi, heart.septum_angle, heart.epi_wave, heart.epi_phase};
  section.endocardium = {
      lv, endo, 0.95 * endo, heart.septum_angle, heart.endo_wave, heart.endo_phase};
  section.has_rv = level > heart.rv_from;
  const double growth = std::clamp((level - heart.rv_from) / 0.35, 0.0, 1.0);
  section.rv = {lv + 0.72 * epi * septum,
                epi * heart.rv_depth * (0.62 + 0.38 * growth),
                epi * heart.rv_width * (0.6 + 0.4 * growth),
                heart.septum_angle,
                heart.rv_wave,
                heart.rv_phase};
  const bool muscles = level > 0.2 && level < 0.9;
  for (std::size_t n = muscles ? 0 : 2; n < heart.papillaries.size(); ++n) {
    Oval oval = heart.papillaries[n];
    oval.centre = lv + endo * oval.centre;
    oval.radius_a *= endo;
    oval.radius_b *= endo;
    section.papillaries.push_back(oval);
  }
  const double away = (level - heart.scar_level) / heart.scar_extent;
  if (heart.has_scar && std::abs(away) < 1) {
    const double fade = std::sqrt(1 - away * away);
    section.scar_mm = heart.scar_depth * fade * (epi - endo);
    section.scar_half_angle = heart.scar_half_angle * fade;
  }
  return section;
}

}  // namespace medcl::phantom
