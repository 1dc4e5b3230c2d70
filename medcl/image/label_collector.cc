// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/label_collector.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "medcl/core/error.h"

namespace medcl {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

}  // namespace

bool LabelCollector::to_label(float value, std::int32_t& label) {
  constexpr float kExact =
      16777216;  // floats above 2^24 no longer tell neighbouring integers apart
  if (!(std::abs(value) <= kExact)) {
    return false;
  }
  const double rounded = std::nearbyint(static_cast<double>(value));
  const double deviation = std::abs(static_cast<double>(value) - rounded);
  deviation_ = std::max(deviation_, deviation);
  label = static_cast<std::int32_t>(rounded);
  return deviation <= tolerance_;
}

void LabelCollector::add(std::span<const float> voxels, std::uint64_t expected) {
  labels_.reserve(expected);
  for (const float value : voxels) {
    std::int32_t label = 0;
    if (!to_label(value, label)) {
      example_ = refused_++ == 0 ? value : example_;
    }
    labels_.push_back(label);
  }
}

std::vector<std::int32_t> LabelCollector::finish(const std::filesystem::path& path,
                                                 Findings& findings) {
  if (refused_ > 0) {
    fail(ErrorCode::kInvalidData, {.what = "labels are not integers",
                                   .where = path.string(),
                                   .expected = "integers within " + number(tolerance_),
                                   .found = number(static_cast<double>(example_)) + " (" +
                                            std::to_string(refused_) + " voxels)",
                                   .remedy = "is this an image instead of a label file?"});
  }
  if (deviation_ > 0) {
    findings.push_back({.severity = Severity::kInfo,
                        .id = "labels-rounded",
                        .problem = {.what = "labels are rounded to integers",
                                    .where = path.string(),
                                    .expected = {},
                                    .found = "deviations up to " + number(deviation_),
                                    .remedy = {}}});
  }
  return std::exchange(labels_, {});
}

}  // namespace medcl
