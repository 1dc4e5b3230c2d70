// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/predictor.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <sstream>

#include "medcl/core/error.h"
#include "medcl/dataset/case_store.h"
#include "medcl/image/resample.h"
#include "medcl/inference/most_probable.h"
#include "medcl/inference/poll.h"
#include "medcl/inference/postprocess.h"
#include "medcl/inference/prompt_source.h"
#include "medcl/model/libtorch_state.h"

namespace medcl {
namespace {

void check_channels(const ModelCard& card, const std::vector<Image>& channels) {
  if (channels.size() != card.channel_names.size() || channels.empty()) {
    std::string names;
    for (const auto& name : card.channel_names) names += (names.empty() ? "" : ", ") + name;
    fail(ErrorCode::kModelMismatch,
         {"wrong number of channels", "image",
          std::to_string(card.channel_names.size()) + " (" + names + ")",
          std::to_string(channels.size()), "give one image per channel, in this order"});
  }
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const Image& image = channels[c];
    const std::string where = "channel " + card.channel_names[c];
    const Size3& size = image.geometry.size;
    if (*std::min_element(size.begin(), size.end()) < 1 ||
        static_cast<std::int64_t>(image.voxels.size()) != image.geometry.voxel_count()) {
      fail(ErrorCode::kInvalidData, {"an image without voxels", where, "", "", ""});
    }
    const std::string different = difference(channels.front().geometry, image.geometry);
    if (!different.empty()) {
      fail(ErrorCode::kModelMismatch,
           {"channels lie on different grids", where, "", different, "resample them to one grid"});
    }
    const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                   [](float value) { return !std::isfinite(value); });
    if (bad > 0) {
      fail(ErrorCode::kInvalidData,
           {"voxels that are not finite", where, "", std::to_string(bad), "repair the image"});
    }
  }
}

/// Brings probabilities back to native slices and keeps the most probable class.
class SliceSink {
 public:
  SliceSink(const Geometry& geometry, const PlaneSize& prepared, std::int64_t classes, bool keep)
      : native_{geometry.size[0], geometry.size[1]},
        prepared_(prepared),
        prepared_from_native_(scaling(prepared, native_)),
        plane_(static_cast<std::size_t>(native_.count())),
        best_(plane_.size()) {
    prediction.classes.geometry = geometry;
    prediction.classes.voxels.assign(static_cast<std::size_t>(geometry.voxel_count()), 0);
    if (!keep) return;
    for (std::int64_t c = 0; c < classes; ++c) {
      prediction.probabilities.push_back(
          {geometry, std::vector<float>(prediction.classes.voxels.size())});
    }
  }

  void add(std::int64_t k, const torch::Tensor& probabilities_khw) {
    const auto classes = prediction.classes.slice(k);
    std::fill(best_.begin(), best_.end(), -1.0F);
    for (std::int64_t c = 0; c < probabilities_khw.size(0); ++c) {
      const auto source_hw = probabilities_khw[c].contiguous();
      const std::span<const float> source(source_hw.data_ptr<float>(),
                                          static_cast<std::size_t>(source_hw.numel()));
      to_native(source);
      keep_most_probable(plane_, static_cast<std::uint8_t>(c), best_, classes);
      if (!prediction.probabilities.empty()) {
        const auto kept = prediction.probabilities[static_cast<std::size_t>(c)].slice(k);
        std::copy(plane_.begin(), plane_.end(), kept.begin());
      }
    }
  }

  ClassPrediction prediction;

 private:
  void to_native(std::span<const float> source) {
    if (prepared_ == native_) {
      std::copy(source.begin(), source.end(), plane_.begin());
    } else {
      resample(source, prepared_, prepared_from_native_, Interpolation::kLinear, 0.0F, plane_,
               native_);
    }
  }

  PlaneSize native_, prepared_;
  Affine2 prepared_from_native_;
  std::vector<float> plane_, best_;
};

void check_classes(const torch::Tensor& probabilities_khw, const ModelCard& card) {
  if (probabilities_khw.size(0) != card.labels.class_count()) {
    fail(ErrorCode::kModelMismatch, {"the network has another number of classes than the label map",
                                     "model", std::to_string(card.labels.class_count()),
                                     std::to_string(probabilities_khw.size(0)), ""});
  }
}

/// The images in another order of axes; empty when they are in it already.
std::vector<Image> in_order(const std::vector<Image>& channels, const AxisOrder& order) {
  std::vector<Image> moved;
  if (order.is_identity()) return moved;
  for (const Image& image : channels) {
    moved.push_back({reordered(image.geometry, order),
                     reordered(std::span<const float>(image.voxels), image.geometry.size, order)});
  }
  return moved;
}

/// The prediction as the image is stored.
void bring_back(ClassPrediction& prediction, const Geometry& stored, const AxisOrder& order) {
  reorder(prediction.classes, inverse(order));
  prediction.classes.geometry = stored;
  for (Image& probability : prediction.probabilities) {
    reorder(probability, inverse(order));
    probability.geometry = stored;
  }
}

std::unique_ptr<PromptSource> prompts_of(const PredictOptions& options, const SliceBoxes* boxes,
                                         const Size3& size) {
  if (boxes != nullptr) return std::make_unique<GivenBoxes>(*boxes, size);
  return std::make_unique<OwnBoxes>(options.box == BoxKind::kFirstPass, options.box_margin);
}

}  // namespace

