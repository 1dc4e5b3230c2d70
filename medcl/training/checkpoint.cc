// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/sha256.h"
#include "medcl/format/sealed_json.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr int kFormatVersion = 2;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kTensors = "state.safetensors";
constexpr const char* kSeal = "manifest_sha256";

fs::path folder_of(const fs::path& run, std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return run / "checkpoints" / name;
}

/// Newest first.
std::vector<fs::path> checkpoint_folders(const fs::path& run) {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::directory_iterator entries(run / "checkpoints", error);
  if (error && error != std::errc::no_such_file_or_directory) {
    fail(ErrorCode::kIo, {.what = "cannot list the checkpoints",
                          .where = (run / "checkpoints").string(),
                          .found = error.message()});
  }
  for (const auto& entry : entries) {
    if (entry.path().filename().string().rfind("step-", 0) == 0) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

/// Saving writes the manifest last: a folder without one was never a checkpoint.
bool is_complete(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kManifest, ignored);
}

/// Format 1 had no seal.
Json read_manifest(const fs::path& folder) {
  const fs::path file = folder / kManifest;
  const Json unchecked = read_json(file);
  if (unchecked.is_object() && unchecked.contains("format") && unchecked.at("format") == 1) {
    return unchecked;
  }
  const Json manifest = read_sealed_json(file, kSeal);
  if (manifest.at("format") != kFormatVersion) {
    fail(ErrorCode::kIo, {.what = "checkpoint of an unknown format",
                          .where = file.string(),
                          .expected = "format " + std::to_string(kFormatVersion),
                          .found = manifest.at("format").dump(),
                          .remedy = "update medcl"});
  }
  return manifest;
}

Checkpoint load(const fs::path& folder) {
  const fs::path tensors = folder / kTensors;
  try {
    const Json manifest = read_manifest(folder);
    const auto expected = manifest.at("sha256").get<std::string>();
    const std::string found = sha256_of_file(tensors);
    if (found != expected) {
      fail(ErrorCode::kIo, {.what = "checkpoint is damaged",
                            .where = tensors.string(),
                            .expected = "SHA-256 " + expected.substr(0, 12),
                            .found = found.substr(0, 12)});
    }
    return {manifest.at("step").get<std::int64_t>(), to_tensors(SafetensorsFile::open(tensors)),
            manifest.at("values")};
  } catch (const Json::exception& error) {
    fail(ErrorCode::kIo, {.what = "checkpoint is damaged",
                          .where = (folder / kManifest).string(),
                          .found = error.what()});
  }
}

void remove_checkpoint(const fs::path& folder) {
  FileSystem::get().remove(folder / kManifest);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

/// Keeps `newest` and the complete checkpoint before it. Later ones were found damaged when this
/// run was resumed, else it would have gone on from them.
void remove_others(const fs::path& run, const fs::path& newest) {
  bool previous_kept = false;
  for (const fs::path& folder : checkpoint_folders(run)) {
    if (folder == newest) continue;
    const bool previous = folder < newest && !previous_kept && is_complete(folder);
    previous_kept |= previous;
    if (!previous) remove_checkpoint(folder);
  }
}

}  // namespace

void save_checkpoint(const fs::path& run, const Checkpoint& checkpoint) {
  const fs::path folder = folder_of(run, checkpoint.step);
  make_folders(folder);
  FileSystem::get().remove(folder / kManifest);
  write_tensors(folder / kTensors, checkpoint.tensors);
  write_sealed_json(folder / kManifest,
                    {{"format", kFormatVersion},
                     {"step", checkpoint.step},
                     {"sha256", sha256_of_file(folder / kTensors)},
                     {"values", checkpoint.values}},
                    kSeal);
  remove_others(run, folder);
}

std::optional<Checkpoint> load_latest_checkpoint(const fs::path& run) {
  std::int64_t damaged = 0;
  for (const fs::path& folder : checkpoint_folders(run)) {
    if (!is_complete(folder)) continue;
    try {
      return load(folder);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kIo) throw;
      ++damaged;
      log(LogLevel::kWarning, std::string(error.what()) + "; trying the checkpoint before it");
    }
  }
  if (damaged > 0) {
    fail(ErrorCode::kIo, {.what = "no checkpoint can be loaded",
                          .where = (run / "checkpoints").string(),
                          .found = std::to_string(damaged) + " damaged",
                          .remedy = "restore one, or remove this folder to train from the start"});
  }
  return std::nullopt;
}

}  // namespace medcl
