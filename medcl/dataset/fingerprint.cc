// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/dataset/orientation.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr double kSpacingFactor = 1.5;
constexpr double kDeviations = 3;
constexpr std::int64_t kEnoughCases = 5;    // fewer do not tell how cases differ
constexpr double kSmallestDeviation = 0.1;  // of the deviation inside the cases
constexpr double kClippedMargin = 0.2;      // of all voxels

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string spacing_text(const Point3& low, const Point3& high) {
  std::string text;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    text += (axis > 0 ? " x " : "") + number(low[axis]);
    if (number(low[axis]) != number(high[axis])) text += ".." + number(high[axis]);
  }
  return text + " mm";
}

void add_phrase(std::string& text, const std::string& phrase) {
  text += (text.empty() ? "" : "; ") + phrase;
}

bool spacing_differs(const Point3& spacing_mm, const Fingerprint& training) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (spacing_mm[axis] > kSpacingFactor * training.largest_spacing_mm[axis] ||
        spacing_mm[axis] * kSpacingFactor < training.smallest_spacing_mm[axis]) {
      return true;
    }
  }
  return false;
}

std::string any_of(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

bool is_new(const std::string& found, const std::set<std::string>& known) {
  return !found.empty() && !known.empty() && !known.contains(found);
}

/// What the axes of the scan have that no training scan has.
void compare_axes(const CaseLook& look, const Fingerprint& training, const PrepareOptions& options,
                  std::string& text) {
  const bool as_stored = !is_axis_codes(options.orientation);
  if (as_stored && is_new(look.stored_order, training.stored_orders)) {
    add_phrase(text, "axes stored as " + look.stored_order + " against " +
                         any_of(training.stored_orders) +
                         " (this model takes arrays as they are stored)");
  }
  if (!as_stored && is_new(look.slice_axis, training.slice_axes)) {
    add_phrase(text, "slices across the axis " + look.slice_axis + " against " +
                         any_of(training.slice_axes));
  }
}

double deviation_of(const Fingerprint::Channel& channel, std::int64_t cases) {
  return cases < kEnoughCases
             ? channel.deviation_within
             : std::max(channel.deviation_between, kSmallestDeviation * channel.deviation_within);
}

ClippedShares clipped_by(const PrepareOptions& window, const std::vector<float>& voxels) {
  ClippedShares shares;
  for (const float voxel : voxels) {
    shares.below += static_cast<double>(voxel) < window.window_low ? 1 : 0;
    shares.above += static_cast<double>(voxel) > window.window_high ? 1 : 0;
  }
  const auto count = static_cast<double>(voxels.size());
  return {shares.below / count, shares.above / count};
}

Json json_of(const ClippedShares& shares) {
  return {{"below", shares.below}, {"above", shares.above}};
}

/// Absent in models and prepared cases without a window.
std::optional<ClippedShares> clipped_from(const Json& json, const char* name) {
  if (!json.contains(name)) return std::nullopt;
  const Json& shares = json.at(name);
  return ClippedShares{shares.at("below").get<double>(), shares.at("above").get<double>()};
}

/// The range over all cases.
void sum_up_clipped(const std::vector<CaseLook>& looks, std::size_t c,
                    Fingerprint::Channel& channel) {
  ClippedShares least{1, 1}, most{0, 0};
  for (const CaseLook& look : looks) {
    const auto& shares = look.channels[c].clipped;
    if (!shares) return;
    least = {std::min(least.below, shares->below), std::min(least.above, shares->above)};
    most = {std::max(most.below, shares->below), std::max(most.above, shares->above)};
  }
  channel.least_clipped = least;
  channel.most_clipped = most;
}

/// "83 % of the voxels of CT above the window (240) against 1..4 %"; empty where that is nothing
/// new.
std::string unlike_share(double share, double least, double most, const std::string& where) {
  if (share >= least - kClippedMargin && share <= most + kClippedMargin) return "";
  const auto percent = [](double part) { return std::to_string(std::lround(100 * part)); };
  const bool alike = percent(least) == percent(most);
  return percent(share) + " % of the voxels " + where + " against " + percent(least) +
         (alike ? "" : ".." + percent(most)) + " %";
}

/// What the window clips of a channel, where that is unlike the training images.
void compare_clipped(const CaseLook::Channel& channel, const Fingerprint::Channel& usual,
                     const PrepareOptions& options, const std::string& name, std::string& text) {
  if (!channel.clipped || !usual.least_clipped || !usual.most_clipped) return;
  const ClippedShares &found = *channel.clipped, &least = *usual.least_clipped,
                      &most = *usual.most_clipped;
  const std::string below =
      unlike_share(found.below, least.below, most.below,
                   name + "below the window (" + number(options.window_low) + ")");
  const std::string above =
      unlike_share(found.above, least.above, most.above,
                   name + "above the window (" + number(options.window_high) + ")");
  if (!below.empty()) add_phrase(text, below);
  if (!above.empty()) add_phrase(text, above);
  if (below.empty() && above.empty()) return;
  add_phrase(text, "are its intensities in the unit of the training images?");
}

}  // namespace

