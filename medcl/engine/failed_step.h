// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "medcl/sampling/batch.h"

namespace medcl {

/// failed_step/: the batch that broke the training, for the person who looks for the reason. A disk
/// that refuses it must not hide that reason: then there is a warning, and nothing is thrown.
void keep_failed_batch(const std::filesystem::path& run, const Batch& batch, std::int64_t seed,
                       const std::string& message);

}  // namespace medcl
