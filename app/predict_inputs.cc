// SPDX-License-Identifier: Apache-2.0
#include "app/predict_inputs.h"

#include <string>

#include "app/console.h"
#include "app/predict_record.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/random.h"
#include "medcl/dataset/fingerprint.h"
#include "medcl/image/picture.h"
#include "medcl/model/sam/network_options.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// What a person should know of a case: on stderr now, and in prediction.json.
void warn_of(PredictJob& job, const std::string& message) {
  log(LogLevel::kWarning, message);
  job.warnings.push_back(message);
}

/// One line when the case is unlike the images the model was trained on.
void warn_if_unlike(PredictJob& job, const ModelCard& card,
                    const std::vector<Loaded<float>>& channels) {
  const auto images = card.training.find("images");
  if (images == card.training.end()) return;  // a model that does not know
  const std::string text = unlike_training(look_of(channels, card.prepare),
                                           Fingerprint::from_json(*images, "model.json"),
                                           card.channel_names, card.prepare);
  if (text.empty()) return;
  warn_of(job, "case " + job.input.id + " is unlike the training images: " + text +
                   "; look at its labels with care");
}

/// Which file was taken for which channel, where nothing but their order says so.
void say_order(const PredictJob& job, const ModelCard& card) {
  if (!job.input.in_order) return;
  std::string text = "channels by the order of the files:";
  for (std::size_t c = 0; c < job.input.files.size(); ++c) {
    text += (c == 0 ? " " : ", ") + std::to_string(c) + " " + card.channel_names[c] + " = " +
            job.input.files[c].filename().string();
  }
  note(text);
}

/// The boxes of one case in the slices that the network sees, shifted as asked. `file`: the content
/// of the file of boxes, whose slices are those of the image as it is stored.
SliceBoxes given_boxes(const PredictJob& job, const Json& file, const ModelCard& card,
                       const PredictOptions& options, const Geometry& stored) {
  const AxisOrder order = prepared_order(stored, card.prepare);
  const Geometry geometry = reordered(stored, order);
  SliceBoxes boxes;
  if (options.box == BoxKind::kFile) {
    const std::string where = options.box_from + ": " + job.input.id;
    boxes =
        reordered(boxes_from_json(file, job.input.id, stored.size, card.labels, options.box_from),
                  stored.size, order, where);
  } else {
    const fs::path path = fs::path(options.box_from) / (job.input.id + job.input.ending);
    Labels reference = read_labels(path).volume;
    if (!bring_onto(stored, reference)) {
      fail(ErrorCode::kInvalidData,
           {"image and reference lie on different grids", path.string(), "the grid of the image",
            difference(stored, reference.geometry), ""});
    }
    reorder(reference, order);
    boxes = boxes_around_labels(reference, card.labels, path.string());
  }
  // Keyed by the name of the case: the same shift whatever else is predicted.
  const auto* name = reinterpret_cast<const std::uint8_t*>(job.input.id.data());
  RandomStream random({.seed = crc32c({name, job.input.id.size()}), .purpose = Purpose::kBoxShift});
  return shifted_boxes(boxes, options.box_shift_px / sam::kPublishedSide, geometry.size, random);
}

}  // namespace

void warn_of_flips(const ModelCard& card, const PredictOptions& options) {
  const auto flip = card.training.find("flip");
  if (!options.flips || flip == card.training.end() || !flip->is_number() || *flip != 0) return;
  log(LogLevel::kWarning,
      "--flips averages over mirror images, but this model was trained without any (crop.flip = "
      "0): its labels become worse, often useless");
}

std::int64_t examine_inputs(std::vector<PredictJob>& jobs, const ModelCard& card,
                            const PredictArguments& arguments) {
  const PredictOptions& options = arguments.options;
  const Json file = options.box == BoxKind::kFile ? read_json(options.box_from) : Json();
  std::int64_t slices = 0, examined = 0, in_pixels = 0;
  Progress line(static_cast<std::int64_t>(jobs.size()), "reading", "case");
  for (PredictJob& job : jobs) {
    if (job.done) continue;
    stop_if_asked();
    const auto channels = load(job, card, arguments);
    const Geometry& geometry = channels.front().volume.geometry;
    if (job.image_hashes.empty()) job.image_hashes = image_hashes(job.input);
    say_order(job, card);
    warn_if_unlike(job, card, channels);
    if (options.box_is_given()) {
      job.boxes = given_boxes(job, file, card, options, geometry);
    }
    slices += reordered(geometry, prepared_order(geometry, card.prepare)).size[2];
    for (const auto& channel : channels) {
      for (const Finding& finding : channel.findings) {
        if (finding.severity == Severity::kInfo) continue;
        if (finding.id == kNoPhysicalSize) {
          if (in_pixels++ == 0) log(LogLevel::kWarning, to_line(finding.problem));
          job.in_pixels = true;
        } else {
          warn_of(job, to_line(finding.problem));
        }
      }
    }
    line.update(++examined, job.input.id);
  }
  if (in_pixels > 1) note(std::to_string(in_pixels) + " pictures do not say it");
  return slices;
}

}  // namespace medcl
