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
  std::set<std::string> validation;  ///< cases that chose the model; as the model or the run says
  std::string postprocessing;        ///< of the predictions, or what the model would do
  std::string method = "this run";
};

/// The content of a file of the run; empty when there is none. @throws Error(kIo) when it cannot be
/// read.
Json json_or_empty(const std::filesystem::path& path);
std::string text_or_empty(const std::filesystem::path& path);

/// @throws see build_report.
ReportSources load_report_sources(const ReportInputs& inputs);

/// @throws Error(kInvalidData) when the dataset does not have it.
const Case& case_of(const ReportSources& sources, const std::string& id);
/// Cases of imagesTr, whatever they were used for.
bool is_training_case(const ReportSources& sources, const std::string& id);
/// "5 unseen test cases", "2 validation cases (their scores chose the model)" ...
std::string cases_text(const ReportSources& sources);
/// Cases whose labels the run learned from, sorted by id.
std::vector<const Case*> scribbled_cases(const ReportSources& sources);

/// The strings of the one-line list `key = ["a", "b"]` in TOML text; empty when there is none.
std::set<std::string> strings_of_toml_list(const std::string& toml, const std::string& key);

}  // namespace medcl
