// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/plan.h"

#include <cmath>

#include "medcl/core/formatted.h"
#include "medcl/dataset/plan_grid.h"
#include "medcl/dataset/survey_notes.h"

namespace medcl {
namespace {

constexpr double kReachShare = 0.6;  // of a large structure
constexpr double kDefaultTime_s = 1500;
constexpr double kFewSteps = 1000;                           // a quicker learning rate below
constexpr double kWindowMargin = 0.5, kLeastMargin_hu = 50;  // on either side of what was drawn

/// Three digits, and all before the point.
std::string number(double value) { return formatted(value < 100 ? "%.3g" : "%.0f", value); }

bool looks_like_hounsfield_units(const Survey& survey) {
  return survey.hounsfield > 0 && !has_mixed_kinds(survey);
}

class Planner {
 public:
  Planner(const Survey& survey, const PlanSurroundings& around)
      : survey_(survey),
        around_(around),
        time_s_(around.time_s > 0 ? around.time_s : kDefaultTime_s),
        grid_(planned_grid(survey, around, time_s_)),
        unit_(survey.units.length()) {}

  std::vector<PlannedOption> plan() {
    plan_images();
    plan_crop();
    plan_network();
    plan_training();
    return std::move(plan_);
  }

 private:
  void add(const std::string& name, const std::string& value, const std::string& reason) {
    plan_.push_back({name, value, reason});
  }

  void plan_images() {
    add("prepare.orientation", "\"" + survey_.orientation + "\"",
        survey_.orientation == "array" ? "slices as the files store them"
                                       : "the plane that scans were acquired or drawn in");
    plan_pixels();
    plan_intensities();
    plan_reach();
  }

  void plan_intensities() {
    if (!looks_like_hounsfield_units(survey_)) {
      add("prepare.normalisation", "\"slice-zscore\"",
          "intensities have no unit: each slice is scaled by itself");
      return;
    }
    const double range = survey_.drawn_high - survey_.drawn_low;
    if (survey_.channels > 1 || range <= 0) {
      add("prepare.normalisation", "\"volume-zscore\"",
          "intensities look like Hounsfield units: one scale for a scan");
      return;
    }
    add("prepare.normalisation", "\"window\"",
        formatted("intensities look like Hounsfield units; what was drawn has %.0f to %.0f",
                  survey_.drawn_low, survey_.drawn_high));
    const double margin = std::max(kWindowMargin * range, kLeastMargin_hu);
    add("prepare.window_low", formatted("%.0f.0", survey_.drawn_low - margin),
        "with what is around it");
    add("prepare.window_high", formatted("%.0f.0", survey_.drawn_high + margin),
        "with what is around it");
  }

  void plan_pixels() {
    const auto side = static_cast<long long>(grid_.side);
    if (grid_.pixel_mm == 0 && has_many_objects(survey_)) {
      add("prepare.spacing_mm", "0.0",
          formatted("as acquired (%.3g %s): each of many objects needs its pixels",
                    survey_.pixel_mm, unit_.c_str()));
    } else if (grid_.pixel_mm == 0 && shows_a_part()) {
      add("prepare.spacing_mm", "0.0",
          formatted("as acquired (%.3g %s): the thinnest structures are some %.3g %s wide",
                    survey_.pixel_mm, unit_.c_str(), 2 * least_half_width_mm(survey_),
                    unit_.c_str()) +
              part_text());
    } else if (grid_.pixel_mm == 0) {
      add("prepare.spacing_mm", "0.0",
          formatted("as acquired (%.3g %s): a crop of %lld pixels holds what it must",
                    survey_.pixel_mm, unit_.c_str(), side));
    } else if (grid_.pixel_mm > survey_.pixel_mm && has_many_objects(survey_)) {
      add("prepare.spacing_mm", number(grid_.pixel_mm),
          formatted("an object of %.0f %s and as much around it in %lld pixels; acquired: %s",
                    object_mm(survey_), unit_.c_str(), side,
                    acquired_pixels_text(survey_).c_str()));
    } else if (grid_.pixel_mm > survey_.pixel_mm) {
      add("prepare.spacing_mm", number(grid_.pixel_mm),
          shows_a_part()
              ? formatted("the thinnest structures are some %.3g %s wide; acquired: %s",
                          2 * least_half_width_mm(survey_), unit_.c_str(),
                          acquired_pixels_text(survey_).c_str()) +
                    part_text()
              : formatted("%.0f %s %s in %lld pixels; acquired: %s", grid_.crop_mm, unit_.c_str(),
                          survey_.large_structure_mm > 0 ? "around what was drawn" : "of the image",
                          side, acquired_pixels_text(survey_).c_str()));
    } else {
      add("prepare.spacing_mm", number(grid_.pixel_mm),
          formatted("one size for all (acquired: %s); a crop of %lld pixels holds what it must",
                    acquired_pixels_text(survey_).c_str(), side));
    }
  }

