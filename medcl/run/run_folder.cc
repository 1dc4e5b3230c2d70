// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/run_folder.h"

#include <array>
#include <utility>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/system_error.h"
#include "medcl/format/json.h"
#include "medcl/format/toml.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "run.json";
constexpr const char* kConfig = "config.toml";
constexpr const char* kPlan = "plan.toml";
constexpr const char* kLock = "lock";
constexpr const char* kFormat = "medcl-run";
constexpr const char* kPrepared = "prepared";
constexpr std::array kNames = {
    "checkpoints",         "best",  "last",         "metrics.jsonl", "failed_step",
    "encoder.safetensors", kConfig, kPlan,          kMark,           kPrepared,
    "folds.json",          kLock,   "estimate.json"};
/// What a run leaves from its first step on.
constexpr std::span kResults = std::span(kNames).first<6>();
/// What a new run would write.
constexpr std::span kWritten = std::span(kNames).first<11>();

bool is_taken(const fs::path& path) {
  std::error_code unknown;
  return fs::symlink_status(path, unknown).type() != fs::file_type::not_found && !unknown;
}

bool has_mark(const fs::path& run) {
  if (!is_taken(run / kMark)) return false;
  try {
    const Json mark = read_json(run / kMark);
    return mark.is_object() && mark.contains("format") && mark.at("format") == kFormat;
  } catch (const Error&) {
    return false;
  }
}

const char* verb_of(RunKind kind) { return kind == RunKind::kTraining ? "train" : "pretrain"; }

/// Of a marked folder; runs of earlier versions are trainings.
std::string verb_in(const fs::path& run) {
  const Json verb = read_json(run / kMark).value("verb", Json(verb_of(RunKind::kTraining)));
  return verb.is_string() ? verb.get<std::string>() : "";
}

void write_mark(const fs::path& run, RunKind kind) {
  write_json(run / kMark, {{"format", kFormat}, {"version", 1}, {"verb", verb_of(kind)}});
}

std::string resume_line(const fs::path& run) {
  const std::string verb = has_mark(run) ? verb_in(run) : verb_of(RunKind::kTraining);
  return "medcl " + verb + " --resume " + run.string();
}

/// Those of `names` that `run` holds, for a message.
std::string taken_of(std::span<const char* const> names, const fs::path& run) {
  std::string found;
  for (const char* name : names) {
    if (is_taken(run / name)) found += (found.empty() ? "" : ", ") + std::string(name);
  }
  return found;
}

[[noreturn]] void refuse_lost_config(const fs::path& run, ErrorCode code) {
  fail(code, {.what = "the config.toml of this run is lost",
              .where = run.string(),
              .found = taken_of(kResults, run),
              .remedy = "put it back, or choose another folder; nothing was changed"});
}

}  // namespace

std::span<const char* const> names_in_runs() { return kNames; }

void require_free_run_folder(const fs::path& run) {
  const FileStatus status = file_status(run);
  if (status.error != 0) fail_with_errno(status.error, "cannot look at it", run);
  if (status.kind != FileKind::kNothing && status.kind != FileKind::kFolder) {
    fail(ErrorCode::kUsage, {.what = "is " + kind_text(status.kind) + ", not a folder",
                             .where = run.string(),
                             .remedy = "choose another folder with -o"});
  }
  const bool marked = has_mark(run), configured = is_taken(run / kConfig);
  if (configured && (marked || is_taken(run / kLock))) {
    fail(ErrorCode::kUsage, {.what = "this folder holds a run already",
                             .where = run.string(),
                             .remedy = "go on with: " + resume_line(run)});
  }
  if (marked) {  // the run had not begun
    if (!taken_of(kResults, run).empty()) refuse_lost_config(run, ErrorCode::kUsage);
    return;
  }
  if (const std::string taken = taken_of(kWritten, run); !taken.empty()) {
    fail(ErrorCode::kUsage, {.what = "holds files under names that a run would write",
                             .where = run.string(),
                             .expected = "an empty or a new folder",
                             .found = taken,
                             .remedy = "choose another folder with -o; nothing was changed"});
  }
}

void require_run_folder(const fs::path& run, RunKind kind) {
  const bool configured = is_taken(run / kConfig), marked = has_mark(run);
  if (configured && (marked || is_taken(run / kLock))) {
    const std::string verb = marked ? verb_in(run) : verb_of(RunKind::kTraining);
    if (verb == verb_of(kind)) return;
    fail(ErrorCode::kUsage, {.what = "this folder holds a run of another verb",
                             .where = run.string(),
                             .expected = std::string("a run of medcl ") + verb_of(kind),
                             .found = "medcl " + verb,
                             .remedy = "go on with: " + resume_line(run)});
  }
  if (!configured && marked) refuse_lost_config(run, ErrorCode::kIo);
  fail(ErrorCode::kIo, {.what = "not a run folder",
                        .where = run.string(),
                        .expected = "config.toml and run.json of an earlier `medcl train`",
                        .found = configured ? "config.toml alone" : ""});
}

RunFolder::RunFolder(fs::path run) : run_(std::move(run)), lock_(std::in_place, run_) {}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : run_(std::move(other.run_)),
      remove_(std::exchange(other.remove_, false)),
      lock_(std::exchange(other.lock_, std::nullopt)) {}

RunFolder RunFolder::create(const fs::path& run, RunKind kind) {
  const bool made_here = !is_taken(run);
  require_free_run_folder(run);
  make_folders(run);
  RunFolder folder(run);
  require_free_run_folder(run);  // of whoever held the lock until now
  folder.remove_ = made_here;
  if (!has_mark(run)) write_mark(run, kind);
  return folder;
}

RunFolder RunFolder::open(const fs::path& run, RunKind kind) {
  require_run_folder(run, kind);
  RunFolder folder(run);
  if (!has_mark(run)) write_mark(run, kind);
  return folder;
}

RunFolder::~RunFolder() {
  if (!remove_) return;
  std::error_code ignored;
  fs::remove_all(run_ / kPrepared, ignored);
  for (const char* name : {kConfig, kPlan, kMark, kLock}) fs::remove(run_ / name, ignored);
  fs::remove(run_, ignored);  // stays when anything else came into it
}

void RunFolder::keep(const OptionTable& options) {
  const std::string text = to_toml(options);
  const fs::path path = run_ / kConfig;
  bool same = false;
  if (is_taken(path)) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    same = text == std::string(bytes.begin(), bytes.end());
  }
  if (!same) write_atomically(path, text);
  remove_ = false;
}

void RunFolder::keep_plan(const std::string& text) const { write_atomically(run_ / kPlan, text); }

}  // namespace medcl
