// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/summary_json.h"

#include <array>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/stored_path.h"
#include "medcl/evaluation/volume_bias.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

struct Count {
  const char* key;
  std::int64_t (Overlap::*value)() const;
};

constexpr std::array<Count, 4> kCounts{{{"TP", &Overlap::true_positives},
                                        {"FP", &Overlap::false_positives},
                                        {"FN", &Overlap::false_negatives},
                                        {"TN", &Overlap::true_negatives}}};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json(const ClassMetrics& metrics_of_class) {
  Json json;
  for (const Metric& metric : metrics()) {
    json[metric.key] = number(metrics_of_class.*metric.value);
  }
  for (const Count& count : kCounts) {
    json[count.key] = (metrics_of_class.overlap.*count.value)();
  }
  json["n_pred"] = metrics_of_class.overlap.n_pred;
  json["n_ref"] = metrics_of_class.overlap.n_ref;
  json["empty_policy_used"] = metrics_of_class.policy_used;
  return json;
}

Json to_json(const CaseResult& one, const LabelMap& labels) {
  Json per_class;
  for (std::size_t c = 0; c < one.classes.size(); ++c) {
    per_class[std::to_string(labels.classes[c + 1].value)] = to_json(one.classes[c]);
  }
  return {{"case", one.id},
          {"metrics", per_class},
          {"surface_dimensions", one.surface_dimensions},
          {"prediction_file", one.prediction_file.string()},
          {"reference_file", one.reference_file.string()}};
}

/// Means over the cases of everything numeric, by key.
Json mean_of_class(const Summary& summary, std::size_t c) {
  Json json;
  for (std::size_t m = 0; m < metrics().size(); ++m) {
    json[metrics()[m].key] = number(summary.per_class[c][m].mean);
  }
  const auto mean = [&](const auto& value) {
    double sum = 0;
    for (const CaseResult& one : summary.cases) {
      sum += static_cast<double>(value(one.classes[c].overlap));
    }
    return number(sum / static_cast<double>(summary.cases.size()));
  };
  for (const Count& count : kCounts) {
    json[count.key] = mean([&](const Overlap& overlap) { return (overlap.*count.value)(); });
  }
  json["n_pred"] = mean([](const Overlap& overlap) { return overlap.n_pred; });
  json["n_ref"] = mean([](const Overlap& overlap) { return overlap.n_ref; });
  return json;
}

Json mean_over_classes(const std::vector<Json>& means) {
  Json result = Json::object();
  if (means.empty()) {
    return result;
  }
  for (const auto& [key, first] : means.front().items()) {
    std::vector<double> values;
    for (const Json& mean : means) {
      if (mean.at(key).is_number()) {
        values.push_back(mean.at(key).get<double>());
      }
    }
    result[key] = number(statistic_of(values).mean);
  }
  return result;
}

Json to_json(const std::vector<Statistic>& row) {
  Json json;
  for (std::size_t m = 0; m < metrics().size(); ++m) {
    json[metrics()[m].key] = {
        {"mean", number(row[m].mean)}, {"sd", number(row[m].sd)}, {"count", row[m].count}};
  }
  return json;
}

Json volume_bias_json(const Summary& summary) {
  Json json = Json::object();
  const std::vector<VolumeBias> biases = volume_bias(summary);
  for (std::size_t c = 0; c < biases.size(); ++c) {
    const VolumeBias& one = biases[c];
    json[summary.labels.classes[c + 1].name] = {{"cases", one.cases},
                                                {"larger", one.larger},
                                                {"smaller", one.smaller},
                                                {"mean_ml", number(one.mean_ml)},
                                                {"mean_percent", number(one.mean_percent)},
                                                {"systematic", one.is_systematic()}};
  }
  return json;
}