  /// What shows_a_part() costs, and which pixels would not.
  [[nodiscard]] std::string part_text() const {
    const double pixel_mm = grid_.pixel_mm > 0 ? grid_.pixel_mm : survey_.pixel_mm;
    const auto side = static_cast<double>(grid_.side);
    return formatted("; a crop shows %.0f of %.0f %s: if thick structures matter more, try %.3g",
                     side * pixel_mm, grid_.crop_mm, unit_.c_str(), grid_.crop_mm / side);
  }

  /// Pixels are as fine as the thinnest class asks, and the crop does not hold all it should.
  [[nodiscard]] bool shows_a_part() const {
    const double pixel_mm = grid_.pixel_mm > 0 ? grid_.pixel_mm : survey_.pixel_mm;
    return std::isfinite(least_half_width_mm(survey_)) &&
           static_cast<double>(grid_.side) * pixel_mm < 0.95 * grid_.crop_mm;
  }

  void plan_reach() {
    const double reach_mm = kReachShare * large_structure_mm(survey_);
    const bool far = survey_.field_mm > 2 * reach_mm;
    if (has_only_masks(survey_)) {
      add("prepare.reach_mm", "0.0", "masks say of every pixel what it is");
    } else if (reach_mm == 0) {
      add("prepare.reach_mm", "0.0", "nobody has drawn a structure yet");
    } else if (has_many_objects(survey_)) {
      add("prepare.reach_mm", "0.0", "many objects: one that nobody drew may lie anywhere");
    } else if (!far) {
      add("prepare.reach_mm", "0.0", "the image is hardly larger than what was drawn");
    } else {
      add("prepare.reach_mm", number(reach_mm),
          formatted("structures are up to %.0f %s across: what lies farther from all strokes is "
                    "background",
                    survey_.large_structure_mm, unit_.c_str()));
    }
  }

  void plan_crop() {
    add("crop.size", std::to_string(grid_.side), crop_reason());
    add("crop.border", "\"background\"", "outside the image there is nothing");
    add("crop.overhang", "0.1", "so that structures at the border come into the middle of a crop");
    add("crop.flip", survey_.pictures ? "0.5" : "0.0",
        survey_.pictures ? "pictures have no upper side" : "bodies lie alike in all scans");
    add("crop.rotation_degrees", "15.0", "nobody lies quite straight");
  }

  [[nodiscard]] std::string crop_reason() const {
    const std::string image = formatted("; image: %.0f %s", survey_.field_mm, unit_.c_str());
    if (survey_.large_structure_mm == 0) return "nobody has drawn a structure yet" + image;
    return "structures: " + structures_text(survey_) + image;
  }

  void plan_network() {
    add("network.width", around_.gpu ? "32" : "16",
        around_.gpu ? "a GPU is there"
                    : formatted("%lld threads", static_cast<long long>(around_.threads)));
    add("sampler.batch", std::to_string(around_.batch), "slices per step");
    add("scribble.balance", "0.5",
        "background is drawn many times over; with equal weights it moves borders inwards");
  }

  void plan_training() {
    for (const char* term : {"weight.mapping", "weight.cluster", "weight.anatomy"}) {
      add(term, "0.0", "weights of 1 make the codes agree by painting one class into the air");
    }
    const bool quick = around_.steps > 0 ? static_cast<double>(around_.steps) < kFewSteps
                                         : time_s_ < kDefaultTime_s / 2;
    add("schedule.learning_rate", quick ? "2e-3" : "1e-3",
        quick ? "few steps: quicker" : "as in the preset laptop");
    add("schedule.kind", "\"cosine\"", "ends with small steps whenever that is");
    if (around_.steps > 0) add("train.steps", std::to_string(around_.steps), "as given");
    if (around_.time_s > 0 || (around_.steps <= 0 && around_.epochs <= 0)) {
      add("train.time_s", formatted("%.1f", time_s_),
          around_.time_s > 0 ? "as given" : "no end was given");
    }
    add("train.validate_every", "100", "steps");
    add("train.checkpoint_every", "100", "steps");
    add("train.average_decay", "0.99", "averaged weights are better than the last");
  }

  const Survey& survey_;
  const PlanSurroundings& around_;
  double time_s_;
  PlannedGrid grid_;
  std::string unit_;  ///< of lengths, in reasons
  std::vector<PlannedOption> plan_;
};

}  // namespace

std::vector<PlannedOption> planned_options(const Survey& survey, const PlanSurroundings& around) {
  return Planner(survey, around).plan();
}

std::string plan_text(const std::vector<std::string>& remarks,
                      const std::vector<PlannedOption>& plan) {
  std::string toml;
  for (const std::string& one : remarks) toml += "# " + one + "\n";
  std::string section;
  for (const PlannedOption& one : plan) {
    const std::size_t dot = one.name.find('.');
    if (one.name.substr(0, dot) != section) {
      section = one.name.substr(0, dot);
      toml += "[" + section + "]\n";
    }
    toml += "# " + one.reason + "\n" + one.name.substr(dot + 1) + " = " + one.value + "\n";
  }
  return toml;
}

}  // namespace medcl
