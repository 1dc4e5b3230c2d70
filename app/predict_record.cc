// SPDX-License-Identifier: Apache-2.0
#include "app/predict_record.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/sha256.h"
#include "medcl/core/stored_path.h"
#include "medcl/format/json_text.h"
#include "medcl/inference/postprocess.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

Json case_of(const PredictJob& job, const LabelMap& labels) {
  const fs::path folder = job.labels.parent_path();
  Json images = Json::array(), volumes_ml = Json::object();
  for (const fs::path& file : job.input.files) {
    images.push_back(stored_path(file, folder).string());
  }
  for (std::size_t c = 0; c < job.volumes_ml.size(); ++c) {
    volumes_ml[labels.classes[c + 1].name] = job.volumes_ml[c];
  }
  Json one = {{"id", job.input.id},
              {"images", images},
              {"images_sha256", job.image_hashes},
              {"labels", stored_path(job.labels, folder).string()},
              {"volumes_ml", volumes_ml},
              {"warnings", job.warnings}};
  if (job.in_pixels) one["unit"] = "pixel";
  return one;
}

/// What the earlier start found out about a case that it finished.
void keep_measurements(const Json& earlier, Json& one) {
  for (const Json& before : earlier.at("cases")) {
    if (before.at("id") != one.at("id") || !one.at("volumes_ml").empty()) continue;
    for (const char* key : {"volumes_ml", "warnings", "unit"}) {
      if (before.contains(key)) one[key] = before.at(key);
    }
  }
}

std::string absolute_text(const fs::path& path) {
  return fs::absolute(path).lexically_normal().string();
}

void add_models(const Ensemble& models, const PredictArguments& arguments, Json& record) {
  if (models.size() == 1) {
    record["model"] = absolute_text(models.folder(0));
    record["model_sha256"] = models.hash(0);
    return;
  }
  record["model"] = absolute_text(arguments.models.front());
  for (std::size_t n = 0; n < models.size(); ++n) {
    record["models"].push_back(absolute_text(models.folder(n)));
    record["model_sha256"].push_back(models.hash(n));
  }
}

}  // namespace

Json record_of(const std::vector<PredictJob>& jobs, Ensemble& models,
               const PredictArguments& arguments, double seconds) {
  const ModelCard& card = models.card();
  Json record;
  add_models(models, arguments, record);
  record["method"] = card.method;
  record["labels"] = card.labels.to_json();
  record["postprocessing"] = postprocessing_text(arguments.options, card);
  const std::string box = box_source_text(models.network(0), arguments.options);
  if (!box.empty()) record["box"] = box;
  if (!arguments.words.text.empty()) record["text"] = arguments.words.text;
  record["seconds"] = seconds;
  record["cases"] = Json::array();
  for (const PredictJob& job : jobs) {
    record[job.done ? "cases" : "unfinished"].push_back(case_of(job, card.labels));
  }
  return record;
}

Json earlier_record(const PredictArguments& arguments) {
  const fs::path path = record_path(arguments);
  if (!arguments.go_on || predicts_one_file(arguments) || !fs::is_regular_file(path)) return {};
  try {
    Json record = read_json(path);
    (void)lists(record, "cases", "");
    (void)lists(record, "unfinished", "");
    if (record.contains("model") && record.at("cases").is_array() &&
        record.at("seconds").is_number()) {
      return record;
    }
  } catch (const Json::exception&) {
    // Of another kind.
  }
  fail(ErrorCode::kUsage,
       {"is not of medcl predict", path.string(), "", "", "choose another folder"});
}

bool shows_the_same_images(const Json& record, const PredictJob& job) {
  for (const Json& one : record.at("cases")) {
    if (one.at("id") != job.input.id || !one.contains("images_sha256")) continue;
    return one.at("images_sha256") == Json(job.image_hashes);
  }
  return true;
}

std::vector<std::string> image_hashes(const CaseInput& input) {
  std::vector<std::string> hashes;
  for (const fs::path& file : input.files) {
    if (!fs::is_directory(file)) {
      hashes.push_back(sha256_of_file(file));
      continue;
    }
    for (const FolderEntry& entry : list_folder(file)) {
      if (entry.kind == FolderEntry::Kind::kFile) hashes.push_back(sha256_of_file(entry.path));
    }
  }
  return hashes;
}

bool lists(const Json& record, const char* list, const std::string& id) {
  if (!record.is_object() || !record.contains(list)) return false;
  const Json& cases = record[list];
  return std::any_of(cases.begin(), cases.end(),
                     [&](const Json& one) { return one.at("id").get<std::string>() == id; });
}

void continue_record(const Json& earlier, Json& record) {
  if (earlier.is_null()) return;
  for (const char* key : {"model_sha256", "method", "labels", "postprocessing", "box", "text"}) {
    const Json before = earlier.value(key, Json()), now = record.value(key, Json());
    if (before == now) continue;
    fail(
        ErrorCode::kUsage,
        {"the outputs that are there were made in another way", key, json_text(before),
         json_text(now), "use the same options, another folder, or --force instead of --continue"});
  }
  for (Json& one : record.at("cases")) keep_measurements(earlier, one);
  for (const Json& one : earlier.at("cases")) {
    const std::string id = one.at("id");
    if (!lists(record, "cases", id) && !lists(record, "unfinished", id)) {
      record["cases"].push_back(one);
    }
  }
  record["seconds"] = record["seconds"].get<double>() + earlier["seconds"].get<double>();
}

}  // namespace medcl
