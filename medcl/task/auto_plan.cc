// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/auto_plan.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "medcl/core/formatted.h"
#include "medcl/core/memory.h"
#include "medcl/core/threads.h"
#include "medcl/dataset/orientation.h"
#include "medcl/dataset/survey_notes.h"
#include "medcl/format/toml.h"
#include "medcl/task/config.h"
#include "medcl/task/memory.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

constexpr double kShareOfMemory = 0.8;
constexpr std::int64_t kLeastBatch = 2, kLeastSide = 64, kSideStep = 16;
// The step in which PlanSurroundings::step_cost counts.
constexpr double kUsualBatch = 8, kUsualWidth = 16, kUsualPasses = 2;
constexpr double kBf16Share = 0.3;  // where the processor multiplies such numbers, it is newer, too
constexpr double kWidthPower = 1.5;  // narrow layers wait for memory

/// The dataset as the run sees it: cases whose scribbles it leaves out have none.
Dataset seen_by(const TrainOptions& options, Dataset dataset) {
  if (options.scribbled.empty()) return dataset;
  for (Case& one : dataset.cases) {
    if (std::ranges::find(options.scribbled, one.id) == options.scribbled.end()) {
      one.labels.reset();
    }
  }
  return dataset;
}

/// The options that were given, as they now are called; none of other networks and methods.
std::set<std::string> given_names(const GivenOptions& given, const OptionTable& table) {
  std::vector<std::string> names;
  if (!given.config_file.empty()) names = names_in_toml_file(given.config_file);
  for (const std::string& setting : given.settings) {
    names.push_back(split_setting(setting, "--set").first);
  }
  std::set<std::string> known;
  for (const std::string& name : names) {
    const Option* option = table.find(name);
    const bool in_section = name.find('.') != std::string::npos;
    if (option != nullptr && in_section) known.insert(option->name);
  }
  return known;
}

/// Plans again and again, for what is given and less and less memory.
class Planning {
 public:
  Planning(const Dataset& dataset, const GivenOptions& given)
      : dataset_(dataset),
        given_(given),
        asked_(resolve_options("", given.config_file, given.settings)) {
    asked_.prepare.orientation =
        settled_orientation(dataset, asked_.prepare.orientation, asked_.prepare.assume);
    asked_.sample.classes = dataset.labels.class_count();
    asked_.train.precision =
        settled_precision(asked_.train.precision, torch::Device(asked_.train.device));
    names_ = given_names(given, asked_.table());
    look_around();
  }

