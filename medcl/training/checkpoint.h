// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything a run needs to go on as if it had never stopped, as tensors plus one JSON object.
// run/checkpoints/step-<N>/{state.safetensors, manifest.json}; the manifest carries the SHA-256 of
// the tensors and is written last, so a folder without a fitting manifest was never a checkpoint.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "medcl/format/json.h"
#include "medcl/model/state.h"

namespace medcl {

struct Checkpoint {
  std::int64_t step = 0;  ///< steps done
  NamedTensors tensors;
  Json values;  ///< counters, best score, history
};

/// Atomic. Keeps this and the previous checkpoint and removes older ones. A failure leaves the
/// earlier checkpoints as they are.
void save_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint);

/// The newest checkpoint whose hash is right; a broken one is skipped with a warning in the log.
/// Empty when there is none.
std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& run);

}  // namespace medcl
