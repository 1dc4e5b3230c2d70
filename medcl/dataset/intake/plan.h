// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which loose files make up which case. No pixel is read for it: a person sees the plan as a table
// first, with the reason for everything in it.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "medcl/dataset/intake/sources.h"

namespace medcl {

struct PlannedCase {
  std::string id;
  std::vector<std::size_t> images;    ///< indices of sources, one per channel, or one for all
  std::optional<std::size_t> labels;  ///< of the source
};

struct PlanOptions {
  SourceOptions sources;
  std::vector<std::string> channels;  ///< words in the names that tell channels apart, in order
  std::vector<std::string> pairs;     ///< "IMAGE=LABELS" each: files by name or path
};

struct IntakePlan {
  SourceList list;
  std::vector<std::string> channel_names;  ///< one, "image", where names say nothing
  bool channels_named = false;             ///< whether names of files, or the user, say them
  std::vector<PlannedCase> cases;          ///< sorted by id
  /// Case and channel of each source, for the table; "-" where it belongs to none.
  std::vector<std::string> places;
  /// Errors: what cannot be decided, and the option that decides it. A plan with errors is only to
  /// be shown.
  Findings findings;
};

/// Pairs files by their names: equal words first, then what NearNames finds, then the only image
/// with the only labels. Channels are told apart by channel numbers (_0000), by names of
/// modalities, or by last words that every case has.
/// @throws as find_sources; Error(kUsage) for `pairs` that name no file.
IntakePlan plan_intake(const std::vector<std::filesystem::path>& inputs,
                       const PlanOptions& options);

}  // namespace medcl