  AutoPlan plan(std::int64_t available,
                const std::function<void(std::int64_t, std::int64_t)>& progress) {
    plan_.survey = survey_of_run(dataset_, asked_, progress);
    plan_.warnings = survey_warnings(plan_.survey);
    plan_options();
    const RunOptions run = resolved();
    if (around_.gpu) {
      plan_.machine = "For a GPU.";
    } else {
      fit_into(available, run);
    }
    warn_of_unused();
    warn_of_small_crop(resolved());
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool is_given(const std::string& name) const { return names_.contains(name); }

  void look_around() {
    const NetworkTraits traits = asked_.network.traits();
    around_.threads = threads_or_all(asked_.train.threads);
    around_.gpu = asked_.train.device == "cuda";
    around_.time_s = asked_.train.time_s;
    around_.steps = asked_.train.steps;
    around_.epochs = asked_.train.epochs;
    around_.multiple = traits.multiple.x;
    around_.crop_size = is_given("crop.size") ? asked_.sample.crop.size : traits.fixed.x;
    if (is_given("sampler.batch")) around_.batch = asked_.sampler.batch;
    if (is_given("prepare.spacing_mm")) around_.spacing_mm = asked_.prepare.spacing_mm;
  }

  /// With the batch of now.
  [[nodiscard]] double step_cost() {
    double width = kUsualWidth;
    if (is_given("network.width")) {
      width = std::stod(asked_.table().at("network.width", "plan").value_text());
    }
    const double precision = asked_.train.precision == Precision::kBf16 ? kBf16Share : 1;
    return precision * needs_of(asked_).passes / kUsualPasses * static_cast<double>(around_.batch) /
           kUsualBatch * std::pow(width / kUsualWidth, kWidthPower);
  }

  void plan_options() {
    around_.step_cost = step_cost();
    plan_.options = planned_options(plan_.survey, around_);
    const OptionTable table = asked_.table();
    std::erase_if(plan_.options, [&](const PlannedOption& one) {
      return table.find(one.name) == nullptr || is_given(one.name);
    });
    for (const Option& option : table.options()) {
      if (is_given(option.name)) insert({option.name, option.value_text(), "as given"});
    }
    unused_ = unused_options();
    std::erase_if(plan_.options,
                  [&](const PlannedOption& one) { return unused_.contains(one.name); });
    explain("sampler.batch", batch_reason_);
    explain("crop.size", crop_reason_);
    if (asked_.network.traits().fixed.x > 0) {
      explain("crop.size", "the network " + asked_.network.name + " takes no other");
    }
  }

  /// Options of the preparation that the normalisation has no use for.
  [[nodiscard]] std::set<std::string> unused_options() const {
    const auto chosen =
        std::ranges::find(plan_.options, "prepare.normalisation", &PlannedOption::name);
    if (chosen == plan_.options.end()) return {};
    if (chosen->value == "\"window\"") return {"prepare.clip_percentile"};
    return {"prepare.window_low", "prepare.window_high"};
  }

  void warn_of_unused() {
    for (const std::string& name : unused_) {
      if (!is_given(name)) continue;
      plan_.warnings.push_back(name + " is given and not used: prepare.normalisation is " +
                               (name == "prepare.clip_percentile" ? "" : "not ") + "window");
    }
  }

  /// Behind the last option of its section.
  void insert(const PlannedOption& option) {
    const auto section = [](const PlannedOption& one) {
      return one.name.substr(0, one.name.find('.'));
    };
    const auto last =
        std::find_if(plan_.options.rbegin(), plan_.options.rend(),
                     [&](const auto& one) { return section(one) == section(option); });
    const auto place = last == plan_.options.rend() ? plan_.options.end() : last.base();
    plan_.options.insert(place, option);
  }

  void explain(const std::string& name, const std::string& reason) {
    const auto option = std::ranges::find(plan_.options, name, &PlannedOption::name);
    if (!reason.empty() && option != plan_.options.end() && !is_given(name)) {
      option->reason = reason + "; " + option->reason;
    }
  }

  [[nodiscard]] RunOptions resolved() const {
    RunOptions run = resolve_options("", given_.config_file, given_.settings,
                                     {.defaults = plan_.text(), .describe = {}});
    settle_options(run, dataset_);
    return run;
  }

  void fit_into(std::int64_t available, RunOptions run) {
    const double limit = kShareOfMemory * static_cast<double>(available);
    auto bytes = static_cast<double>(training_bytes(run));
    while (available >= 0 && bytes > limit && make_smaller(run, bytes)) {
      plan_options();
      run = resolved();
      bytes = static_cast<double>(training_bytes(run));
    }
    const double of_network = bytes;
    bytes = with_volumes(bytes);
    plan_.machine = "For " + std::to_string(around_.threads) +
                    (around_.threads == 1 ? " thread" : " threads") +
                    " without a GPU; it takes about " + gigabytes_text(bytes) + " of memory.";
    if (available < 0 || bytes <= static_cast<double>(available)) return;
    const bool volumes = of_network <= static_cast<double>(available);
    plan_.warnings.push_back(
        "this training takes about " + gigabytes_text(bytes) + " of memory, and " +
        gigabytes_text(static_cast<double>(available)) + " are free: " +
        (volumes ? "the scans are large (" + std::to_string(plan_.survey.most_voxels) +
                       " voxels, read as a whole). Cut them to what matters, or free memory"
                 : "nothing that is open could become smaller"));
  }

  /// Structures that lie somewhere in the image, and a crop that cannot hold them.
  void warn_of_small_crop(const RunOptions& run) {
    const Survey& survey = plan_.survey;
    const double pixel_mm = run.prepare.spacing_mm > 0 ? run.prepare.spacing_mm : survey.pixel_mm;
    const double side_mm = static_cast<double>(run.sample.crop.size) * pixel_mm;
    const double large_mm = survey.large_structure_mm;
    if (has_many_objects(survey) || side_mm >= large_mm || survey.field_mm < 2 * large_mm) return;
    const std::string unit = survey.units.length();
    plan_.warnings.push_back(formatted(
        "a crop shows %.0f %s, and structures are up to %.0f %s across: where they are is hard to "
        "learn. Give more time, or coarser pixels: --set prepare.spacing_mm=%.3g",
        side_mm, unit.c_str(), large_mm, unit.c_str(), 1.5 * large_mm / (side_mm / pixel_mm)));
  }

  /// `training` bytes, and what reading, validation and the component rule take beside it.
  [[nodiscard]] double with_volumes(double training) const {
    std::int64_t judged = plan_.survey.labelled;
    for (const Split& split : dataset_.splits) {
      judged = std::max(judged, std::ssize(split.validation));
    }
    return static_cast<double>(bytes_with_volumes(static_cast<std::int64_t>(training),
                                                  plan_.survey.most_voxels, plan_.survey.channels,
                                                  judged));
  }

  /// What is planned for less memory; false when everything is given or as small as it may be.
  bool make_smaller(const RunOptions& run, double bytes) {
    const std::string reason = "memory: more would take " + gigabytes_text(bytes);
    const std::int64_t side = run.sample.crop.size;
    if (!is_given("sampler.batch") && around_.batch / 2 >= kLeastBatch) {
      around_.batch /= 2;
      around_.most_side = side;  // cheaper steps are no reason for a larger crop
      batch_reason_ = reason;
      return true;
    }
    const auto sizes = run.network.entry()
                           .footprint(run.network.own, {.extent = run.sample.crop.extent(),
                                                        .precision = run.train.precision})
                           .sizes;
    const std::int64_t step = std::max(kSideStep, around_.multiple);
    const bool decides = std::ranges::find(sizes, "crop.size") != sizes.end();
    if (around_.crop_size > 0 || !decides || side - step < kLeastSide) return false;
    around_.most_side = side - step;
    crop_reason_ = reason;
    return true;
  }

  const Dataset& dataset_;
  const GivenOptions& given_;
  RunOptions asked_;
  std::set<std::string> names_, unused_;
  PlanSurroundings around_;
  AutoPlan plan_;
  std::string batch_reason_, crop_reason_;
};

}  // namespace

Survey survey_of_run(const Dataset& dataset, const RunOptions& asked,
                     const std::function<void(std::int64_t, std::int64_t)>& progress) {
  return survey_of(seen_by(asked.train, dataset), chosen_split(dataset, asked.train).train,
                   asked.prepare, progress);
}

std::string AutoPlan::text() const {
  std::vector<std::string> remarks{drawn_text(survey) + "."};
  if (!survey.classes.empty()) remarks.push_back("Slices: " + classes_text(survey) + ".");
  if (!machine.empty()) remarks.push_back(machine);
  for (const std::string& one : warnings) remarks.push_back("Warning: " + one + ".");
  return plan_text(remarks, options);
}

AutoPlan auto_plan_within(const Dataset& dataset, const GivenOptions& given, std::int64_t available,
                          const std::function<void(std::int64_t, std::int64_t)>& progress) {
  return Planning(dataset, given).plan(available, progress);
}

AutoPlan auto_plan(const Dataset& dataset, const GivenOptions& given,
                   const std::function<void(std::int64_t, std::int64_t)>& progress) {
  return auto_plan_within(dataset, given, available_memory_bytes().value_or(-1), progress);
}

}  // namespace medcl