CaseLook look_of(const std::vector<Loaded<float>>& channels, const PrepareOptions& options) {
  CaseLook look;
  const Geometry& stored = channels.front().volume.geometry;
  look.spacing_mm = reordered(stored, prepared_order(stored, options)).spacing_mm();
  look.stored_order = axis_codes(stored);
  if (const auto axis = plane_evidence(stored).slice_axis) look.slice_axis = "RAS"[*axis];
  for (const Loaded<float>& channel : channels) {
    const std::vector<float>& voxels = channel.volume.voxels;
    double sum = 0, squares = 0;
    for (const float voxel : voxels) sum += voxel;
    const double mean = sum / static_cast<double>(voxels.size());
    for (const float voxel : voxels) squares += (voxel - mean) * (voxel - mean);
    look.channels.push_back({mean, std::sqrt(squares / static_cast<double>(voxels.size()))});
    if (options.normalisation == Normalisation::kWindow) {
      look.channels.back().clipped = clipped_by(options, voxels);
    }
  }
  return look;
}

CaseLook look_of(const StoredCase& prepared) {
  const auto& notes = prepared.file.metadata();
  const auto found = notes.find("look");
  const std::string where = "prepared case " + prepared.id;
  return CaseLook::from_json(parse_json(found != notes.end() ? found->second : "", where), where);
}

Json CaseLook::to_json() const {
  Json json = {{"spacing_mm", spacing_mm},
               {"stored_order", stored_order},
               {"slice_axis", slice_axis},
               {"channels", Json::array()}};
  for (const Channel& one : channels) {
    json["channels"].push_back({{"mean", one.mean}, {"deviation", one.deviation}});
    if (one.clipped) json["channels"].back()["clipped"] = json_of(*one.clipped);
  }
  return json;
}

CaseLook CaseLook::from_json(const Json& json, const std::string& where) {
  return reading_json("broken description of the training images", where, [&] {
    CaseLook look;
    look.spacing_mm = json.at("spacing_mm").get<Point3>();
    look.stored_order = json.value("stored_order", "");
    look.slice_axis = json.value("slice_axis", "");
    for (const Json& one : json.at("channels")) {
      look.channels.push_back({one.at("mean").get<double>(), one.at("deviation").get<double>(),
                               clipped_from(one, "clipped")});
    }
    return look;
  });
}

Json Fingerprint::to_json() const {
  Json json = {{"cases", cases},
               {"smallest_spacing_mm", smallest_spacing_mm},
               {"largest_spacing_mm", largest_spacing_mm},
               {"stored_orders", stored_orders},
               {"slice_axes", slice_axes},
               {"channels", Json::array()}};
  for (const Channel& one : channels) {
    json["channels"].push_back({{"mean", one.mean},
                                {"deviation_between", one.deviation_between},
                                {"deviation_within", one.deviation_within}});
    if (one.least_clipped) json["channels"].back()["least_clipped"] = json_of(*one.least_clipped);
    if (one.most_clipped) json["channels"].back()["most_clipped"] = json_of(*one.most_clipped);
  }
  return json;
}

