// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the channels of one case to a label volume on the same grid: into the order of axes that the
// model was trained on, prepare slices as training did, network, back to the native slice, argmax,
// back to the order in which the image is stored.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/image/volume.h"
#include "medcl/inference/slice_boxes.h"
#include "medcl/model/model_file.h"
#include "medcl/model/network.h"

namespace medcl {

/// Boxes of a model that is asked with boxes, one for each class: the whole image, around what a
/// first pass found, around reference labels, or of a file.
enum class BoxKind { kImage, kFirstPass, kReference, kFile };
inline const Choices<BoxKind>& choices(BoxKind) {
  static const Choices<BoxKind> kAll{{"image", BoxKind::kImage},
                                     {"first_pass", BoxKind::kFirstPass},
                                     {"reference", BoxKind::kReference},
                                     {"file", BoxKind::kFile}};
  return kAll;
}

struct PredictOptions {
  bool flips = false;  ///< average over the slice or volume and its three or seven mirror images
  /// Which 3-D components are kept: one of component_rules(), or "auto": in prediction as the model
  /// says, in the validation of a training what is best there, which the model then says.
  std::string largest_component = "auto";
  std::int64_t batch = 4;                  ///< slices per pass through a network of slices
  std::string device = "cpu";              ///< cpu, cuda, auto; used by move_for_prediction
  Precision precision = Precision::kAuto;  ///< used by move_for_prediction
  BoxKind box = BoxKind::kImage;           ///< where boxes come from
  std::string box_from;                    ///< the folder of reference labels, or the JSON file
  double box_margin = 0.05;  ///< around a first pass, as a share of the side of the image
  double box_shift_px = 0;   ///< of the corners of a box that is given; see shifted_boxes
  [[nodiscard]] bool box_is_given() const {
    return box == BoxKind::kReference || box == BoxKind::kFile;
  }
  void describe(OptionTable table);
  /// All but where and in which type the network runs: what the validation of a training has too.
  void describe_segmentation(OptionTable table);
};

struct ClassPrediction {
  Grid<std::uint8_t> classes;        ///< class indices (0 = background), on the input grid
  std::vector<Image> probabilities;  ///< per class (background first), only when asked for
};

struct Prediction {
  Labels labels;                     ///< values of the label map, on the input grid
  std::vector<Image> probabilities;  ///< per class (background first), only when asked for
};

/// Networks that predict together: the mean of their probabilities counts. One card describes them
/// all.
struct Voters {
  std::size_t count = 1;
  std::function<Network&(std::size_t)> network;  ///< voter n, where it should be
  bool stay = true;  ///< all at once in memory; else asking for one may end the one before
};

/// Called with (slices done, slices in all).
using SliceProgress = std::function<void(std::int64_t, std::int64_t)>;

/// `channels`: in the order of card.channel_names, all on one grid. The network runs where its
/// parameters are, in evaluation mode and without gradients; its mode is restored afterwards, so it
/// may be in the middle of training. Holds the probabilities of one batch of slices at a time, or
/// of all slices for a network of volumes, which sees tiles of card.crop(); in all one byte per
/// voxel for the classes (and 4 while components are counted), 4 per voxel and class for
/// probabilities when they are asked for; 4 more per voxel and channel where the image is stored in
/// another order of axes than that of the model. Images that differ in nothing but that order get
/// the same labels in the same places. `boxes`: one entry per slice that the network sees (of an
/// image after prepared_order); needed where options.box_is_given().
/// @throws Error(kUsage) as require_prompts;
///         Error(kModelMismatch) number of channels, grids of channels or number of classes differ;
///         Error(kInvalidData) an empty image or a voxel that is not finite.
ClassPrediction predict_classes(Network& network, const ModelCard& card,
                                const std::vector<Image>& channels, const PredictOptions& options,
                                bool keep_probabilities = false, const SliceProgress& progress = {},
                                const SliceBoxes* boxes = nullptr);
/// The same of the mean probabilities of several networks, which see the same slices. Where they do
/// not stay, each is asked for once and the probabilities of all prepared slices are held; the
/// result is the same to the bit. Slices done are those of all voters over their number.
ClassPrediction predict_classes(const Voters& voters, const ModelCard& card,
                                const std::vector<Image>& channels, const PredictOptions& options,
                                bool keep_probabilities = false, const SliceProgress& progress = {},
                                const SliceBoxes* boxes = nullptr);
/// The same as label values.
Prediction predict_case(Network& network, const ModelCard& card, const std::vector<Image>& channels,
                        const PredictOptions& options, bool keep_probabilities = false,
                        const SliceProgress& progress = {});

/// Moves the network to options.device and sets its precision (place_network).
/// @throws Error(kUsage) when the device is not there; as require_prompts.
void move_for_prediction(Network& network, const PredictOptions& options);
/// @throws Error(kUsage) when the network is not asked with boxes and options ask for any.
void require_prompts(const Network& network, const PredictOptions& options);

/// Where the box prompts come from, for provenance: "whole image", "first pass, margin 0.05",
/// "reference labels of FOLDER, corners shifted by up to 10 px of 1024"; empty for a network that
/// is not asked with boxes.
std::string box_source_text(const Network& network, const PredictOptions& options);

}  // namespace medcl
