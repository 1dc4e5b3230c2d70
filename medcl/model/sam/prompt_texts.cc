// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prompt_texts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/format/tensor_file.h"
#include "medcl/mixing/class_sets.h"
#include "medcl/model/clip/text_encoder.h"
#include "medcl/model/clip/tokenizer.h"
#include "medcl/model/state.h"

namespace medcl::sam {
namespace {

/// Tells the random features from other draws of Purpose::kInitialise.
constexpr std::uint32_t kFeaturePart = 2;
constexpr std::int64_t kTextsPerPass = 32;

std::vector<std::string> alternatives(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t bar = std::min(text.find('|', start), text.size());
    if (bar > start) parts.push_back(text.substr(start, bar - start));
    start = bar + 1;
  }
  if (parts.empty()) {
    fail(ErrorCode::kUsage, {.what = "no words for a class",
                             .where = "sam.texts",
                             .expected = "such as 'right ventricle|RV'",
                             .found = "'" + text + "'"});
  }
  return parts;
}

torch::Tensor random_features(const SamNetworkOptions& options, std::int64_t m,
                              std::uint64_t seed) {
  torch::Tensor class_mc = torch::empty({m, options.text_width});
  auto values = class_mc.accessor<float, 2>();
  for (std::int64_t i = 0; i < m; ++i) {
    RandomStream stream({.seed = seed,
                         .epoch = static_cast<std::uint32_t>(i),
                         .sample = kFeaturePart,
                         .purpose = Purpose::kInitialise});
    for (std::int64_t c = 0; c < options.text_width; ++c) {
      values[i][c] = static_cast<float>(stream.normal());
    }
  }
  std::vector<torch::Tensor> rows;
  for (const auto& set : prompt_sets(m)) {
    const auto members = class_mc.index_select(0, torch::tensor(set, torch::kInt64));
    rows.push_back(members.sum(0) / std::sqrt(static_cast<double>(set.size())));
  }
  return torch::stack(rows).unsqueeze(1).repeat({1, kWordings, 1});
}

}  // namespace

std::vector<std::vector<std::int64_t>> prompt_sets(std::int64_t m) {
  return with_single_classes(m, all_unions(m));
}

std::int64_t prompt_index(std::int64_t m, const std::vector<std::int64_t>& set) {
  const auto sets = prompt_sets(m);
  const auto found = std::find(sets.begin(), sets.end(), set);
  check(found != sets.end(), "a prompt asks for a set of classes");
  return found - sets.begin();
}

std::string default_text(const std::string& class_name) {
  static constexpr std::array<std::pair<const char*, const char*>, 8> kNames = {{
      {"RV", "right ventricle|RV"},
      {"LV", "left ventricle|LV"},
      {"MYO", "myocardium|Myo"},
      {"Myo", "myocardium|Myo"},
      {"myo", "myocardium|Myo"},
      {"RA", "right atrium|RA"},
      {"LA", "left atrium|LA"},
      {"AO", "aorta|AO"},
  }};
  for (const auto& [name, text] : kNames) {
    if (class_name == name) return text;
  }
  std::string text = class_name;
  for (char& c : text) {
    if (c == '_' || c == '|' || c == ',') c = ' ';
  }
  return text;
}

std::string prompt_text(const std::vector<std::string>& texts, const std::vector<std::int64_t>& set,
                        std::int64_t wording) {
  static constexpr std::array<const char*, 3> kJoints = {" and ", " with ", " along with "};
  std::string text;
  for (const std::int64_t i : set) {
    const auto words = alternatives(texts.at(static_cast<std::size_t>(i)));
    if (!text.empty()) text.append(kJoints[static_cast<std::size_t>(wording) % kJoints.size()]);
    text.append(words[static_cast<std::size_t>(wording) % words.size()]);
  }
  return text;
}

torch::Tensor text_features(const std::string& clip_file, const std::string& merges_file,
                            const std::vector<std::string>& texts) {
  const clip::Tokenizer tokenizer = clip::Tokenizer::open(merges_file);
  const TensorFile file = open_tensor_file(clip_file);
  clip::TextEncoder encoder = clip::make_text_encoder(to_tensors(file.tensors), clip_file);
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> features;
  const auto count = static_cast<std::int64_t>(texts.size());
  for (std::int64_t first = 0; first < count; first += kTextsPerPass) {
    std::vector<torch::Tensor> tokens;
    for (std::int64_t i = first; i < std::min(count, first + kTextsPerPass); ++i) {
      tokens.push_back(torch::tensor(tokenizer.tokens(texts[static_cast<std::size_t>(i)])));
    }
    features.push_back(encoder->forward(torch::stack(tokens)).pooled_bc);
  }
  return torch::cat(features);
}

torch::Tensor prompt_features(const SamNetworkOptions& options, std::int64_t m,
                              std::uint64_t seed) {
  if (m < 1 || m > kMostListedClasses) {
    fail(ErrorCode::kUsage, {.what = "a SAM is asked for every union of classes",
                             .where = "network.name",
                             .expected = "1 to " + std::to_string(kMostListedClasses) + " classes",
                             .found = std::to_string(m)});
  }
  if (options.clip.empty()) return random_features(options, m, seed);
  if (std::ssize(options.texts) != m) {
    fail(ErrorCode::kUsage, {.what = "words for another number of classes",
                             .where = "sam.texts",
                             .expected = std::to_string(m),
                             .found = std::to_string(options.texts.size())});
  }
  std::vector<std::string> texts;
  for (const auto& set : prompt_sets(m)) {
    for (std::int64_t v = 0; v < kWordings; ++v) {
      texts.push_back(prompt_text(options.texts, set, v));
    }
  }
  return text_features(options.clip, options.merges, texts)
      .view({-1, kWordings, options.text_width});
}

}  // namespace medcl::sam
