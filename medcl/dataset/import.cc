// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import.h"

#include <algorithm>
#include <system_error>

#include "medcl/core/error.h"
#include "medcl/core/options.h"
#include "medcl/core/staged_folder.h"
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
  if (!options.dense_from.empty() && kind != "mscmr") {
    fail(ErrorCode::kUsage,
         {"dense labels from another dataset", "--dense-from", "kind mscmr", kind, "leave it out"});
  }
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
