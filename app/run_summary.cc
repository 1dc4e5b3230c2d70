// SPDX-License-Identifier: Apache-2.0
#include "app/run_summary.h"

#include "app/console.h"
#include "app/progress.h"
#include "medcl/core/formatted.h"
#include "medcl/dataset/survey_notes.h"
#include "medcl/task/memory.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

/// "96 x 96", "96 x 96 x 8".
std::string crop_text(const CropOptions& crop) {
  const std::string side = std::to_string(crop.size);
  return side + " x " + side + (crop.depth > 1 ? " x " + std::to_string(crop.depth) : "");
}

void print_slices(const Survey& survey) {
  note(formatted("slices: %lld of %lld drawn; %s", static_cast<long long>(survey.drawn_slices),
                 static_cast<long long>(survey.slices), classes_text(survey).c_str()));
}

void print_pixels(const Survey& survey, const PrepareOptions& prepare) {
  const std::string acquired = acquired_pixels_text(survey), unit = survey.units.length();
  const std::string size =
      prepare.spacing_mm > 0
          ? formatted("%.3g %s, acquired %s", prepare.spacing_mm, unit.c_str(), acquired.c_str())
          : acquired + ", as acquired";
  note("pixels: " + size + formatted("; images %.0f %s across", survey.field_mm, unit.c_str()) +
       (survey.pictures
            ? ""
            : formatted(", slices %.2g %s apart", survey.slice_distance_mm, unit.c_str())));
}

void print_structures(const Survey& survey, const RunOptions& options) {
  const double pixel_mm =
      options.prepare.spacing_mm > 0 ? options.prepare.spacing_mm : survey.pixel_mm;
  const CropOptions& crop = options.sample.crop;
  note("structures: " + structures_text(survey) + "; a crop of " + crop_text(crop) +
       formatted(" pixels: %.0f ", static_cast<double>(crop.size) * pixel_mm) +
       survey.units.length());
}

void print_background(const Survey& survey, const PrepareOptions& prepare) {
  const std::string unit = survey.units.length();
  const bool masks = has_only_masks(survey);
  std::string drawn = masks ? "in masks" : "not drawn";
  if (survey.background_gap_mm > 0) {
    drawn = formatted("drawn %.2g %s from the strokes of structures", survey.background_gap_mm,
                      unit.c_str());
  }
  if (prepare.reach_mm > 0) {
    drawn += formatted("; assumed beyond %.4g %s", prepare.reach_mm, unit.c_str());
  }
  note("background: " + drawn);
}

void print_network(const RunOptions& options) {
  RunOptions own = options;  // of which the table shows the values
  const OptionTable table = own.table();
  const Option* width = table.find("network.width");
  std::string line = "network: " + options.network.name +
                     (width == nullptr ? "" : " of width " + width->value_text()) + ", method " +
                     options.method.name +
                     formatted(", batch %lld", static_cast<long long>(options.sampler.batch));
  if (options.train.device == "cpu") {
    line += formatted(", %lld thread%s, ", static_cast<long long>(options.train.threads),
                      options.train.threads == 1 ? "" : "s") +
            gigabytes_text(static_cast<double>(training_bytes(options)));
  }
  note(line);
}

void print_end(const TrainOptions& train, bool planned) {
  if (train.untrained) return;
  std::string ends;
  const auto add = [&ends](const std::string& end) { ends += (ends.empty() ? "" : " or ") + end; };
  if (train.time_s > 0) add(duration_text(train.time_s));
  if (train.steps > 0) add(std::to_string(train.steps) + " steps");
  if (train.epochs > 0) add(std::to_string(train.epochs) + " epochs");
  note("time: " + ends + (planned ? "; why all this: plan.toml in the run folder" : ""));
}

}  // namespace

void print_summary(const Dataset& dataset, const RunOptions& options,
                   const std::optional<RunPlan>& plan) {
  note("cases: " + case_counts(dataset, options.train));
  if (plan) {
    print_slices(plan->survey);
    print_pixels(plan->survey, options.prepare);
    print_structures(plan->survey, options);
    print_background(plan->survey, options.prepare);
  } else if (options.prepare.reach_mm > 0) {
    note(formatted("background: assumed farther than %g mm from every stroke (prepare.reach_mm)",
                   options.prepare.reach_mm));
  }
  print_network(options);
  print_end(options.train, plan.has_value());
}

}  // namespace medcl
