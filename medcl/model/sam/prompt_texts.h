// SPDX-License-Identifier: Apache-2.0
#pragma once

// What MedCL-SAM asks for in words: every class and every union of classes, in a few wordings, and
// the features of these texts. All texts are known before the training, so that CLIP is needed once
// and neither in training nor in prediction.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.1 (prompts of m classes and nested unions, with
// synonyms); Radford et al., CLIP, ICML 2021. Shape suffixes: s = sets of classes, v = wordings, c
// = channels.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/model/sam/network_options.h"

namespace medcl::sam {

/// Wordings of every set; number 0 is the plain one, which prediction uses.
inline constexpr std::int64_t kWordings = 4;

/// The m classes (0..m-1), then all unions in the order of all_unions. 1 <= m <= 8.
std::vector<std::vector<std::int64_t>> prompt_sets(std::int64_t m);
/// The place of a sorted set in prompt_sets(m). @throws Error(kFailure) when it has none.
std::int64_t prompt_index(std::int64_t m, const std::vector<std::int64_t>& set);

/// "right ventricle|RV" for RV and the like, so that CLIP does not read a recreational vehicle;
/// other names as they are, with '_' as space.
std::string default_text(const std::string& class_name);

/// "right ventricle and left ventricle", "RV with LV": `texts` as in SamNetworkOptions.
std::string prompt_text(const std::vector<std::string>& texts, const std::vector<std::int64_t>& set,
                        std::int64_t wording);

/// CLIP's rows of the end token for texts, [n, width of CLIP]. @throws Error(kIo),
/// Error(kModelMismatch) of CLIP's files.
torch::Tensor text_features(const std::string& clip_file, const std::string& merges_file,
                            const std::vector<std::string>& texts);

/// Features of all texts, [s, v, text_width]. With options.clip, text_features;
/// otherwise a random vector of about the same length for every class (a function of the seed) and
/// for a union the sum of its classes over the root of their number, alike in all wordings.
/// @throws Error(kIo), Error(kModelMismatch) of CLIP's files; Error(kUsage) when `texts` are not m
/// or m is above 8.
torch::Tensor prompt_features(const SamNetworkOptions& options, std::int64_t m, std::uint64_t seed);

}  // namespace medcl::sam
