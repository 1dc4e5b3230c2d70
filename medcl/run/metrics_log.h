// SPDX-License-Identifier: Apache-2.0
#pragma once

// The course of a run: metrics.jsonl (one JSON object per line) and TensorBoard event files.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "medcl/core/file_system.h"
#include "medcl/format/json.h"
#include "medcl/format/tfevents.h"

namespace medcl {

/// {"name": value, ...} of a map or of a list of pairs, in its order.
template <typename NamedValues>
Json named_values_json(const NamedValues& named_values) {
  Json json = Json::object();
  for (const auto& [name, value] : named_values) {
    json[name] = value;
  }
  return json;
}

class MetricsLog {
 public:
  /// Appends to `run`/metrics.jsonl and starts an event file of its own. Lines of steps beyond
  /// `last_step` are dropped first: they belong to a stretch that a resumed run repeats; so is a
  /// line that a crash tore. @throws Error(kIo), Error(kOutOfResources)
  MetricsLog(const std::filesystem::path& run, std::int64_t last_step);

  /// `entry` must hold "step"; numbers in nested objects become scalars "loss/mix" and so on. After
  /// the call the operating system has the line; a killed process does not lose it.
  /// @throws Error(kIo), Error(kOutOfResources)
  void write(const Json& entry);
  /// What was written survives a power loss. @throws Error(kIo), Error(kOutOfResources)
  void sync();

 private:
  std::unique_ptr<WritableFile> lines_;
  std::unique_ptr<TfEventsWriter> events_;
};

}  // namespace medcl
