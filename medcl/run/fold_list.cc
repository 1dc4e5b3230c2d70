// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/fold_list.h"

#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/format/json.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "folds.json";
constexpr const char* kFormat = "medcl-folds";

bool is_file(const fs::path& path) { return file_status(path).kind == FileKind::kFile; }

}  // namespace

bool has_folds(const fs::path& run) { return is_file(run / kFile); }

fs::path fold_folder(const fs::path& run, std::size_t n) {
  return run / ("fold_" + std::to_string(n));
}

FoldList read_folds(const fs::path& run) {
  std::string found;
  try {
    const Json json = read_json(run / kFile);
    FoldList list{
        .left_out = json.at("left_out"), .preset = json.at("preset"), .config = json.at("config")};
    for (const Json& one : json.at("folds")) {
      list.folds.push_back({.train = one.at("train"), .validation = one.at("validation")});
    }
    if (json.at("format") == kFormat && !list.folds.empty()) return list;
  } catch (const Json::exception&) {
    found = "JSON of another kind";
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo) throw;
    found = "a file that is cut or damaged";
  }
  const std::string first = fold_folder(run, 0).string();
  fail(ErrorCode::kIo, {.what = "the list of the folds of this run cannot be read",
                        .where = (run / kFile).string(),
                        .expected = "what medcl train --folds wrote",
                        .found = found,
                        .remedy = "put it back from a copy; else use each fold as a run of its "
                                  "own: medcl train --resume " +
                                  first + ", medcl predict -m " + first + " -m ..."});
}

void write_folds(const fs::path& run, const FoldList& list) {
  Json folds = Json::array();
  for (const Fold& one : list.folds) {
    folds.push_back({{"train", one.train}, {"validation", one.validation}});
  }
  write_json(run / kFile, {{"format", kFormat},
                           {"version", 1},
                           {"preset", list.preset},
                           {"config", list.config},
                           {"left_out", list.left_out},
                           {"folds", folds}});
}

std::vector<fs::path> model_places(const fs::path& path) {
  if (!has_folds(path)) return {path};
  std::vector<fs::path> places;
  std::string missing;
  const std::size_t count = read_folds(path).folds.size();
  for (std::size_t n = 0; n < count; ++n) {
    places.push_back(fold_folder(path, n));
    if (is_file(places.back() / "best" / "model.json")) continue;
    missing += (missing.empty() ? "" : ", ") + places.back().filename().string();
  }
  if (missing.empty()) return places;
  fail(ErrorCode::kIo, {.what = "folds of this run have no model yet",
                        .where = path.string(),
                        .found = missing,
                        .remedy = "go on with: medcl train --resume " + path.string() +
                                  "; or name the folds that have one, each with -m"});
}

}  // namespace medcl
