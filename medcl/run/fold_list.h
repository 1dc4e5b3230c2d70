// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run of several folds: its folder holds folds.json and, in fold_0, fold_1 ..., an ordinary run
// each.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace medcl {

/// The cases of one fold, by id. Labelled cases of `train` teach, its other cases are unlabelled.
struct Fold {
  std::vector<std::string> train, validation;
};

struct FoldList {
  std::vector<Fold> folds;
  std::vector<std::string> left_out;  ///< cases of no fold: dense ones of a split, to be scored on
  std::string preset, config;         ///< what the command that began the run named
};

/// True when `run` holds folds.json, so that it is a run of several folds.
bool has_folds(const std::filesystem::path& run);
/// @throws Error(kIo) absent or broken.
FoldList read_folds(const std::filesystem::path& run);
/// Atomic. @throws Error(kIo), Error(kOutOfResources)
void write_folds(const std::filesystem::path& run, const FoldList& list);
/// The run of fold `n`, run/fold_<n>.
std::filesystem::path fold_folder(const std::filesystem::path& run, std::size_t n);

/// The folders that `path` names models by: those of the folds of a run, else `path` itself.
/// @throws Error(kIo) naming the folds that have no model yet.
std::vector<std::filesystem::path> model_places(const std::filesystem::path& path);

}  // namespace medcl
