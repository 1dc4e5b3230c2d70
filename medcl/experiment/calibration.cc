// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/calibration.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/percentile.h"
#include "medcl/format/json.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "medcl-experiment-calibration";
constexpr std::size_t kFirstSteps = 5;
constexpr std::size_t kLeastSteps = 10;

}  // namespace

fs::path calibration_file(const fs::path& folder) { return folder / "calibration.json"; }

Calibration read_calibration(const fs::path& folder) {
  const fs::path file = calibration_file(folder);
  Calibration calibration;
  if (!is_there(file)) return calibration;
  const Json json = read_json(file);
  reading_json("not the calibration of an experiment", file.string(), [&] {
    if (json.at("format").get<std::string>() != kFormat) {
      fail(ErrorCode::kIo, {.what = "not the calibration of an experiment",
                            .where = file.string(),
                            .expected = kFormat,
                            .found = json.at("format").get<std::string>()});
    }
    calibration.machine = json.at("machine").get<std::string>();
    calibration.threads = json.at("threads").get<std::int64_t>();
    for (const auto& [row, speed] : json.at("rows").items()) {
      calibration.rows[row] = {speed.at("recipe").get<std::string>(),
                               speed.at("seconds_per_step").get<double>()};
    }
  });
  return calibration;
}

void write_calibration(const fs::path& folder, const Calibration& calibration) {
  Json rows = Json::object();
  for (const auto& [row, speed] : calibration.rows) {
    rows[row] = {{"recipe", speed.recipe}, {"seconds_per_step", speed.seconds_per_step}};
  }
  const Json json = {{"format", kFormat},
                     {"machine", calibration.machine},
                     {"threads", calibration.threads},
                     {"rows", rows}};
  write_atomically(calibration_file(folder), json_text(json, 2) + "\n");
}

double seconds_per_step(std::string_view metrics_jsonl, std::int64_t validate_every,
                        const std::string& where) {
  std::istringstream lines{std::string(metrics_jsonl)};
  std::vector<double> steps, validations;
  double before_s = 0;
  bool after_step = false;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("seconds")) continue;
    const double now_s = json.at("seconds").get<double>();
    const bool is_step = json.contains("loss");
    if (is_step) ++count;
    if (is_step && after_step && count > kFirstSteps) steps.push_back(now_s - before_s);
    if (json.contains("validation") && after_step) validations.push_back(now_s - before_s);
    after_step = is_step;
    before_s = now_s;
  }
  if (count < kLeastSteps || steps.empty()) {
    fail(ErrorCode::kInvalidData, {.what = "too few steps to say how long one takes",
                                   .where = where,
                                   .expected = "at least " + std::to_string(kLeastSteps),
                                   .found = std::to_string(count),
                                   .remedy = "measure for longer: --seconds"});
  }
  const bool validates = validate_every > 0 && !validations.empty();
  const double validation_s = validates ? percentile(validations, 50) : 0;
  return percentile(steps, 50) +
         validation_s / static_cast<double>(std::max<std::int64_t>(1, validate_every));
}

}  // namespace medcl
