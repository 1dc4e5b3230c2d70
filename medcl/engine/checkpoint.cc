// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/sha256.h"
#include "medcl/format/json_text.h"
#include "medcl/format/sealed_json.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr int kFormatVersion = 2;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kTensors = "state.safetensors";
constexpr const char* kSeal = "manifest_sha256";

std::string folder_name(std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return name;
}

/// Only names that folder_name() makes: others are somebody else's and stay.
bool is_folder_name(const std::string& name) {
  constexpr std::string_view kStart = "step-";
  if (name.rfind(kStart, 0) != 0 || name.size() > kStart.size() + 18) return false;
  const std::string digits = name.substr(kStart.size());
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  return folder_name(std::stoll(digits)) == name;
}

fs::path folder_of(const fs::path& run, std::int64_t step) {
  return run / "checkpoints" / folder_name(step);
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
    if (is_folder_name(entry.path().filename().string())) {
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
                          .found = json_text(manifest.at("format")),
                          .remedy = "update medcl"});
  }
  return manifest;
}

Checkpoint load(const fs::path& folder) {
  const fs::path tensors = folder / kTensors;
  return reading_json("checkpoint is damaged", (folder / kManifest).string(), [&]() -> Checkpoint {
    const Json manifest = read_manifest(folder);
    const auto expected = manifest.at("sha256").get<std::string>();
    const std::string found = sha256_of_file(tensors);
    if (found != expected) {
      fail(ErrorCode::kIo, {.what = "checkpoint is damaged",
                            .where = tensors.string(),
                            .expected = "SHA-256 " + expected.substr(0, 12),
                            .found = found.substr(0, 12)});
    }
    const auto step = manifest.at("step").get<std::int64_t>();
    if (folder_name(step) != folder.filename()) {
      fail(ErrorCode::kIo, {.what = "checkpoint of another step than its folder",
                            .where = (folder / kManifest).string(),
                            .expected = folder.filename().string(),
                            .found = std::to_string(step)});
    }
    return {step, to_tensors(SafetensorsFile::open(tensors)), manifest.at("values")};
  });
}

/// What `use` says is wrong is said of the file.
void use_checkpoint(const fs::path& folder, const Checkpoint& checkpoint,
                    const std::function<void(const Checkpoint&)>& use) {
  if (!use) return;
  try {
    use(checkpoint);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo && error.code() != ErrorCode::kModelMismatch) throw;
    throw Error(ErrorCode::kIo, folder.string() + ": checkpoint cannot be used: " + error.what());
  } catch (const c10::Error&) {  // libtorch's own texts are several lines of addresses
    fail(ErrorCode::kIo, {.what = "checkpoint cannot be used",
                          .where = folder.string(),
                          .expected = "tensors as this run writes them"});
  }
}

void remove_checkpoint(const fs::path& folder) {
  FileSystem::get().remove(folder / kManifest);
  std::error_code ignored;
  fs::remove(folder / kTensors, ignored);
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(".", 0) == 0 && name.find(".tmp-") != std::string::npos) {  // torn drafts
      fs::remove(entry.path(), ignored);
    }
  }
  fs::remove(folder, ignored);  // stays when it holds anything else
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

std::optional<Checkpoint> load_latest_checkpoint(
    const fs::path& run, const std::function<void(const Checkpoint&)>& use) {
  std::int64_t damaged = 0;
  for (const fs::path& folder : checkpoint_folders(run)) {
    if (!is_complete(folder)) continue;
    try {
      Checkpoint checkpoint = load(folder);
      use_checkpoint(folder, checkpoint, use);
      return checkpoint;
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

Json latest_checkpoint_values(const fs::path& run) {
  for (const fs::path& folder : checkpoint_folders(run)) {
    if (!is_complete(folder)) continue;
    return reading_json("checkpoint is damaged", (folder / kManifest).string(),
                        [&] { return read_manifest(folder).at("values"); });
  }
  return {};
}

}  // namespace medcl
