// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/sources.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/format/json_text.h"
#include "medcl/run/fold_list.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::set<std::string> set_of(const std::vector<std::string>& ids) {
  return {ids.begin(), ids.end()};
}

/// The number of the one-line entry `key = 3` in TOML text; 0 when there is none.
std::size_t index_of_toml(const std::string& toml, const std::string& key) {
  std::istringstream lines(toml);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, sign;
    std::size_t value = 0;
    if (words >> name >> sign >> value && name == key && sign == "=") return value;
  }
  return 0;
}

/// The split that the model has noted; none for a model that has not.
std::optional<Split> noted_split(const Json& model, const std::string& where) {
  return reading_json("broken model description", where, [&]() -> std::optional<Split> {
    const Json split = model.value("/training/split"_json_pointer, Json());
    if (split.is_null()) return std::nullopt;
    return Split{split.at("train").get<std::vector<std::string>>(),
                 split.at("validation").get<std::vector<std::string>>()};
  });
}

/// Every case that taught a model of a fold.
Split split_of_folds(const FoldList& list) {
  Split split;
  for (const Fold& fold : list.folds) {
    split.train.insert(split.train.end(), fold.train.begin(), fold.train.end());
  }
  return split;
}

Split split_of_run(const ReportSources& sources, const std::string& where) {
  if (const std::optional<Split> noted = noted_split(sources.model, where)) return *noted;
  const std::vector<Split>& splits = sources.dataset.splits;
  const std::size_t index = index_of_toml(sources.config, "split");
  if (index < splits.size()) return splits[index];
  Split all;
  for (const Case& one : sources.dataset.cases) all.train.push_back(one.id);
  return all;
}

/// What was done to the predictions, or, where nobody noted that, what the model says of itself.
std::string postprocessing_of(const ReportSources& sources, const fs::path& model_json) {
  return reading_json("broken description", model_json.string(), [&]() -> std::string {
    if (sources.prediction.contains("postprocessing")) {
      return sources.prediction.at("postprocessing").get<std::string>();
    }
    if (!sources.model.contains("postprocessing")) return "not recorded";
    return "not recorded (the model's own component rule: " +
           sources.model.at("postprocessing").at("largest_component").get<std::string>() + ")";
  });
}

}  // namespace

Json json_or_empty(const fs::path& path) {
  if (!is_there(path)) return Json::object();
  Json json = read_json(path);
  if (json.is_object()) return json;
  fail(ErrorCode::kIo, {"is not a description", path.string(), "a JSON object", json.type_name(),
                        "the file is damaged or not of this program"});
}

std::string text_or_empty(const fs::path& path) {
  if (!is_there(path)) return "";
  const std::vector<std::uint8_t> bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

ReportSources load_report_sources(const ReportInputs& inputs) {
  ReportSources sources;
  sources.dataset = read_dataset(inputs.dataset);
  sources.summary = read_summary(inputs.evaluation);
  if (sources.summary.cases.empty()) {
    fail(ErrorCode::kInvalidData,
         {"no case was evaluated", inputs.evaluation.string(), "", "", ""});
  }
  if (!is_folder(inputs.run)) {
    fail(ErrorCode::kIo, {"no such run folder", inputs.run.string(), "", "", ""});
  }
  const bool folds = has_folds(inputs.run);
  const fs::path run = folds ? fold_folder(inputs.run, 0) : inputs.run;
  sources.model = json_or_empty(run / "best" / "model.json");
  sources.config = text_or_empty(run / "config.toml");
  sources.scribbled = strings_of_toml_list(sources.config, "scribbled");
  if (inputs.predictions) {
    sources.prediction = json_or_empty(*inputs.predictions / "prediction.json");
  }
  const fs::path card = run / "best" / "model.json";
  const Split split =
      folds ? split_of_folds(read_folds(inputs.run)) : split_of_run(sources, card.string());
  sources.trained = set_of(split.train);
  sources.validation = set_of(split.validation);
  sources.postprocessing = postprocessing_of(sources, card);
  reading_json("broken model description", card.string(),
               [&] { sources.method = sources.model.value("method", sources.method); });
  sources.runs.push_back({sources.method, sources.summary});
  for (const auto& [name, path] : inputs.comparisons) {
    sources.runs.push_back({name, read_summary(path)});
  }
  return sources;
}

const Case& case_of(const ReportSources& sources, const std::string& id) {
  const Case* one = sources.dataset.find(id);
  if (one == nullptr) {
    fail(ErrorCode::kInvalidData,
         {"the dataset has no such case", "case " + id,
          "a case of " + sources.dataset.root.string(), "", "give the dataset that was predicted"});
  }
  return *one;
}

bool is_training_case(const ReportSources& sources, const std::string& id) {
  const std::vector<Case>& cases = sources.dataset.cases;
  return std::any_of(cases.begin(), cases.end(), [&](const Case& one) { return one.id == id; });
}

std::string cases_text(const ReportSources& sources) {
  std::size_t chosen = 0, training = 0, left_out = 0, test = 0;
  for (const CaseResult& one : sources.summary.cases) {
    if (!is_training_case(sources, one.id)) {
      ++test;
    } else if (sources.validation.count(one.id) > 0) {
      ++chosen;
    } else {
      ++(sources.trained.count(one.id) > 0 ? training : left_out);
    }
  }
  std::string text;
  const auto add = [&](std::size_t count, const std::string& name, const std::string& note) {
    if (count == 0) return;
    if (!text.empty()) text += " and ";
    text += std::to_string(count) + " " + name + (count == 1 ? " case" : " cases") + note;
  };
  add(test, "unseen test", "");
  add(chosen, "validation", " (their scores chose the model)");
  add(training, "training", " (the model has seen them)");
  add(left_out, "left-out", " (in no part of the run's split)");
  return text;
}

std::vector<const Case*> scribbled_cases(const ReportSources& sources) {
  std::vector<const Case*> cases;
  for (const Case& one : sources.dataset.cases) {
    const bool used = sources.scribbled.empty() || sources.scribbled.count(one.id) > 0;
    if (one.labels && used && sources.trained.count(one.id) > 0) cases.push_back(&one);
  }
  return cases;
}

std::set<std::string> strings_of_toml_list(const std::string& toml, const std::string& key) {
  std::istringstream lines(toml);
  std::set<std::string> strings;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t sign = line.find('=');
    if (sign == std::string::npos) continue;
    std::string name = line.substr(0, sign);
    std::erase(name, ' ');
    if (name != key) continue;
    for (std::size_t open = line.find('"', sign); open != std::string::npos;) {
      const std::size_t close = line.find('"', open + 1);
      if (close == std::string::npos) break;
      strings.insert(line.substr(open + 1, close - open - 1));
      open = line.find('"', close + 1);
    }
  }
  return strings;
}

}  // namespace medcl
