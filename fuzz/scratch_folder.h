// SPDX-License-Identifier: Apache-2.0
#pragma once

// A folder for targets whose parser reads files: in memory where the system has such a place.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

inline const std::filesystem::path& scratch_folder() {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      const char* memory = "/dev/shm";
      std::string name =
          (std::filesystem::is_directory(memory) ? std::filesystem::path(memory)
                                                 : std::filesystem::temp_directory_path()) /
          "medcl-fuzz-XXXXXX";
      path = ::mkdtemp(name.data());
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder kFolder;
  return kFolder.path;
}

inline void put(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}
