// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/metrics_log.h"

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

bool belongs_to_step_up_to(const Json& entry, std::int64_t last_step) {
  return entry.is_object() && entry.contains("step") && entry.at("step").is_number_integer() &&
         entry.at("step").get<std::int64_t>() <= last_step;
}

/// The lines of an earlier stretch up to and including `last_step`; broken lines are dropped.
std::string kept_lines(const std::filesystem::path& path, std::int64_t last_step) {
  std::string kept;
  if (!std::filesystem::exists(path)) {
    return kept;
  }
  const std::vector<std::uint8_t> bytes = read_file(path);
  std::istringstream text(std::string(bytes.begin(), bytes.end()));
  for (std::string line; std::getline(text, line);) {
    if (belongs_to_step_up_to(Json::parse(line, nullptr, false), last_step)) {
      kept += line + "\n";
    }
  }
  return kept;
}

/// Named after the time, as TensorBoard expects, but never the name of a file that is there: two
/// stretches may begin in one second, and clocks are set back.
std::filesystem::path new_event_file(const std::filesystem::path& run) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const auto path_at = [&](auto second) {
    return run / ("events.out.tfevents." + std::to_string(second) + ".medcl");
  };
  while (std::filesystem::exists(path_at(seconds))) {
    ++seconds;
  }
  return path_at(seconds);
}

void add_scalars(TfEventsWriter& events, const std::string& tag, const Json& value,
                 std::int64_t step, double wall_time) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      add_scalars(events, tag.empty() ? key : tag + "/" + key, inner, step, wall_time);
    }
  } else if (value.is_number() && tag != "step") {
    events.add_scalar(tag, step, value.get<float>(), wall_time);
  }
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& run, std::int64_t last_step) {
  const auto path = run / "metrics.jsonl";
  write_atomically(path, kept_lines(path, last_step));
  lines_ = FileSystem::get().append_to(path);
  events_ = std::make_unique<TfEventsWriter>(new_event_file(run));
  FileSystem::get().sync_folder(run);
}

void MetricsLog::write(const Json& entry) {
  const std::string line = json_text(entry) + "\n";
  lines_->append({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  add_scalars(*events_, "", entry, entry.at("step").get<std::int64_t>(), now);
  events_->flush();
}

void MetricsLog::sync() {
  lines_->sync();
  events_->sync();
}

}  // namespace medcl
