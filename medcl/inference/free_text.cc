// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/free_text.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/sha256.h"
#include "medcl/model/prompted_network.h"
#include "medcl/model/sam/prompt_texts.h"

namespace medcl {
namespace {

[[noreturn]] void refuse(ErrorCode code, const std::string& what, const std::string& where,
                         const std::string& expected, const std::string& found) {
  fail(code, {.what = what, .where = where, .expected = expected, .found = found});
}

/// Text features mean nothing to a model that was trained with those of another CLIP.
void require_its_clip(const LoadedModel& model, const std::string& file) {
  const Json weights = model.card.training.value("weights", Json::object());
  const Json clip = weights.value("clip", Json("random"));
  const std::string place = model.folder.string();
  if (!clip.is_object()) {
    refuse(ErrorCode::kModelMismatch, "this model was trained with random text features", place,
           "a model that was trained with sam.clip", "no CLIP");
  }
  const std::string expected = clip.value("sha256", ""), found = sha256_of_file(file);
  if (found != expected) {
    refuse(ErrorCode::kModelMismatch, "another CLIP than the one of the training", file,
           clip.value("file", "") + " with SHA-256 " + expected, found);
  }
}

}  // namespace

std::vector<std::pair<std::int64_t, std::string>> parse_texts(const std::vector<std::string>& text,
                                                              const LabelMap& map) {
  std::vector<std::pair<std::int64_t, std::string>> parsed;
  for (const std::string& one : text) {
    const auto equals = std::min(one.find('='), one.size());
    const std::string name = one.substr(0, equals);
    const std::string words = one.substr(std::min(equals + 1, one.size()));
    const std::int64_t index = map.index_of_name(name).value_or(0);
    const bool again = std::any_of(parsed.begin(), parsed.end(),
                                   [index](const auto& other) { return other.first == index; });
    if (index == 0 || words.empty() || again) {
      refuse(ErrorCode::kUsage, again ? "two texts for a class" : "not a text for a class",
             "--text",
             "class=words with a class of the model, such as " + map.classes.back().name +
                 "=the words",
             "'" + one + "'");
    }
    parsed.emplace_back(index, words);
  }
  return parsed;
}

void ask_in_words(LoadedModel& model, const FreeTextOptions& options) {
  if (options.text.empty()) return;
  const auto texts = parse_texts(options.text, model.card.labels);
  PromptedNetwork* network = model.network->prompted();
  if (network == nullptr || !network->takes_words()) {
    refuse(ErrorCode::kUsage, "this model is not asked with words", "--text",
           "a SAM that was trained with texts", model.card.network.name);
  }
  if (options.clip.empty() || options.merges.empty()) {
    refuse(ErrorCode::kUsage, "free text needs CLIP", "--clip and --merges",
           "the files that the model was trained with", "nothing");
  }
  require_its_clip(model, options.clip);
  std::vector<std::string> words;
  for (const auto& [index, text] : texts) words.push_back(text);
  const auto features = sam::text_features(options.clip, options.merges, words);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    network->set_class_feature(texts[i].first - 1, features[static_cast<std::int64_t>(i)]);
  }
}

}  // namespace medcl
