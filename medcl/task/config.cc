// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/threads.h"
#include "medcl/dataset/orientation.h"
#include "medcl/dataset/window.h"
#include "medcl/format/toml.h"
#include "medcl/inference/predictor.h"
#include "medcl/model/network_wish.h"
#include "medcl/task/presets.h"

namespace medcl {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kUsage, {.what = what, .where = where, .expected = expected, .found = found});
}

/// Names that earlier versions had.
constexpr std::array kRenamed{
    std::pair{"train.validate_flips", "validate.flips"},
    std::pair{"train.validate_largest_component", "validate.largest_component"},
    std::pair{"train.validate_box", "validate.box"},
};

}  // namespace

void TrainOptions::describe(OptionTable table) {
  LoopOptions::describe(table);
  table.add("split", split, "index in splits_final.json", 0, 1000);
  table.add("validate_on", validate_on,
            "cases to validate on, all others train; empty = as splits_final.json says");
  table.add("leave_out", leave_out, "cases that are neither trained nor validated on");
  table.add("scribbled", scribbled, "cases whose scribbles are used; empty = all that have any");
  table.add("memory_check", memory_check,
            "refuse a training on the CPU that takes more memory than is free");
  table.add("allow_missing_class", allow_missing_class,
            "train although no scribble shows some class of dataset.json");
}

void RunOptions::describe(OptionTable table) {
  table.add("dataset", dataset, "folder of the dataset");
  train.describe(table.scope("train"));
  validate.describe_segmentation(table.scope("validate"));
  schedule.describe(table.scope("schedule"));
  method.describe(table);
  network.describe(table);
  prepare.describe(table.scope("prepare"));
  sample.crop.describe(table.scope("crop"));
  sample.intra_mix.describe(table.scope("intra_mix"));
  sample.augment.describe(table.scope("augment"));
  sample.augment.chance.describe(table.scope("augment.chance"));
  table.add("sampler.unlabelled", sample.unlabelled, "use of training cases without scribbles");
  sampler.describe(table.scope("sampler"));
  for (const auto& [before, now] : kRenamed) table.rename(before, now);
}

OptionTable RunOptions::table() {
  OptionTable table;
  describe(table);
  return table;
}

EngineOptions RunOptions::engine() const {
  return {.loop = train,
          .schedule = schedule,
          .optimiser = {.kind = train.optimiser,
                        .weight_decay = train.weight_decay,
                        .momentum = train.momentum,
                        .clip_norm = train.clip_norm,
                        .fused = train.fused},
          .batch = sampler.batch};
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : built_in_presets()) {
    names.push_back(name);
  }
  return names;
}

const std::string& preset_text(const std::string& name) {
  const auto& presets = built_in_presets();
  const auto found = presets.find(name);
  if (found == presets.end()) {
    refuse("--preset", "unknown preset",
           "one of the built-in presets, nearest is '" + nearest_name(name, preset_names()) + "'",
           "'" + name + "'");
  }
  return found->second;
}

