// SPDX-License-Identifier: Apache-2.0
#pragma once

// The JSON files beside the cases of a dataset, some of which may be absent.

#include <filesystem>

namespace medcl {

/// Whether the dataset has such a file. A link to nothing is not taken for absence: whoever made it
/// means that the file counts. @throws Error(kIo) for such a link, and as is_there.
bool has_description(const std::filesystem::path& file);

}  // namespace medcl
