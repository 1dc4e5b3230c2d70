// SPDX-License-Identifier: Apache-2.0
#pragma once

// A SAM asked in other words than those it was trained with. A model holds the features of its own
// words; for others CLIP is needed, the one whose features it was trained with.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.1 and Table III (nouns against descriptions).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "medcl/dataset/label_map.h"
#include "medcl/model/model_file.h"

namespace medcl {

struct FreeTextOptions {
  std::vector<std::string> text;  ///< "class=words" each; classes that are not named keep theirs
  std::string clip, merges;       ///< files as in sam::SamNetworkOptions
};

/// Class index (1..m) and words of every text. @throws Error(kUsage) for what is no class of `map`,
/// a class named twice, or no words.
std::vector<std::pair<std::int64_t, std::string>> parse_texts(const std::vector<std::string>& text,
                                                              const LabelMap& map);

/// Nothing without texts. @throws Error(kUsage) as parse_texts, without CLIP's files, or for a
/// model that is not asked with words; Error(kModelMismatch) for one that was trained with random
/// text features or with another CLIP. Cost: 3 GMAC a text.
void ask_in_words(LoadedModel& model, const FreeTextOptions& options);

}  // namespace medcl
