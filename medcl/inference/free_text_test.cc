// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/free_text.h"

#include <gtest/gtest.h>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/model/networks.h"
#include "medcl/model/sam/network.h"
#include "medcl/model/sam/test_network.h"

namespace medcl {
namespace {

const LabelMap kMap{{{"background", 0}, {"RV", 200}, {"LV", 500}}, 501};

LoadedModel model_with(const Json& clip) {
  LoadedModel model;
  model.card.labels = kMap;
  model.card.network.name = "sam";
  model.card.training = {{"weights", {{"sam", "random"}, {"clip", clip}}}};
  model.network = sam::make_sam_network(sam::tiny_network(), 1, 3, 1);
  model.folder = "model";
  return model;
}

std::string refusal(LoadedModel model, const FreeTextOptions& options, ErrorCode code) {
  try {
    ask_in_words(model, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "";
}

TEST(FreeText, NamesClassesAndWords) {
  const auto texts = parse_texts({"LV=the left ventricle = blood", "RV=a"}, kMap);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0], (std::pair<std::int64_t, std::string>{2, "the left ventricle = blood"}));
  EXPECT_EQ(texts[1], (std::pair<std::int64_t, std::string>{1, "a"}));
  for (const std::vector<std::string>& bad : {std::vector<std::string>{"LV"},
                                              {"LV="},
                                              {"=a"},
                                              {"background=a"},
                                              {"LA=a"},
                                              {""},
                                              {"LV=a", "LV=b"}}) {
    EXPECT_THROW(parse_texts(bad, kMap), Error) << bad.back();
  }
}

TEST(FreeText, WithoutTextsNothingIsNeeded) {
  LoadedModel model = model_with("random");
  EXPECT_NO_THROW(ask_in_words(model, {}));
}

TEST(FreeText, NeedsTheClipOfTheTraining) {
  const TestFolder folder;
  const std::string clip = (folder.path() / "clip.pt").string();
  write_atomically(clip, "another");
  const FreeTextOptions options{.text = {"LV=a"}, .clip = clip, .merges = clip};
  EXPECT_NE(refusal(model_with("random"), options, ErrorCode::kModelMismatch).find("random"),
            std::string::npos);
  const Json other = {{"file", "ViT-B-16.pt"}, {"sha256", std::string(64, '0')}};
  EXPECT_NE(refusal(model_with(other), options, ErrorCode::kModelMismatch).find("ViT-B-16.pt"),
            std::string::npos);
  EXPECT_NE(refusal(model_with(other), {.text = {"LV=a"}}, ErrorCode::kUsage).find("--clip"),
            std::string::npos);
}

TEST(FreeText, NeedsAModelThatIsAskedWithWords) {
  LoadedModel model = model_with("random");
  model.network = make_network({"unet", {"network.width=2"}}, {1, 3}, 1);
  refusal(model, {.text = {"LV=a"}, .clip = "c", .merges = "m"}, ErrorCode::kUsage);
}

TEST(FreeText, AFeatureIsThatOfItsClassAlone) {
  torch::manual_seed(2);
  const auto network = sam::make_sam_network(sam::tiny_network(), 1, 3, 1);
  const auto image = torch::randn({1, 1, 16, 16});
  const auto before = network->forward(image).logits_bks;
  network->set_class_feature(1, torch::randn({6}));
  const auto after = network->forward(image).logits_bks;
  EXPECT_TRUE(after.narrow(1, 0, 2).equal(before.narrow(1, 0, 2)));
  EXPECT_FALSE(torch::allclose(after.select(1, 2), before.select(1, 2)));
}

}  // namespace
}  // namespace medcl
