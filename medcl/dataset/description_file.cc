// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/description_file.h"

#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/input_file.h"

namespace medcl {

bool has_description(const std::filesystem::path& file) {
  const FileStatus status = file_status(file);
  if (status.kind == FileKind::kDanglingLink && status.error == 0) {
    fail(ErrorCode::kIo, {.what = "is a link to nothing",
                          .where = file.string(),
                          .expected = "the file of the dataset",
                          .found = {},
                          .remedy = "restore what it links to, or remove the link"});
  }
  return is_there(file);
}

}  // namespace medcl