void PredictOptions::describe(OptionTable table) {
  describe_segmentation(table);
  table.add("device", device, "where the network runs", {"auto", "cpu", "cuda"});
  table.add("precision", precision, "type of the convolutions");
}

void PredictOptions::describe_segmentation(OptionTable table) {
  table.add("flips", flips, "average over all mirror images, four of a slice or eight of a volume");
  std::vector<std::string> rules = component_rules();
  rules.insert(rules.begin(), "auto");
  table.add("largest_component", largest_component,
            "keep only the largest connected component: what was best on the validation cases, of "
            "each class, of all classes together, both",
            rules);
  table.add("batch", batch, "slices per pass through the network", 1, 1024);
  table.add("box", box,
            "box that a SAM is asked with: the whole image, around what a first pass found, around "
            "reference labels, or of a file");
  table.add(
      "box_from", box_from,
      "folder of the reference labels, or JSON file {case: {slice: [left, top, right, bottom]}}");
  table.add("box_margin", box_margin,
            "added to a first pass's box on every side, as a share of the image", 0, 0.5);
  table.add("box_shift_px", box_shift_px,
            "random shift of each corner of a given box, in pixels of a 1024 pixel image", 0, 1024);
}

ClassPrediction predict_classes(const Voters& voters, const ModelCard& card,
                                const std::vector<Image>& channels, const PredictOptions& options,
                                bool keep_probabilities, const SliceProgress& progress,
                                const SliceBoxes* boxes) {
  check_channels(card, channels);
  check(options.box_is_given() == (boxes != nullptr), "boxes are given where they are announced");
  require_prompts(voters.network(0), options);
  const DeterministicCudnn deterministic;
  const Geometry& stored = channels.front().geometry;
  const AxisOrder order = prepared_order(stored, card.prepare);
  const std::vector<Image> moved = in_order(channels, order);
  const SliceSource source(moved.empty() ? channels : moved, card.prepare);
  const Geometry geometry = reordered(stored, order);
  const auto prompts = prompts_of(options, boxes, geometry.size);
  SliceSink sink(geometry, source.size(), card.labels.class_count(), keep_probabilities);
  const SliceTaker take = [&](std::int64_t k, const torch::Tensor& probabilities_khw) {
    check_classes(probabilities_khw, card);
    sink.add(k, probabilities_khw);
  };
  Poll(voters, source, *prompts, {.options = options, .patch = card.crop(), .progress = progress})
      .run(take);
  keep_components(sink.prediction.classes, component_rule_of(options, card));
  bring_back(sink.prediction, stored, order);
  return std::move(sink.prediction);
}

ClassPrediction predict_classes(Network& network, const ModelCard& card,
                                const std::vector<Image>& channels, const PredictOptions& options,
                                bool keep_probabilities, const SliceProgress& progress,
                                const SliceBoxes* boxes) {
  const Voters one{.count = 1, .network = [&](std::size_t) -> Network& { return network; }};
  return predict_classes(one, card, channels, options, keep_probabilities, progress, boxes);
}

Prediction predict_case(Network& network, const ModelCard& card, const std::vector<Image>& channels,
                        const PredictOptions& options, bool keep_probabilities,
                        const SliceProgress& progress) {
  ClassPrediction found =
      predict_classes(network, card, channels, options, keep_probabilities, progress);
  Prediction prediction{.labels = {.geometry = found.classes.geometry, .voxels = {}},
                        .probabilities = std::move(found.probabilities)};
  prediction.labels.voxels.reserve(found.classes.voxels.size());
  for (const std::uint8_t index : found.classes.voxels) {
    prediction.labels.voxels.push_back(card.labels.classes[index].value);
  }
  return prediction;
}

void move_for_prediction(Network& network, const PredictOptions& options) {
  const bool has_cuda = torch::cuda::is_available();
  const bool cuda = options.device == "cuda" || (options.device == "auto" && has_cuda);
  if (cuda && !has_cuda) {
    fail(ErrorCode::kUsage, {"no CUDA device", "--device", "cpu or auto", options.device, ""});
  }
  place_network(network, cuda ? torch::kCUDA : torch::kCPU, options.precision);
  require_prompts(network, options);
}

void require_prompts(const Network& network, const PredictOptions& options) {
  if (network.traits().prompts || options.box == BoxKind::kImage) return;
  fail(ErrorCode::kUsage, {"this model is not asked with boxes", "--box", "image, or a SAM",
                           name_of(options.box), ""});
}

std::string box_source_text(const Network& network, const PredictOptions& options) {
  if (!network.traits().prompts) return "";
  if (options.box == BoxKind::kImage) return "whole image";
  std::ostringstream text;
  if (options.box == BoxKind::kFirstPass) {
    text << "first pass, margin " << options.box_margin;
    return text.str();
  }
  text << (options.box == BoxKind::kFile ? "file " : "reference labels of ") << options.box_from;
  if (options.box_shift_px > 0) {
    text << ", corners shifted by up to " << options.box_shift_px << " px of 1024";
  }
  return text.str();
}

}  // namespace medcl
