// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/network.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/model/networks.h"
#include "medcl/model/sam/test_network.h"
#include "medcl/model/state.h"

namespace medcl::sam {
namespace {

constexpr std::int64_t kClasses = 4;

std::shared_ptr<SamNetwork> tiny(std::uint64_t seed = 3) {
  return make_sam_network(tiny_network(), 1, kClasses, seed);
}

torch::Tensor image(std::int64_t rows, std::int64_t columns) {
  torch::manual_seed(2);
  return torch::randn({2, 1, rows, columns});
}

torch::Tensor box(std::vector<float> edges, std::int64_t prompts) {
  return torch::tensor(edges).repeat({2, prompts, 1});
}

TEST(SamNetwork, GivesScoresOfEveryClassForImagesOfAnySize) {
  const auto network = tiny();
  EXPECT_EQ(network->forward(image(24, 40)).logits_bks.sizes(),
            (std::vector<std::int64_t>{2, kClasses, 24, 40}));
  EXPECT_THROW(SamNetwork(tiny_network(), 4, kClasses, 3), Error);
}

TEST(SamNetwork, OnlyDecoderAndTextLayerLearn) {
  const auto network = tiny();
  network->forward(image(16, 16)).logits_bks.square().sum().backward();
  for (const auto& entry : network->named_parameters()) {
    const std::string& name = entry.key();
    const bool trained = entry.value().requires_grad();
    EXPECT_EQ(entry.value().grad().defined(), trained) << name;
    if (name.starts_with("sam.image_encoder.")) {
      EXPECT_FALSE(trained) << name;
    }
    if (name.starts_with("sam.mask_decoder.transformer.")) {
      EXPECT_TRUE(trained) << name;
    }
    if (name.find("text_encoder_head") != std::string::npos) {
      EXPECT_TRUE(trained) << name;
    }
  }
}

TEST(SamNetwork, WeightsAreAFunctionOfTheSeed) {
  torch::manual_seed(1);
  const auto first = state_of(*tiny(5));
  torch::manual_seed(2);
  const auto again = state_of(*tiny(5)), other = state_of(*tiny(6));
  for (const auto& [name, tensor] : first) EXPECT_TRUE(tensor.equal(again.at(name))) << name;
  EXPECT_FALSE(first.at("prompt_features").equal(other.at("prompt_features")));
}

TEST(SamNetwork, TokensOfMixedFeaturesAreMixedTokens) {
  const auto network = tiny();
  torch::manual_seed(4);
  const auto a = torch::randn({3, 5, 6}), b = torch::randn({3, 5, 6});
  const auto mixed = network->text_tokens(0.3 * a + 0.7 * b);
  EXPECT_TRUE(torch::allclose(mixed, 0.3 * network->text_tokens(a) + 0.7 * network->text_tokens(b),
                              1e-5, 1e-6));
}

TEST(SamNetwork, AnswersDependOnBoxAndText) {
  const auto network = tiny();
  const auto embedding = network->embed(image(16, 16));
  const auto features = network->features_svc().select(1, 0).unsqueeze(0).expand({2, -1, -1});
  const auto whole = network->prompt_logits(embedding, box({0, 0, 1, 1}, 7), features);
  const auto part = network->prompt_logits(embedding, box({0.2F, 0.2F, 0.7F, 0.6F}, 7), features);
  EXPECT_EQ(whole.sizes(), (std::vector<std::int64_t>{2, 7, 16, 16}));
  EXPECT_FALSE(torch::allclose(whole, part));
  EXPECT_FALSE(torch::allclose(whole.select(1, 0), whole.select(1, 1)));
  // Prompts do not see each other.
  const auto alone =
      network->prompt_logits(embedding, box({0, 0, 1, 1}, 1), features.narrow(1, 4, 1));
  EXPECT_TRUE(torch::allclose(alone, whole.narrow(1, 4, 1), 1e-4, 1e-5));
}

TEST(SamNetwork, PromptsOfOneKindAreAllItIsAskedWith) {
  const auto with = [](PromptKind prompts) {
    SamNetworkOptions options = tiny_network();
    options.prompts = prompts;
    return make_sam_network(options, 1, kClasses, 3);
  };
  const auto ask = [](SamNetwork& network, std::vector<float> edges, std::int64_t wording) {
    const auto features = network.features_svc().select(1, wording).unsqueeze(0);
    return network.prompt_logits(network.embed(image(16, 16)), box(edges, 7),
                                 features.expand({2, -1, -1}));
  };
  const std::vector<float> whole = {0, 0, 1, 1}, part = {0.2F, 0.2F, 0.7F, 0.6F};
  const auto box_alone = with(PromptKind::kBox), text_alone = with(PromptKind::kText);
  const auto of_box = ask(*box_alone, part, 0), of_text = ask(*text_alone, part, 0);
  EXPECT_TRUE(of_box.equal(ask(*box_alone, part, 1)));
  EXPECT_FALSE(torch::allclose(of_box, ask(*box_alone, whole, 0)));
  EXPECT_TRUE(of_text.equal(ask(*text_alone, whole, 0)));
  EXPECT_FALSE(torch::allclose(of_text.select(1, 0), of_text.select(1, 1)));
  of_box.sum().backward();
  for (const auto& entry : box_alone->named_parameters()) {
    EXPECT_EQ(entry.value().grad().defined(), entry.value().requires_grad()) << entry.key();
  }
}

TEST(SamNetwork, EveryClassHasItsOwnGivenBox) {
  const auto network = tiny();
  const auto asked = torch::tensor({0.0F, 0.0F, 1.0F, 1.0F, 2 / 16.0F, 4 / 16.0F, 12 / 16.0F,
                                    9 / 16.0F, 0.0F, 0.0F, 1.0F, 1.0F})
                         .view({1, 3, 4})
                         .expand({2, -1, -1});
  const auto absent = torch::tensor({false, false, true}).expand({2, 3});  // and no third class
  const ClassPrompts prompts{.box_bm4 = asked, .absent_bm = absent};
  const auto scores = network->forward(image(16, 16), &prompts).logits_bks;
  const auto features = network->features_svc().narrow(0, 0, 3).select(1, 0).unsqueeze(0);
  const auto logits =
      network->prompt_logits(network->embed(image(16, 16)), asked, features.expand({2, -1, -1}));
  EXPECT_TRUE(torch::allclose(scores.narrow(1, 1, 2), logits.narrow(1, 0, 2)));
  EXPECT_LT(scores.select(1, 3).max().item<float>(), -10);
}

TEST(SamNetwork, AdaptersAddNothingAtFirstAndThenLearn) {
  SamNetworkOptions options = tiny_network();
  const auto plain = make_sam_network(options, 1, kClasses, 3);
  options.adapter_rank = 2;
  const auto adapted = make_sam_network(options, 1, kClasses, 3);
  for (const auto& entry : plain->named_parameters()) {  // draws differ; the weights shall not
    const torch::NoGradGuard no_grad;
    adapted->named_parameters()[entry.key()].copy_(entry.value());
  }
  EXPECT_TRUE(torch::allclose(adapted->embed(image(16, 16)), plain->embed(image(16, 16))));
  EXPECT_FALSE(plain->embed(image(16, 16)).requires_grad());
  adapted->forward(image(16, 16)).logits_bks.square().sum().backward();
  std::int64_t learning = 0;
  for (const auto& entry : adapted->named_parameters()) {
    if (entry.key().find("image_encoder") == std::string::npos) continue;
    const bool up = entry.key().find("adapter_") != std::string::npos;
    EXPECT_EQ(entry.value().requires_grad(), up) << entry.key();
    learning += up && entry.value().grad().abs().max().item<float>() > 0 ? 1 : 0;
  }
  EXPECT_EQ(learning, 2 * 2) << "the second layers, of q and v in two blocks";
}

TEST(SamNetwork, BackgroundReadingsAreProbabilities) {
  const auto logits = torch::tensor({2.0, -1.0, 0.5}).view({1, 3, 1, 1});
  const auto p = logits.sigmoid().flatten();
  const auto one_minus_max = class_scores(logits, Background::kOneMinusMax).exp().flatten();
  EXPECT_TRUE(torch::allclose(one_minus_max.slice(0, 1), p));
  EXPECT_NEAR(one_minus_max[0].item<double>(), 1 - p.max().item<double>(), 1e-6);
  const auto softmax = class_scores(logits, Background::kSoftmax).softmax(1).flatten();
  EXPECT_NEAR(softmax[0].item<double>(), 1 / (1 + logits.exp().sum().item<double>()), 1e-6);
}

TEST(SamNetwork, BoxesOfAFirstPassHoldWhatItFound) {
  auto logits = torch::full({3, 2, 10, 20}, -1.0);
  logits[0][0].slice(0, 2, 5).slice(1, 4, 6).fill_(1);
  logits[0][1][8][12] = 1;
  logits[2][1][0][0] = 1;
  const auto found = boxes_around(logits, 0.1);
  const auto whole = torch::tensor({0.0F, 0.0F, 1.0F, 1.0F});
  const auto expected = torch::stack({torch::tensor({0.1F, 0.1F, 0.4F, 0.6F}),
                                      torch::tensor({0.5F, 0.7F, 0.75F, 1.0F}), whole, whole, whole,
                                      torch::tensor({0.0F, 0.0F, 0.15F, 0.2F})})
                            .view({3, 2, 4});
  EXPECT_TRUE(torch::allclose(found, expected)) << found;
}

TEST(SamNetwork, AFirstPassChangesTheBoxAndNothingElse) {
  const auto network = tiny();
  const auto logits = [&](const ClassPrompts& prompts) {
    return network->forward(image(16, 16), &prompts).logits_bks;
  };
  const auto whole = network->forward(image(16, 16)).logits_bks;
  const auto wide = logits({.first_pass = true, .margin = 0.5});
  EXPECT_TRUE(logits({.first_pass = true, .margin = 1}).equal(whole)) << "again the whole image";
  EXPECT_EQ(wide.sizes(), whole.sizes());
}

class SamCheckpoint : public testing::Test {
 protected:
  /// What a published file holds: no text layer, no features, layers for mask prompts.
  std::string write(const std::string& prefix, std::uint64_t seed) {
    NamedTensors state;
    for (const auto& [name, tensor] : state_of(*tiny(seed))) {
      if (!name.starts_with("sam.") || name.find("text_encoder_head") != std::string::npos)
        continue;
      state[prefix + name.substr(4)] = tensor;
    }
    state[prefix + "prompt_encoder.mask_downscaling.0.weight"] = torch::zeros({4, 1, 2, 2});
    state["optimizer.step"] = torch::zeros({1});
    const auto path = folder_.path() / "sam.safetensors";
    write_tensors(path, state);
    return path.string();
  }
  TestFolder folder_;
};

TEST_F(SamCheckpoint, ItsSizesAndWeightsAreTaken) {
  SamNetworkOptions options;
  options.image_size = 16;
  options.text_width = 6;
  options.checkpoint = write("module.", 9);
  settle(options, 48);
  EXPECT_EQ(options.encoder_width, 16);
  EXPECT_EQ(options.encoder_depth, 2);
  EXPECT_EQ(options.encoder_patch, 4);
  EXPECT_EQ(options.decoder_width, 16);
  EXPECT_EQ(options.tile, 48);
  const auto loaded = state_of(*make_sam_network(options, 1, kClasses, 1));
  const auto source = state_of(*tiny(9));
  for (const char* name :
       {"sam.image_encoder.patch_embed.proj.weight", "sam.mask_decoder.mask_tokens.weight",
        "sam.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"}) {
    EXPECT_TRUE(loaded.at(name).equal(source.at(name))) << name;
  }
}

TEST_F(SamCheckpoint, OtherTensorsAreRefused) {
  const auto path = folder_.path() / "other.safetensors";
  write_tensors(path, {{"conv.weight", torch::zeros({3})}});
  SamNetworkOptions options;
  options.checkpoint = path.string();
  EXPECT_THROW(settle(options, 16), Error);
}

TEST(SamNetwork, SizesThatDoNotFitAreRefused) {
  const auto refused = [](void (*change)(SamNetworkOptions&)) {
    SamNetworkOptions options = tiny_network();
    change(options);
    EXPECT_THROW(settle(options, 16), Error);
  };
  refused([](SamNetworkOptions& o) { o.image_size = 18; });
  refused([](SamNetworkOptions& o) { o.encoder_heads = 3; });
  refused([](SamNetworkOptions& o) { o.decoder_width = 24; });
}

TEST(SamNetwork, RandomWeightsAreSaidLoudly) {
  EXPECT_EQ(network_entry("sam").warnings(AnyOptions(tiny_network())).size(), 2U);
}

}  // namespace
}  // namespace medcl::sam
