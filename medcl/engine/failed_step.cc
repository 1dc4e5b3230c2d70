// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/failed_step.h"

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/format/json.h"
#include "medcl/model/state.h"

namespace medcl {

namespace fs = std::filesystem;

void keep_failed_batch(const fs::path& run, const Batch& batch, std::int64_t seed,
                       const std::string& message) {
  const fs::path folder = run / "failed_step";
  try {
    make_folders(folder);
    NamedTensors tensors;
    batch.for_each_tensor(
        [&tensors](const char* name, const torch::Tensor& tensor) { tensors[name] = tensor; });
    write_tensors(folder / "batch.safetensors", tensors);
    write_json(
        folder / "failure.json",
        {{"step", batch.step + 1}, {"seed", seed}, {"samples", batch.ids}, {"message", message}});
  } catch (const Error& error) {
    log(LogLevel::kWarning, std::string("the failed batch is not kept: ") + error.what());
  }
}

}  // namespace medcl