Json details(const Summary& summary) {
  Json json;
  json["labels"] = summary.labels.to_json();
  if (summary.units.pixels) json["unit"] = "pixel";
  if (summary.measure != kDice) json["measure"] = summary.measure;
  json["options"] = {{"tolerance_mm", summary.options.tolerance_mm},
                     {"empty", summary.options.empty},
                     {"alignment", summary.options.alignment}};
  for (const Metric& metric : metrics()) {
    json["definitions"][metric.key] = metric.definition;
  }
  json["definitions"]["sd"] =
      "sample standard deviation (ddof 1) over cases with a finite value; "
      "all_classes: of each case's mean over its classes";
  json["definitions"]["empty"] = summary.options.empty_policy() == EmptyPolicy::kDiagonal
                                     ? "both masks empty: Dice 1, distances 0; one empty: Dice 0, "
                                       "distances = largest distance "
                                       "between voxel centres of the image"
                                     : "both masks empty: null; one empty: Dice 0, distances null";
  json["statistics"] = Json::object();
  json["empty_mask_cases"] = Json::object();
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    const std::string& name = summary.labels.classes[c + 1].name;
    json["statistics"][name] = to_json(summary.per_class[c]);
    json["empty_mask_cases"][name] = summary.policy_cases[c];
  }
  json["all_classes"] = to_json(summary.over_classes);
  json["volume_bias"] = volume_bias_json(summary);
  return json;
}

double double_of(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

ClassMetrics class_from_json(const Json& json) {
  ClassMetrics result;
  for (const Metric& metric : metrics()) {
    result.*metric.value = double_of(json.at(metric.key));
  }
  Overlap& overlap = result.overlap;
  overlap.n_pred = json.at("n_pred").get<std::int64_t>();
  overlap.n_ref = json.at("n_ref").get<std::int64_t>();
  overlap.n_inter = json.at("TP").get<std::int64_t>();
  overlap.n_total =
      json.at("TN").get<std::int64_t>() + overlap.n_pred + overlap.n_ref - overlap.n_inter;
  result.policy_used = json.at("empty_policy_used").get<bool>();
  return result;
}

Summary parse(const Json& json, const std::string& where) {
  const Json& own = json.at("medcl");
  const LabelMap labels = LabelMap::from_json(own.at("labels"), where);
  EvaluateOptions options;
  options.tolerance_mm = own.at("options").at("tolerance_mm").get<double>();
  options.empty = own.at("options").at("empty").get<std::string>();
  options.alignment = own.at("options").at("alignment").get<std::string>();
  std::vector<CaseResult> cases;
  for (const Json& one : json.at("metric_per_case")) {
    CaseResult result{.id = one.at("case").get<std::string>(),
                      .prediction_file = one.at("prediction_file").get<std::string>(),
                      .reference_file = one.at("reference_file").get<std::string>(),
                      .classes = {},
                      .surface_dimensions = one.value("surface_dimensions", std::int64_t{3})};
    for (std::size_t c = 1; c < labels.classes.size(); ++c) {
      result.classes.push_back(
          class_from_json(one.at("metrics").at(std::to_string(labels.classes[c].value))));
    }
    cases.push_back(std::move(result));
  }
  Summary summary = summarise(std::move(cases), labels, options);
  summary.units = units_of(own);
  summary.measure = own.value("measure", kDice);
  return summary;
}

}  // namespace

Json to_json(const Summary& summary) {
  std::vector<Json> means;
  Json per_class = Json::object();
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    means.push_back(mean_of_class(summary, c));
    per_class[std::to_string(summary.labels.classes[c + 1].value)] = means.back();
  }
  Json json;
  json["foreground_mean"] = mean_over_classes(means);
  json["mean"] = per_class;
  json["metric_per_case"] = Json::array();
  for (const CaseResult& one : summary.cases) {
    json["metric_per_case"].push_back(to_json(one, summary.labels));
  }
  json["medcl"] = details(summary);
  return json;
}

Summary summary_from_json(const Json& json, const std::string& where) {
  try {
    return reading_json("not a summary of medcl evaluate", where,
                        [&] { return parse(json, where); });
  } catch (const Error& error) {  // whoever says what is wrong: the file is broken
    throw Error(ErrorCode::kIo, error.what());
  }
}

Summary as_written(Summary summary, const std::filesystem::path& file) {
  for (CaseResult& one : summary.cases) {
    one.prediction_file = stored_path(one.prediction_file, file.parent_path());
    one.reference_file = stored_path(one.reference_file, file.parent_path());
  }
  return summary;
}

void write_summary(const std::filesystem::path& path, const Summary& summary) {
  write_json(path, to_json(as_written(summary, path)));
}

Summary read_summary(const std::filesystem::path& path) {
  Summary summary = summary_from_json(read_json(path), path.string());
  for (CaseResult& one : summary.cases) {
    one.prediction_file = found_path(one.prediction_file, path.parent_path());
    one.reference_file = found_path(one.reference_file, path.parent_path());
  }
  return summary;
}

}  // namespace medcl
