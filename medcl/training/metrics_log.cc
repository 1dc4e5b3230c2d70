// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/metrics_log.h"

#include <chrono>
#include <string>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"

namespace medcl {
namespace {

/// The lines of an earlier stretch up to and including `last_step`; broken lines are dropped.
std::string kept_lines(const std::filesystem::path& path, std::int64_t last_step) {
  std::string kept;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json entry = Json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("step", std::int64_t{-1}) <= last_step) {
      kept += line + "\n";
    }
  }
  return kept;
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
  const std::string kept = kept_lines(path, last_step);
  write_atomically(path, kept);
  lines_.open(path, std::ios::app);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  events_ = std::make_unique<TfEventsWriter>(
      run / ("events.out.tfevents." + std::to_string(seconds) + ".medcl"));
}

void MetricsLog::write(const Json& entry) {
  lines_ << entry.dump() << '\n' << std::flush;
  if (!lines_) {
    fail(ErrorCode::kIo, {.what = "cannot write the training log", .where = "metrics.jsonl"});
  }
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  add_scalars(*events_, "", entry, entry.at("step").get<std::int64_t>(), now);
  events_->flush();
}

}  // namespace medcl
