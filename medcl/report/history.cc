// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/history.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

void add_point(std::vector<Series>& all, const std::string& name, double x, double y) {
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Series& s) { return s.name == name; });
  if (found == all.end()) found = all.insert(all.end(), Series{name, {}, {}, false});
  found->x.push_back(x);
  found->y.push_back(y);
}

void add_line(History& history, const Json& line) {
  const auto step = line.at("step").get<double>();
  history.steps = std::max(history.steps, static_cast<std::int64_t>(step));
  if (line.contains("seconds")) {
    history.seconds = std::max(history.seconds, number_or_nan(line["seconds"]));
  }
  if (line.contains("images_per_second")) {
    history.images_per_second = number_or_nan(line["images_per_second"]);
  }
  if (line.contains("loss")) {
    for (const auto& [name, value] : line["loss"].items()) {
      add_point(history.losses, name, step, number_or_nan(value));
    }
  }
  if (line.contains("validation")) {
    const Json& validation = line["validation"];
    history.measure = validation.value("measure", history.measure);
    add_point(history.validation, "mean", step, number_or_nan(validation.at("mean")));
    history.course.x.push_back(history.seconds / 60);
    history.course.y.push_back(number_or_nan(validation.at("mean")));
    for (const auto& [name, value] : validation.at("dice").items()) {
      add_point(history.validation, name, step, number_or_nan(value));
    }
  }
}

}  // namespace

History read_history(const std::filesystem::path& metrics_jsonl) {
  const std::vector<std::uint8_t> bytes = read_file(metrics_jsonl);
  std::istringstream stream(std::string(bytes.begin(), bytes.end()));
  History history;
  std::string text;
  for (int number = 1; std::getline(stream, text); ++number) {
    const bool cut_off = stream.eof();  // no newline behind it
    if (text.empty()) continue;
    const std::string where = metrics_jsonl.string() + " line " + std::to_string(number);
    try {
      reading_json("not a line of a training log", where,
                   [&] { add_line(history, parse_json(text, where)); });
    } catch (const Error&) {
      if (!cut_off) throw;
    }
  }
  for (Series& series : history.validation) series.markers = series.x.size() < 60;
  return history;
}

}  // namespace medcl
