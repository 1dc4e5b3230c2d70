// SPDX-License-Identifier: Apache-2.0
#pragma once

// One page about one model: how it was trained, how good it is on which cases, and what its worst,
// median and best results look like; without reference labels, what is unusual in its predictions.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace medcl {

struct ReportInputs {
  std::filesystem::path run;      ///< run folder: metrics.jsonl, config.toml, best/model.json
  std::filesystem::path dataset;  ///< native dataset: images, scribbles; needed with `evaluation`
  std::filesystem::path
      evaluation;  ///< summary.json of this run; empty: predictions are shown alone
  std::optional<std::filesystem::path>
      predictions;  ///< folder with prediction.json, if there is one
  /// Other runs on the same cases: a name and its summary.json.
  std::vector<std::pair<std::string, std::filesystem::path>> comparisons;
  std::string title;    ///< empty: made from the dataset's name
  std::string program;  ///< "medcl 0.1.0 (...)", for the provenance
};

/// Called after the pictures of each case, with how many are done, how many there will be, and the
/// case.
using ReportProgress =
    std::function<void(std::int64_t done, std::int64_t total, const std::string& id)>;

/// The page as HTML text. Without an evaluation: volumes and pictures of `predictions`, the unusual
/// cases first (medcl/report/predictions.h). @throws Error(kIo) for missing files;
/// Error(kInvalidData) for a case of the evaluation that the dataset does not have, or files that
/// do not fit each other.
std::string build_report(const ReportInputs& inputs, const ReportProgress& progress = {});

}  // namespace medcl
