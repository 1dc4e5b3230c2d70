// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything a run needs to go on as if it had never stopped, as tensors plus one JSON object.
// run/checkpoints/step-<N>/{state.safetensors, manifest.json}; the manifest carries the SHA-256 of
// the tensors and of itself and is written last: a folder without it was never a checkpoint.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "medcl/format/json.h"
#include "medcl/model/state.h"

namespace medcl {

struct Checkpoint {
  std::int64_t step = 0;  ///< steps done
  NamedTensors tensors;
  Json values;  ///< counters, best score, history
};

/// Atomic. Keeps this and the checkpoint before it and removes the others: older ones, and those of
/// later steps, which a resumed run did not take because they were damaged. A failure or a power
/// loss leaves the earlier checkpoints as they are. @throws Error(kIo), Error(kOutOfResources)
void save_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint);

/// The newest checkpoint without damage, after `use` took it; a damaged one is skipped with a
/// warning that names the file, and so is one whose bytes are as they were written but whose
/// content `use` cannot take (Error(kIo) or Error(kModelMismatch)). Empty when none was ever
/// completed.
/// @throws Error(kIo) when all are damaged: starting from nothing would hide that.
std::optional<Checkpoint> load_latest_checkpoint(
    const std::filesystem::path& run, const std::function<void(const Checkpoint&)>& use = {});

/// The values of the newest completed checkpoint; its tensors are not read. Null when there is
/// none.
/// @throws Error(kIo) when they are damaged.
Json latest_checkpoint_values(const std::filesystem::path& run);

}  // namespace medcl
