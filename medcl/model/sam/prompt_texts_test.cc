// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prompt_texts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/model/clip/text_encoder.h"
#include "medcl/model/sam/test_network.h"
#include "medcl/model/state.h"

namespace medcl::sam {
namespace {

TEST(PromptTexts, EverySetOfClassesHasOnePlace) {
  const auto sets = prompt_sets(4);
  EXPECT_EQ(sets.size(), 15U);  // 2^4 - 1
  for (std::size_t i = 0; i < sets.size(); ++i) {
    EXPECT_EQ(prompt_index(4, sets[i]), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(prompt_index(4, {2}), 2);
  EXPECT_THROW((void)prompt_index(4, {4}), Error);
}

TEST(PromptTexts, WordingsUseSynonymsAndJoints) {
  const std::vector<std::string> texts = {"right ventricle|RV", "myocardium"};
  EXPECT_EQ(prompt_text(texts, {0}, 0), "right ventricle");
  EXPECT_EQ(prompt_text(texts, {0}, 1), "RV");
  EXPECT_EQ(prompt_text(texts, {0, 1}, 0), "right ventricle and myocardium");
  EXPECT_EQ(prompt_text(texts, {0, 1}, 1), "RV with myocardium");
  EXPECT_EQ(prompt_text(texts, {0, 1}, 2), "right ventricle along with myocardium");
  EXPECT_THROW((void)prompt_text({"|"}, {0}, 0), Error);
}

TEST(PromptTexts, NamesOfChambersAreSpelledOut) {
  EXPECT_EQ(default_text("RV"), "right ventricle|RV");
  EXPECT_EQ(default_text("left_kidney"), "left kidney");
}

TEST(PromptTexts, RandomFeaturesAreKeyedAndUnionsAreSumsOfTheirClasses) {
  SamNetworkOptions options = tiny_network();
  options.text_width = 512;
  const auto features = prompt_features(options, 3, 7);
  EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{7, kWordings, 512}));
  EXPECT_TRUE(features.equal(prompt_features(options, 3, 7)));
  EXPECT_FALSE(features.equal(prompt_features(options, 3, 8)));
  const auto both = features[prompt_index(3, {0, 2})][0];
  EXPECT_TRUE(torch::allclose(both, (features[0][0] + features[2][0]) / std::sqrt(2.0)));
  EXPECT_NEAR(features[1][0].norm().item<double>(), std::sqrt(512.0), 2);
}

TEST(PromptTexts, ClipWithoutMergesIsRefused) {
  SamNetworkOptions options = tiny_network();
  options.clip = "clip.pt";
  EXPECT_THROW(settle(options, 16), Error);
}

TEST(PromptTexts, ClipReadsEveryWordingOnce) {
  const char* merges = std::getenv("MEDCL_CLIP_MERGES");
  if (merges == nullptr) GTEST_SKIP() << "no bpe_simple_vocab_16e6.txt.gz (MEDCL_CLIP_MERGES)";
  clip::TextEncoder encoder(
      clip::TextEncoderOptions{.width = 64, .depth = 1, .mlp_width = 8, .projection = 4});
  torch::manual_seed(2);
  NamedTensors archive = state_of(*encoder);
  for (auto& [name, tensor] : archive) tensor = torch::randn_like(tensor) * 0.3;
  const TestFolder folder;
  write_tensors(folder.path() / "clip.safetensors", archive);
  SamNetworkOptions options = tiny_network();
  options.clip = (folder.path() / "clip.safetensors").string();
  options.merges = merges;
  options.texts = {"right ventricle|RV", "left ventricle"};
  settle(options, 16);
  EXPECT_EQ(options.text_width, 64);
  const auto features = prompt_features(options, 2, 1);
  ASSERT_EQ(features.sizes(), (std::vector<std::int64_t>{3, kWordings, 64}));
  EXPECT_FALSE(features[0][0].equal(features[0][1]));             // a synonym
  EXPECT_TRUE(torch::allclose(features[1][0], features[1][1]));   // has none
  EXPECT_FALSE(torch::allclose(features[2][0], features[2][2]));  // another joint
  EXPECT_TRUE(features.equal(prompt_features(options, 2, 9)));    // no seed in it
  EXPECT_THROW((void)prompt_features(options, 3, 1), Error);
}

}  // namespace
}  // namespace medcl::sam
