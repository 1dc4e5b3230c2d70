// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything a report shows, read from the files and checked.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/format/json.h"
#include "medcl/report/report.h"
#include "medcl/report/score_tables.h"

namespace medcl {

struct ReportSources {
  Dataset dataset;
  Summary summary;
  std::vector<NamedSummary> runs;    ///< this run first
  Json model = Json::object();       ///< model.json; empty when absent
  Json prediction = Json::object();  ///< prediction.json; empty when absent
  std::string config;                ///< config.toml; empty when absent
  std::set<std::string> scribbled;   ///< option train.scribbled; empty: all that have labels
  std::set<std::string> trained;     ///< cases that the run learned from: its split's, or all
  std::set<std::string> validation;  ///< cases whose scores chose the model: its split's, or none
  std::string postprocessing;        ///< as the predictions have noted it, else the model's own
  std::string method = "this run";
};

/// The JSON object in a file of the run; an empty object when there is no such file.
/// @throws Error(kIo) when it cannot be read or is no object.
Json json_or_empty(const std::filesystem::path& path);
/// The text of a file of the run; empty when there is no such file.
/// @throws Error(kIo) when it cannot be read.
std::string text_or_empty(const std::filesystem::path& path);

/// Reads what build_report needs where there is an evaluation. The split is the one that the model
/// has noted; for a model that has none, the one that `train.split` in the run's config.toml
/// numbers; else the first of the dataset. Of a run of folds the first stands for all models, and
/// what taught any of them was learned from. @throws as build_report.
ReportSources load_report_sources(const ReportInputs& inputs);

/// The case of the dataset with this id. @throws Error(kInvalidData) when there is none.
const Case& case_of(const ReportSources& sources, const std::string& id);
/// Whether the id is that of a case of imagesTr, whatever the run used that for.
bool is_training_case(const ReportSources& sources, const std::string& id);
/// What the evaluated cases were to the run: "5 unseen test cases", "2 validation cases (their
/// scores chose the model)" ...
std::string cases_text(const ReportSources& sources);
/// The cases whose labels the run learned from, sorted by id.
std::vector<const Case*> scribbled_cases(const ReportSources& sources);

/// The strings of the one-line list `key = ["a", "b"]` in TOML text; empty when there is none.
std::set<std::string> strings_of_toml_list(const std::string& toml, const std::string& key);

}  // namespace medcl
