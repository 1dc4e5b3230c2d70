// SPDX-License-Identifier: Apache-2.0
#pragma once

// The course of a run: metrics.jsonl (one JSON object per line) and TensorBoard event files.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>

#include "medcl/format/json.h"
#include "medcl/format/tfevents.h"

namespace medcl {

class MetricsLog {
 public:
  /// Appends to `run`/metrics.jsonl. Lines of steps beyond `last_step` are dropped first: they
  /// belong to a stretch that a resumed run repeats.
  MetricsLog(const std::filesystem::path& run, std::int64_t last_step);

  /// `entry` must hold "step"; numbers in nested objects become scalars "loss/mix" and so on.
  void write(const Json& entry);

 private:
  std::ofstream lines_;
  std::unique_ptr<TfEventsWriter> events_;
};

}  // namespace medcl
