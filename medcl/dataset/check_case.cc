// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check_case.h"

#include <numeric>

#include "medcl/core/error.h"
#include "medcl/dataset/check_files.h"

namespace medcl {
namespace {

/// The message of an exception without the file name that it starts with.
std::string message_of(const std::exception& error, const std::filesystem::path& path) {
  const std::string text = error.what(), prefix = path.string() + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

void add_finding(Findings& findings, Severity severity, const char* id, const Problem& problem,
                 bool fixable) {
  findings.push_back({severity, id, problem, fixable});
}

Findings orientation_errors(const std::filesystem::path& path) {
  Findings errors;
  try {
    Findings all;
    geometry_of(read_nifti_header(path), path.string(), "", all);
    for (const Finding& one : all) {
      if (one.severity == Severity::kError) errors.push_back(one);
    }
  } catch (const Error&) {
    errors.clear();
  }
  return errors;
}

ReadOptions tolerant(const Findings& orientation) {
  ReadOptions options;
  if (!orientation.empty()) options.assume = "spacing";
  return options;
}

void add_read_error(Findings& findings, const std::exception& error,
                    const std::filesystem::path& path, const char* id) {
  add_finding(findings, Severity::kError, id, {message_of(error, path), path.string(), "", "", ""});
}

std::int64_t CaseFacts::annotated_voxels() const {
  return std::accumulate(class_voxels.begin(), class_voxels.end(), std::int64_t{0});
}

CaseFacts inspect_case(const Case& one, const Dataset& dataset, bool test) {
  CaseFacts facts;
  facts.id = one.id;
  facts.test = test;
  facts.image_file = one.images.front().string();
  facts.grid = inspect_images(one, dataset, facts);
  if (facts.grid) facts.planes = plane_evidence(*facts.grid);
  if (one.labels) inspect_labels(one, dataset, facts);
  facts.image.reset();
  return facts;
}

}  // namespace medcl