Fingerprint Fingerprint::from_json(const Json& json, const std::string& where) {
  return reading_json("broken description of the training images", where, [&] {
    Fingerprint training;
    training.cases = json.at("cases").get<std::int64_t>();
    training.smallest_spacing_mm = json.at("smallest_spacing_mm").get<Point3>();
    training.largest_spacing_mm = json.at("largest_spacing_mm").get<Point3>();
    training.stored_orders = json.value("stored_orders", std::set<std::string>{});
    training.slice_axes = json.value("slice_axes", std::set<std::string>{});
    for (const Json& one : json.at("channels")) {
      training.channels.push_back(
          {one.at("mean").get<double>(), one.at("deviation_between").get<double>(),
           one.at("deviation_within").get<double>(), clipped_from(one, "least_clipped"),
           clipped_from(one, "most_clipped")});
    }
    return training;
  });
}

Fingerprint fingerprint_of(const std::vector<CaseLook>& looks) {
  check(!looks.empty(), "a training set without cases");
  Fingerprint training;
  training.cases = static_cast<std::int64_t>(looks.size());
  training.smallest_spacing_mm = training.largest_spacing_mm = looks.front().spacing_mm;
  training.channels.resize(looks.front().channels.size());
  const auto count = static_cast<double>(looks.size());
  for (const CaseLook& look : looks) {
    check(look.channels.size() == training.channels.size(), "cases differ in their channels");
    if (!look.stored_order.empty()) training.stored_orders.insert(look.stored_order);
    if (!look.slice_axis.empty()) training.slice_axes.insert(look.slice_axis);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      double &low = training.smallest_spacing_mm[axis], &high = training.largest_spacing_mm[axis];
      low = std::min(low, look.spacing_mm[axis]);
      high = std::max(high, look.spacing_mm[axis]);
    }
    for (std::size_t c = 0; c < training.channels.size(); ++c) {
      training.channels[c].mean += look.channels[c].mean / count;
      training.channels[c].deviation_within += look.channels[c].deviation / count;
    }
  }
  for (std::size_t c = 0; c < training.channels.size() && looks.size() > 1; ++c) {
    double squares = 0;
    for (const CaseLook& look : looks) {
      const double difference = look.channels[c].mean - training.channels[c].mean;
      squares += difference * difference;
    }
    training.channels[c].deviation_between = std::sqrt(squares / (count - 1));
  }
  for (std::size_t c = 0; c < training.channels.size(); ++c) {
    sum_up_clipped(looks, c, training.channels[c]);
  }
  return training;
}

std::string unlike_training(const CaseLook& look, const Fingerprint& training,
                            const std::vector<std::string>& channel_names,
                            const PrepareOptions& options) {
  std::string text;
  compare_axes(look, training, options, text);
  if (spacing_differs(look.spacing_mm, training)) {
    add_phrase(text, "voxels of " + spacing_text(look.spacing_mm, look.spacing_mm) + " against " +
                         spacing_text(training.smallest_spacing_mm, training.largest_spacing_mm));
  }
  if (look.channels.size() != training.channels.size()) {
    add_phrase(text, std::to_string(look.channels.size()) + " channels against " +
                         std::to_string(training.channels.size()));
    return text;
  }
  for (std::size_t c = 0; c < look.channels.size(); ++c) {
    const Fingerprint::Channel& usual = training.channels[c];
    const double deviation = deviation_of(usual, training.cases);
    const std::string of_channel = c < channel_names.size() ? "of " + channel_names[c] + " " : "";
    compare_clipped(look.channels[c], usual, options, of_channel, text);
    if (std::abs(look.channels[c].mean - usual.mean) <= kDeviations * deviation) continue;
    add_phrase(text, "mean intensity " + of_channel + number(look.channels[c].mean) + " against " +
                         number(usual.mean) + " +- " + number(deviation));
  }
  return text;
}

}  // namespace medcl
