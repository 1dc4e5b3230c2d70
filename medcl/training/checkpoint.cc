// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/sha256.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr int kFormatVersion = 1;

fs::path folder_of(const fs::path& run, std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return run / "checkpoints" / name;
}

/// Newest first.
std::vector<fs::path> checkpoint_folders(const fs::path& run) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", ignored)) {
    if (entry.path().filename().string().rfind("step-", 0) == 0) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

Checkpoint load(const fs::path& folder) {
  const Json manifest = read_json(folder / "manifest.json");
  const fs::path tensors = folder / "state.safetensors";
  if (manifest.value("format", 0) != kFormatVersion) {
    fail(ErrorCode::kIo, {.what = "checkpoint of an unknown format",
                          .where = folder.string(),
                          .expected = "format " + std::to_string(kFormatVersion)});
  }
  const std::string expected = manifest.value("sha256", "");
  const std::string found = sha256_of_file(tensors);
  if (found != expected) {
    fail(ErrorCode::kIo, {.what = "checkpoint is damaged",
                          .where = tensors.string(),
                          .expected = "SHA-256 " + expected.substr(0, 12),
                          .found = found.substr(0, 12)});
  }
  return {manifest.at("step").get<std::int64_t>(), to_tensors(SafetensorsFile::open(tensors)),
          manifest.at("values")};
}

}  // namespace

void save_checkpoint(const fs::path& run, const Checkpoint& checkpoint) {
  const fs::path folder = folder_of(run, checkpoint.step);
  FileSystem::get().create_folders(folder);
  FileSystem::get().remove(folder / "manifest.json");
  write_tensors(folder / "state.safetensors", checkpoint.tensors);
  write_json(folder / "manifest.json", {{"format", kFormatVersion},
                                        {"step", checkpoint.step},
                                        {"sha256", sha256_of_file(folder / "state.safetensors")},
                                        {"values", checkpoint.values}});
  const auto folders = checkpoint_folders(run);
  for (std::size_t i = 2; i < folders.size(); ++i) {
    FileSystem::get().remove(folders[i] / "manifest.json");
    std::error_code ignored;
    fs::remove_all(folders[i], ignored);
  }
}

std::optional<Checkpoint> load_latest_checkpoint(const fs::path& run) {
  for (const fs::path& folder : checkpoint_folders(run)) {
    try {
      return load(folder);
    } catch (const std::exception& error) {
      log(LogLevel::kWarning, std::string(error.what()) + "; trying the checkpoint before it");
    }
  }
  return std::nullopt;
}

}  // namespace medcl
