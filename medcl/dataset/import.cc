// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import.h"

#include <algorithm>
#include <system_error>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/options.h"
#include "medcl/dataset/import_job.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Importer {
  const char* kind;
  void (*run)(ImportJob&);
};

constexpr std::array kImporters = {
    Importer{"mscmr", import_mscmr},     Importer{"myops", import_myops},
    Importer{"acdc", import_acdc},       Importer{"msd", import_msd},
    Importer{"nnunet1", import_nnunet1}, Importer{"dicom", import_dicom},
};

const Importer& find_importer(const std::string& kind) {
  for (const Importer& one : kImporters) {
    if (kind == one.kind) return one;
  }
  std::string known;
  for (const Importer& one : kImporters)
    known += (known.empty() ? "" : ", ") + std::string(one.kind);
  const std::string nearest = nearest_name(kind, import_kinds());
  fail(ErrorCode::kUsage, {"unknown kind of dataset", "KIND", known, kind,
                           nearest.empty() ? "" : "did you mean " + nearest + "?"});
}

[[noreturn]] void fail_on(const fs::path& path, const std::string& what, const std::string& found) {
  fail(ErrorCode::kIo, {what, path.string(), "", found, ""});
}

/// A folder next to the target that becomes the target, or vanishes.
class StagedFolder {
 public:
  explicit StagedFolder(const fs::path& target) : target_(fs::absolute(target).lexically_normal()) {
    if (!target_.has_filename()) target_ = target_.parent_path();
    require_free();
    path_ = target_.parent_path() / ("." + target_.filename().string() + ".importing");
    std::error_code error;
    fs::remove_all(path_, error);
    fs::create_directories(path_, error);
    if (error) fail_on(path_, "cannot make the folder", error.message());
  }
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;
  ~StagedFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

  void publish() {
    require_free();
    FileSystem::get().rename(path_, target_);
    FileSystem::get().sync_folder(target_.parent_path());
  }

 private:
  void require_free() const {
    std::error_code error;
    if (!fs::exists(target_, error)) return;
    if (fs::is_directory(target_, error) && fs::is_empty(target_, error) && !error) return;
    fail(ErrorCode::kUsage, {"target is not empty", target_.string(), "a new or empty folder", "",
                             "choose another folder or remove this one"});
  }

  fs::path target_, path_;
};

void require_source(const fs::path& source) {
  std::error_code error;
  if (fs::is_directory(source, error)) return;
  fail(ErrorCode::kIo, {"no such folder", source.string(), "", "", ""});
}

}  // namespace

ImportReport import_dataset(const std::string& kind, const fs::path& source, const fs::path& target,
                            const ImportOptions& options, const ImportProgress& progress) {
  const Importer& importer = find_importer(kind);
  require_source(source);
  StagedFolder staged(target);
  ImportJob job{source, options, progress, {}, {}};
  job.dataset.root = staged.path();
  importer.run(job);
  job.dataset.description["description"] = "imported by medcl import " + kind;
  write_dataset_json(job.dataset);
  staged.publish();
  job.report.root = target;
  return job.report;
}

ImportReport import_dataset(const std::string& kind, const fs::path& source, const fs::path& target,
                            const ImportProgress& progress) {
  return import_dataset(kind, source, target, ImportOptions{}, progress);
}

std::vector<std::string> import_kinds() {
  std::vector<std::string> kinds;
  for (const Importer& one : kImporters) kinds.emplace_back(one.kind);
  return kinds;
}

}  // namespace medcl
