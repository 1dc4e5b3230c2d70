// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/predictions.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/core/stored_path.h"
#include "medcl/image/volume_io.h"
#include "medcl/report/table.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewestOthers = 4;
constexpr double kFarDeviations = 3.5, kFarShare = 0.25;
constexpr double kDeviationPerMad = 1.4826;  // of normally distributed numbers
constexpr double kWholeShare = 0.9;
constexpr std::int64_t kManyPieces = 5;

void measure(PredictedCase& one, const LabelMap& labels) {
  const Labels volume = read_labels(one.labels).volume;
  const auto class_indices = to_class_indices(volume, labels, one.labels.string());
  one.volumes_ml = class_volumes_ml(class_indices, volume.geometry, labels.classes.size());
  one.volumes_ml.erase(one.volumes_ml.begin());
  for (std::size_t c = 1; c < labels.classes.size(); ++c) {
    one.pieces.push_back(
        pieces_of_class(class_indices, volume.geometry.size, static_cast<std::uint8_t>(c)));
  }
}

PredictedCase case_from_json(const Json& json, const fs::path& folder) {
  PredictedCase one;
  one.id = json.at("id").get<std::string>();
  one.in_pixels = units_of(json).pixels;
  for (const Json& image : json.at("images")) {
    one.images.push_back(found_path(image.get<std::string>(), folder));
  }
  one.labels = found_path(json.at("labels").get<std::string>(), folder);
  for (const Json& warning : json.value("warnings", Json::array())) {
    one.warnings.push_back(warning.get<std::string>());
  }
  return one;
}

/// Of the cases other than `index` that have the class.
std::vector<double> volumes_of_others(const Predictions& predictions, std::size_t index,
                                      std::size_t c) {
  std::vector<double> volumes_ml;
  for (std::size_t i = 0; i < predictions.cases.size(); ++i) {
    const double one = predictions.cases[i].volumes_ml[c];
    if (i != index && one > 0) volumes_ml.push_back(one);
  }
  return volumes_ml;
}

std::string far_text(double volume_ml, const std::vector<double>& others_ml, const Units& units) {
  if (others_ml.size() < kFewestOthers) return "";
  const double median = percentile(others_ml, 50);
  std::vector<double> distances;
  distances.reserve(others_ml.size());
  for (const double one : others_ml) distances.push_back(std::abs(one - median));
  const double deviation = kDeviationPerMad * percentile(distances, 50);
  const double distance = std::abs(volume_ml - median);
  if (distance <= kFarDeviations * deviation || distance <= kFarShare * median) return "";
  const auto text = [&](double ml) {
    return number_text(units.volume_of(ml), units.volume_digits()) + " " + units.volume();
  };
  return text(volume_ml) + ", where the median of the other cases is " + text(median);
}

std::string pieces_text(const Pieces& pieces) {
  const bool whole =
      pieces.count <= 1 || (pieces.count <= kManyPieces && pieces.largest_share >= kWholeShare);
  if (whole) return "";
  return std::to_string(pieces.count) + " separate pieces, the largest with " +
         number_text(100 * pieces.largest_share, 0) + " % of the volume";
}

}  // namespace

Units Predictions::units() const {
  const bool pixels =
      std::ranges::all_of(cases, [](const PredictedCase& one) { return one.in_pixels; });
  return {!cases.empty() && pixels};
}

Predictions read_predictions(const fs::path& folder) {
  const fs::path file = folder / "prediction.json";
  if (!fs::exists(file)) {
    fail(ErrorCode::kIo, {.what = "no prediction.json in the folder of predictions",
                          .where = folder.string(),
                          .expected = "a folder that `medcl predict -o` wrote",
                          .remedy = "predict into a folder"});
  }
  Predictions predictions;
  predictions.record = read_json(file);
  try {
    predictions.labels = LabelMap::from_json(predictions.record.at("labels"), file.string());
    for (const Json& one : predictions.record.at("cases")) {
      predictions.cases.push_back(case_from_json(one, folder));
    }
  } catch (const Json::exception&) {
    fail(ErrorCode::kIo, {.what = "not a record of medcl predict",
                          .where = file.string(),
                          .remedy = "run medcl predict again"});
  }
  for (PredictedCase& one : predictions.cases) measure(one, predictions.labels);
  return predictions;
}

namespace {

/// Cells, nuclei and the like come in many pieces, in most of at least three cases.
bool is_in_pieces_everywhere(const Predictions& predictions, std::size_t index) {
  constexpr std::size_t kFewestCases = 3;
  std::vector<double> counts;
  for (const PredictedCase& one : predictions.cases) {
    counts.push_back(static_cast<double>(one.pieces[index].count));
  }
  return counts.size() >= kFewestCases && percentile(counts, 50) > static_cast<double>(kManyPieces);
}

}  // namespace

std::vector<std::string> unusual(const Predictions& predictions, std::size_t index) {
  const Units units = predictions.units();
  const PredictedCase& one = predictions.cases.at(index);
  std::vector<std::string> reasons = one.warnings;
  for (std::size_t c = 0; c < one.volumes_ml.size(); ++c) {
    const std::string& name = predictions.labels.classes[c + 1].name;
    if (!(one.volumes_ml[c] > 0)) {
      reasons.push_back(name + " is missing");
      continue;
    }
    for (const std::string& text :
         {far_text(one.volumes_ml[c], volumes_of_others(predictions, index, c), units),
          is_in_pieces_everywhere(predictions, c) ? "" : pieces_text(one.pieces[c])}) {
      if (!text.empty()) reasons.push_back(name + ": " + text);
    }
  }
  return reasons;
}

}  // namespace medcl
