// SPDX-License-Identifier: Apache-2.0
// medcl info: what is in a model, a dataset, an image, a configuration or a file with tensors.
// Reads all of it and refuses what is broken.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <new>
#include <set>

#include "app/commands.h"
#include "app/failure.h"
#include "app/info_files.h"
#include "app/read_flags.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/dataset.h"
#include "medcl/format/json_text.h"
#include "medcl/format/option_json.h"
#include "medcl/format/tensor_file.h"
#include "medcl/format/tensor_report.h"
#include "medcl/image/volume_io.h"
#include "medcl/model/model_file.h"
#include "medcl/run/fold_list.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

Json info_of_model(const fs::path& path) {
  const LoadedModel model = load_model(path);
  std::int64_t parameters = 0;
  for (const auto& one : model.network->parameters()) parameters += one.numel();
  Json json;
  json["kind"] = "model";
  json["folder"] = model.folder.string();
  json["method"] = model.card.method;
  NetworkOptions network = model.card.network;
  OptionTable table;
  network.describe(table);
  for (const Option& option : table.options()) json[option.name] = value_json(option);
  json["parameters"] = parameters;
  json["channels"] = model.card.channel_names;
  json["labels"] = model.card.labels.to_json();
  const PrepareOptions& prepare = model.card.prepare;
  json["orientation"] = prepare.orientation;
  json["in-plane spacing mm"] =
      prepare.spacing_mm > 0 ? Json(prepare.spacing_mm) : Json("as acquired");
  json["normalisation"] = name_of(prepare.normalisation);
  if (prepare.normalisation == Normalisation::kWindow) {
    json["window"] = {prepare.window_low, prepare.window_high};
  }
  json["training"] = model.card.training;
  return json;
}

/// A run of several folds; models of folds that are not trained yet are missing.
Json info_of_folds(const fs::path& path) {
  const FoldList list = read_folds(path);
  Json json = {{"kind", "run of " + std::to_string(list.folds.size()) + " folds"},
               {"folder", path.string()}};
  if (!list.left_out.empty()) json["cases of no fold"] = list.left_out;
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    Json fold = {{"validated on", list.folds[n].validation}};
    const fs::path folder = fold_folder(path, n);
    if (is_there(folder / "best" / "model.json")) {
      const Json model = info_of_model(folder);
      for (const char* name : {"method", "network.name", "parameters", "normalisation"}) {
        json[name] = model.at(name);
      }
      for (const char* name : {"steps", "validation", "ending"}) {
        if (model.at("training").contains(name)) fold[name] = model.at("training").at(name);
      }
    } else {
      fold["model"] = is_there(folder / "config.toml") ? "none yet" : "not begun";
    }
    json["folds"].push_back(std::move(fold));
  }
  return json;
}

Json info_of_dataset(const fs::path& path) {
  const Dataset dataset = read_dataset(path);
  const auto labelled = [](const std::vector<Case>& cases) {
    return std::count_if(cases.begin(), cases.end(),
                         [](const Case& one) { return one.labels.has_value(); });
  };
  Json json;
  json["kind"] = "dataset";
  json["name"] = dataset.name;
  json["channels"] = dataset.channel_names;
  json["labels"] = dataset.labels.to_json();
  json["training cases"] = dataset.cases.size();
  json["with labels"] = labelled(dataset.cases);
  json["test cases"] = dataset.test_cases.size();
  json["test cases with labels"] = labelled(dataset.test_cases);
  for (const Split& split : dataset.splits) {
    json["splits"].push_back({{"train", split.train.size()}, {"val", split.validation.size()}});
  }
  return json;
}

Json info_of_tensors(const fs::path& path) {
  const TensorFile file = open_tensor_file(path);
  Json json;
  json["kind"] = file.container;
  json["parameters"] = element_count(file.tensors);
  if (!file.metadata.empty()) json["metadata"] = file.metadata;
  json["tensors"] = Json::object();
  for (const auto& [name, tensor] : file.tensors) {
    std::string text = name_of(tensor.dtype);
    for (const std::int64_t extent : tensor.shape) text.append(" ").append(std::to_string(extent));
    json["tensors"][name] = text;
  }
  return json;
}

Json info_of_configuration(const fs::path& path) {
  RunOptions options = resolve_options("", path, {});
  OptionTable table;
  options.describe(table);
  Json json;
  json["kind"] = "configuration";
  for (const Option& option : table.options()) json["options"][option.name] = value_json(option);
  return json;
}

Json info_of_channel(const Loaded<float>& channel) {
  const std::vector<float>& voxels = channel.volume.voxels;
  double sum = 0;
  std::int64_t finite = 0;
  float low = INFINITY, high = -INFINITY;
  std::set<float> values;
  for (const float value : voxels) {
    if (!std::isfinite(value)) continue;
    ++finite;
    sum += static_cast<double>(value);
    low = std::min(low, value);
    high = std::max(high, value);
    if (values.size() <= 32) values.insert(value);
  }
  Json json;
  json["voxels"] = voxels.size();
  json["not finite"] = static_cast<std::int64_t>(voxels.size()) - finite;
  if (finite > 0) {
    json["minimum"] = low;
    json["maximum"] = high;
    json["mean"] = sum / static_cast<double>(finite);
  }
  if (values.size() <= 32) json["distinct values"] = values;
  return json;
}

