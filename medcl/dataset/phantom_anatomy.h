// SPDX-License-Identifier: Apache-2.0
#pragma once

// The random body of one phantom case: where organs lie, how large and how bright they are.
// Coordinates are millimetres in the slice plane, origin at the centre of the image, x along
// columns, y along rows; angles in radians from x towards y. Brightness is relative to the blood
// pool.

#include <array>
#include <cstdint>
#include <vector>

#include "medcl/core/random.h"

namespace medcl::phantom {

struct Point2 {
  double x = 0, y = 0;
};

inline Point2 operator+(Point2 a, Point2 b) { return {a.x + b.x, a.y + b.y}; }
inline Point2 operator-(Point2 a, Point2 b) { return {a.x - b.x, a.y - b.y}; }
inline Point2 operator*(double s, Point2 p) { return {s * p.x, s * p.y}; }
inline double dot(Point2 a, Point2 b) { return a.x * b.x + a.y * b.y; }
double length(Point2 p);
Point2 direction(double angle);

/// An ellipse with a wavy outline.
struct Oval {
  Point2 centre;
  double radius_a = 1, radius_b = 1;  ///< along and across `angle`
  double angle = 0;
  std::array<double, 3> wave{};  ///< share of the radius; 2, 3 and 4 periods around the outline
  std::array<double, 3> phase{};

  /// Distance to the outline along the ray from the centre, negative inside. Close to the Euclidean
  /// distance near the outline of a nearly round oval.
  [[nodiscard]] double distance(Point2 p) const;
};

enum class ClutterKind { kVessel, kRing, kKidney };

/// A bright body away from the heart that looks like part of one.
struct Clutter {
  ClutterKind kind = ClutterKind::kVessel;
  Oval outline;
  double tone = 1;
  double wall_mm = 2;
  double level = 0.5,
         extent = 1;  ///< where along the stack (0 apex, 1 base) and how far it reaches
  Point2 drift;       ///< displacement from apex to base
};

struct Heart {
  Point2 centre;                           ///< of both ventricles together, mid stack
  Point2 drift;                            ///< displacement from apex to base
  double septum_angle = 0;                 ///< from the LV towards the RV
  double epi_mm = 34, wall_mm = 10;        ///< LV epicardial radius and wall thickness at the base
  double apex_share = 0.4;                 ///< radius at the apex over the radius at the base
  double rv_from = 0.2;                    ///< level above which the RV is visible
  double rv_depth = 0.85, rv_width = 1.0;  ///< RV radii over the epicardial radius
  std::array<double, 3> epi_phase{}, endo_phase{}, rv_phase{};
  std::array<double, 3> epi_wave{}, endo_wave{}, rv_wave{};
  double pool_tone = 1, rv_tone = 1, muscle_tone = 0.15, fat_tone = 0.6, papillary_tone = 0.3;
  std::vector<Oval> papillaries;  ///< radii in mm; centres and sizes over the endocardial radius
  bool has_scar = false;
  double scar_angle = 0, scar_half_angle = 0.6, scar_depth = 0.5, scar_tone = 1;
  double scar_level = 0.5, scar_extent = 0.3;
};

struct Body {
  Oval skin, abdomen, liver, stomach, mediastinum, spine;
  double fat_mm = 12, muscle_mm = 10;
  double fat_tone = 1.2, muscle_tone = 0.3, lung_tone = 0.06, liver_tone = 0.45;
  double abdomen_tone = 0.25, stomach_tone = 0.15, mediastinum_tone = 0.3;
  double rib_phase = 0, thick_angle = 0, grain_angle = 0;
  std::array<double, 5> bias{};  ///< weights of x, y, x^2, xy, y^2 over half the field
};

struct Anatomy {
  double scale = 1;  ///< 1, less in fields of view too small for a heart
  Heart heart;
  Body body;
  std::vector<Clutter> clutter;
};

struct AnatomyOptions {
  double field_mm = 256;
  double scar_probability = 0.7;
  std::int64_t clutter = 6;
  std::uint64_t seed = 1;
  std::uint32_t index = 0;
};

/// Heart, body and clutter come from separate random streams: the heart of a case does not depend
/// on the amount of clutter.
Anatomy draw_anatomy(const AnatomyOptions& options);

/// The heart cut at one level of the stack.
struct HeartSection {
  Oval epicardium, endocardium, rv;
  bool has_rv = false;
  std::vector<Oval> papillaries;
  double scar_mm = 0;  ///< thickness from the endocardium outwards; 0 = none here
  double scar_half_angle = 0;
};
HeartSection cut_heart(const Heart& heart, double level);

}  // namespace medcl::phantom