namespace {

void check_side(const std::string& option, std::int64_t side, std::int64_t fixed,
                std::int64_t multiple, const std::string& network) {
  if (fixed > 0 && side != fixed) {
    refuse(option, "the network " + network + " has a fixed input size", std::to_string(fixed),
           std::to_string(side));
  }
  if (side % multiple != 0) {
    refuse(option, "does not suit the network " + network,
           "a multiple of " + std::to_string(multiple), std::to_string(side));
  }
}

void check_crop(const RunOptions& options) {
  const CropOptions& crop = options.sample.crop;
  const NetworkTraits traits = options.network.traits();
  if (traits.axes == 2 && crop.depth != 1) {
    refuse("crop.depth", "the network " + options.network.name + " sees one slice at a time", "1",
           std::to_string(crop.depth));
  }
  check_side("crop.size", crop.size, traits.fixed.x, traits.multiple.x, options.network.name);
  check_side("crop.depth", crop.depth, traits.fixed.z, traits.multiple.z, options.network.name);
  if (crop.scale_min > crop.scale_max) {
    refuse("crop.scale_min", "is larger than crop.scale_max", "at most crop.scale_max",
           std::to_string(crop.scale_min));
  }
}

void check_intra_mix(const RunOptions& options) {
  const IntraMixOptions& mix = options.sample.intra_mix;
  if (mix.box_min > mix.box_max) {
    refuse("intra_mix.box_min", "is larger than intra_mix.box_max", "at most intra_mix.box_max",
           std::to_string(mix.box_min));
  }
  if (options.network.traits().prompts && mix.order == MixOrder::kIntraFirst) {
    refuse("intra_mix.order",
           "a network that is asked with boxes takes those of the intra-mix, which lie in crops",
           "crop_first", "intra_first");
  }
}

void settle_training(TrainOptions& train) {
  if (train.steps == 0 && train.epochs == 0 && train.time_s == 0 && !train.untrained) {
    fail(ErrorCode::kUsage, {.what = "the length of the training is not given",
                             .where = "train.steps",
                             .expected = "steps, epochs or time",
                             .remedy = "give one of them, such as --time 30m or --steps 2000"});
  }
  if (train.device == "cuda" && !torch::cuda::is_available()) {
    refuse("--device", "this libtorch has no CUDA device", "cpu", "cuda");
  }
  train.threads = threads_or_all(train.threads);
}

/// A network that is asked with prompts computes in fp32, whatever the device could do.
Precision precision_of(const RunOptions& options) {
  const Precision asked = options.train.precision;
  if (!options.network.traits().prompts) {
    return settled_precision(asked, torch::Device(options.train.device));
  }
  if (asked == Precision::kBf16) {
    log(LogLevel::kWarning,
        "train.precision = bf16: the network " + options.network.name + " computes in fp32");
  }
  return Precision::kFp32;
}

std::vector<std::string> foreground_names(const LabelMap& labels) {
  std::vector<std::string> names;
  for (std::size_t k = 1; k < labels.classes.size(); ++k) names.push_back(labels.classes[k].name);
  return names;
}

}  // namespace

void settle_options(RunOptions& options, const Dataset& dataset) {
  settle_training(options.train);
  options.train.precision = precision_of(options);
  options.network.settle(
      {.crop_size = options.sample.crop.size, .class_names = foreground_names(dataset.labels)});
  check_crop(options);
  check_intra_mix(options);
  require_window(options.prepare);
  if (options.validate.box == BoxKind::kFile) {
    refuse("validate.box", "validation cases have labels, which say where the boxes are",
           "image, first_pass or reference", "file");
  }
  options.prepare.orientation =
      settled_orientation(dataset, options.prepare.orientation, options.prepare.assume);
  options.sample.classes = dataset.labels.class_count();
  options.sample.axes = options.network.traits().axes;
  require_granted(options.network.name, needs_of(options).network, options.method.name);
}

MethodContext method_context(const RunOptions& options) {
  const NetworkTraits traits = options.network.traits();
  return {.map = traits.map_side > 0 ? Extent{.y = traits.map_side, .x = traits.map_side}
                                     : options.sample.crop.extent(),
          .classes = options.sample.classes,
          .seed = static_cast<std::uint64_t>(options.train.seed),
          .compute_type = type_of(options.train.precision),
          .network = traits};
}

MethodNeeds needs_of(const RunOptions& options) {
  return options.method.needs(method_context(options));
}

double parse_duration_s(const std::string& text) {
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const std::string unit = text.substr(used);
  const double factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (used == 0 || !(value > 0) || factor == 0 || value > 1e8) {
    refuse("--time", "not a duration", "a number with s, m or h, such as 30m", "'" + text + "'");
  }
  return value * factor;
}

}  // namespace medcl
