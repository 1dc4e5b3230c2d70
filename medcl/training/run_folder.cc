// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/run_folder.h"

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/format/json.h"
#include "medcl/format/toml.h"
#include "medcl/model/state.h"

namespace medcl {

namespace fs = std::filesystem;

void refuse_used_folder(const fs::path& run) {
  std::error_code unknown;
  if (fs::exists(run / "config.toml", unknown)) {
    fail(ErrorCode::kUsage, {.what = "this folder holds a run already",
                             .where = run.string(),
                             .remedy = "go on with: medcl train --resume " + run.string()});
  }
}

void write_resolved_options(const fs::path& run, RunOptions options) {
  OptionTable table;
  options.describe(table);
  write_atomically(run / "config.toml", to_toml(table));
}

void keep_failed_batch(const fs::path& run, const Batch& batch, std::int64_t seed,
                       const std::string& message) {
  const fs::path folder = run / "failed_step";
  try {
    make_folders(folder);
    write_tensors(folder / "batch.safetensors", {{"image_bchw", batch.image_bchw},
                                                 {"target_bkhw", batch.target_bkhw},
                                                 {"present_bk", batch.present_bk},
                                                 {"box_b4", batch.box_b4}});
    write_json(
        folder / "failure.json",
        {{"step", batch.step + 1}, {"seed", seed}, {"samples", batch.ids}, {"message", message}});
  } catch (const Error& error) {
    log(LogLevel::kWarning, std::string("the failed batch is not kept: ") + error.what());
  }
}

}  // namespace medcl
