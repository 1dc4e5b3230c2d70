// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>

#include "medcl/core/input_file.h"
#include "medcl/core/system_error.h"

namespace medcl {

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  const InputFile input = InputFile::open(path);
  if (input.size_bytes() > 0) {
    void* start =
        ::mmap(nullptr, input.size_bytes(), PROT_READ, MAP_PRIVATE, input.descriptor(), 0);
    if (start == MAP_FAILED) fail_with_errno(errno, "cannot read", path);
    file->bytes_ = {static_cast<const std::uint8_t*>(start), input.size_bytes()};
  }
  return file;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
  }
}

}  // namespace medcl