Json info_of_image(const fs::path& path, const ReadOptions& options) {
  const auto channels = read_channels(path, options);
  const Geometry& geometry = channels.front().volume.geometry;
  Json json;
  json["kind"] = "image";
  json["size"] = geometry.size;
  json["spacing mm"] = geometry.spacing_mm();
  json["orientation"] = axis_codes(geometry);
  json["world from index"] = geometry.world_from_index;
  if (const auto& header = channels.front().source.nifti) {
    json["format"] = "NIfTI-" + std::to_string(header->version);
    json["datatype"] = static_cast<int>(header->datatype);
    json["scl_slope"] = header->scl_slope;
    json["scl_inter"] = header->scl_inter;
    json["sform_code"] = header->sform_code;
    json["qform_code"] = header->qform_code;
    json["description"] = header->description;
  }
  for (const auto& channel : channels) json["channels"].push_back(info_of_channel(channel));
  for (const Finding& finding : channels.front().findings) {
    json["findings"].push_back(to_line(finding.problem));
  }
  return json;
}

Json info_of_any(const fs::path& path, const ReadOptions& options) {
  if (!is_there(path)) fail(ErrorCode::kIo, {"no such file or folder", path.string(), "", "", ""});
  if (is_tensor_path(path) && !is_folder(path)) return info_of_tensors(path);
  if (is_experiment_file(path)) return info_of_experiment_file(path);
  if (path.extension() == ".toml") return info_of_configuration(path);
  if (path.filename() == "model.json") return info_of_model(path);
  if (path.filename() == "dataset.json") return info_of_dataset(path.parent_path());
  if (path.extension() == ".json" && !is_folder(path)) return info_of_json_file(path);
  if (is_folder(path)) {
    if (is_there(path / "dataset.json")) return info_of_dataset(path);
    if (has_folds(path)) return info_of_folds(path);
    const bool model = is_there(path / "model.json") || is_there(path / "best");
    if (model) return info_of_model(path);
    if (is_experiment_folder(path)) return info_of_experiment(path);
    if (!is_image_path(path)) {
      fail(ErrorCode::kIo,
           {"nothing known in this folder", path.string(),
            "a model, a run, a run of folds, a dataset, an experiment or a DICOM series", "", ""});
    }
  }
  return info_of_image(path, options);
}

Json info_of(const fs::path& path, const ReadOptions& options) {
  try {
    return info_of_any(path, options);
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::kOutOfResources, {"not enough memory to read it", path.string(), "", "", ""});
  }
}

void print_plain(const Json& json, std::size_t indent = 0) {
  for (const auto& [key, value] : json.items()) {
    const bool nested = value.is_object() && !value.empty();
    const bool list_of_objects = value.is_array() && !value.empty() && value[0].is_object();
    if (nested) {
      print_wrapped(key + ":", indent);
      print_plain(value, indent + 2);
    } else if (list_of_objects) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        print_wrapped(key + " " + std::to_string(i) + ":", indent);
        print_plain(value[i], indent + 2);
      }
    } else {
      const std::string text = value.is_string() ? value.get<std::string>() : json_text(value);
      print_wrapped(one_line(key + ": " + text), indent);
    }
  }
}

void print_json(const Json& json) { std::printf("%s\n", json_text(json, 2).c_str()); }

struct Arguments {
  std::vector<std::string> paths;
  std::vector<double> spacing_mm;
  ReadOptions read;
  bool json = false;
};

/// One path fails as every verb does; of several, each that is broken gets its line and the others
/// are shown. Returns the exit code of the first that failed.
int show_several(const Arguments& arguments) {
  int exit_code = 0;
  Json all = Json::array();
  for (const std::string& path : arguments.paths) {
    try {
      Json json = {{"path", path}};
      json.update(info_of(path, arguments.read));
      if (!arguments.json) {
        print_plain(json);
        std::printf("\n");
      }
      all.push_back(std::move(json));
    } catch (const std::exception&) {
      const Failure failure = current_failure();
      std::fflush(stdout);
      std::fprintf(stderr, "medcl info: %s\n", failure.message.c_str());
      if (exit_code == 0) exit_code = static_cast<int>(failure.code);
    }
  }
  if (arguments.json) print_json(all);
  return exit_code;
}

int run_info(const Arguments& arguments) {
  if (arguments.paths.size() > 1) return show_several(arguments);
  const Json json = info_of(arguments.paths.front(), arguments.read);
  arguments.json ? print_json(json) : print_plain(json);
  return 0;
}

}  // namespace

void add_info(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand(
      "info", "Show what is in models, datasets, images or configurations");
  verb->add_option("path", arguments->paths,
                   "Model or run folder, dataset folder, experiment folder, image, DICOM folder, "
                   ".safetensors, .pth, .toml file, scores or estimate (.json)")
      ->required();
  verb->add_option("--assume", arguments->read.assume,
                   "Matrix to trust when the header contradicts itself")
      ->check(CLI::IsMember({"sform", "qform", "spacing"}));
  add_spacing(*verb, arguments->spacing_mm);
  add_series(*verb, arguments->read.series, arguments->read.merge_series);
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->callback([arguments, &program] {
    arguments->read.spacing_mm = spacing_of(arguments->spacing_mm);
    program.exit_code = run_info(*arguments);
  });
}

}  // namespace medcl
