// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr double kSpacingFactor = 1.5;
constexpr double kDeviations = 3;
constexpr std::int64_t kEnoughCases = 5;    // fewer do not tell how cases differ
constexpr double kSmallestDeviation = 0.1;  // of the deviation inside the cases

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

double deviation_of(const Fingerprint::Channel& channel, std::int64_t cases) {
  return cases < kEnoughCases
             ? channel.deviation_within
             : std::max(channel.deviation_between, kSmallestDeviation * channel.deviation_within);
}

}  // namespace

CaseLook look_of(const std::vector<Loaded<float>>& channels) {
  CaseLook look;
  look.spacing_mm = channels.front().volume.geometry.spacing_mm();
  for (const Loaded<float>& channel : channels) {
    const std::vector<float>& voxels = channel.volume.voxels;
    double sum = 0, squares = 0;
    for (const float voxel : voxels) sum += voxel;
    const double mean = sum / static_cast<double>(voxels.size());
    for (const float voxel : voxels) squares += (voxel - mean) * (voxel - mean);
    look.channels.push_back({mean, std::sqrt(squares / static_cast<double>(voxels.size()))});
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
  Json json = {{"spacing_mm", spacing_mm}, {"channels", Json::array()}};
  for (const Channel& one : channels) {
    json["channels"].push_back({{"mean", one.mean}, {"deviation", one.deviation}});
  }
  return json;
}

CaseLook CaseLook::from_json(const Json& json, const std::string& where) {
  return reading_json("broken description of the training images", where, [&] {
    CaseLook look;
    look.spacing_mm = json.at("spacing_mm").get<Point3>();
    for (const Json& one : json.at("channels")) {
      look.channels.push_back({one.at("mean").get<double>(), one.at("deviation").get<double>()});
    }
    return look;
  });
}

Json Fingerprint::to_json() const {
  Json json = {{"cases", cases},
               {"smallest_spacing_mm", smallest_spacing_mm},
               {"largest_spacing_mm", largest_spacing_mm},
               {"channels", Json::array()}};
  for (const Channel& one : channels) {
    json["channels"].push_back({{"mean", one.mean},
                                {"deviation_between", one.deviation_between},
                                {"deviation_within", one.deviation_within}});
  }
  return json;
}

Fingerprint Fingerprint::from_json(const Json& json, const std::string& where) {
  return reading_json("broken description of the training images", where, [&] {
    Fingerprint training;
    training.cases = json.at("cases").get<std::int64_t>();
    training.smallest_spacing_mm = json.at("smallest_spacing_mm").get<Point3>();
    training.largest_spacing_mm = json.at("largest_spacing_mm").get<Point3>();
    for (const Json& one : json.at("channels")) {
      training.channels.push_back({one.at("mean").get<double>(),
                                   one.at("deviation_between").get<double>(),
                                   one.at("deviation_within").get<double>()});
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
  return training;
}

std::string unlike_training(const CaseLook& look, const Fingerprint& training,
                            const std::vector<std::string>& channel_names) {
  std::string text;
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
    if (std::abs(look.channels[c].mean - usual.mean) <= kDeviations * deviation) continue;
    const std::string name = c < channel_names.size() ? " of " + channel_names[c] : "";
    add_phrase(text, "mean intensity" + name + " " + number(look.channels[c].mean) + " against " +
                         number(usual.mean) + " +- " + number(deviation));
  }
  return text;
}

}  // namespace medcl
