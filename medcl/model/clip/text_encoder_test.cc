// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/text_encoder.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/core/test_paths.h"

namespace medcl::clip {
namespace {

constexpr double kTolerance = 1e-5;

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  TORCH_CHECK(a.sizes() == b.sizes(), a.sizes(), " is not ", b.sizes());
  return (a - b).abs().max().item<double>();
}

NamedTensors tiny_archive() {
  TextEncoder encoder(TextEncoderOptions{
      .vocabulary = 11, .context = 6, .width = 128, .depth = 2, .mlp_width = 24, .projection = 7});
  const torch::NoGradGuard no_grad;
  torch::manual_seed(2);
  NamedTensors archive = state_of(*encoder);
  for (auto& [name, tensor] : archive) tensor = torch::randn_like(tensor) * 0.3;
  return archive;
}

/// The same weights under Hugging Face's names.
NamedTensors under_hugging_face_names(const NamedTensors& archive, const std::string& prefix) {
  NamedTensors renamed;
  const auto add = [&](const std::string& name, const torch::Tensor& tensor) {
    renamed[prefix + name] = tensor;
  };
  add("text_model.embeddings.token_embedding.weight", archive.at("token_embedding.weight"));
  add("text_model.embeddings.position_embedding.weight", archive.at("positional_embedding"));
  add("text_model.embeddings.position_ids", torch::arange(6).unsqueeze(0));
  add("text_projection.weight", archive.at("text_projection").t());
  add("logit_scale", archive.at("logit_scale"));
  for (const std::string kind : {"weight", "bias"}) {
    add("text_model.final_layer_norm." + kind, archive.at("ln_final." + kind));
    for (const std::string block : {"0", "1"}) {
      const std::string ours = "transformer.resblocks." + block + ".";
      const std::string theirs = "text_model.encoder.layers." + block + ".";
      const auto qkv = archive.at(ours + "attn.in_proj_" + kind).chunk(3);
      add(theirs + "self_attn.q_proj." + kind, qkv[0]);
      add(theirs + "self_attn.k_proj." + kind, qkv[1]);
      add(theirs + "self_attn.v_proj." + kind, qkv[2]);
      add(theirs + "self_attn.out_proj." + kind, archive.at(ours + "attn.out_proj." + kind));
      add(theirs + "layer_norm1." + kind, archive.at(ours + "ln_1." + kind));
      add(theirs + "layer_norm2." + kind, archive.at(ours + "ln_2." + kind));
      add(theirs + "mlp.fc1." + kind, archive.at(ours + "mlp.c_fc." + kind));
      add(theirs + "mlp.fc2." + kind, archive.at(ours + "mlp.c_proj." + kind));
    }
  }
  return renamed;
}

TEST(ClipText, GivesThePublishedFeatures) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const auto path = *folder / "clip_text";
  TextEncoder encoder = make_text_encoder(
      to_tensors(SafetensorsFile::open(path / "clip_text_tiny.weights.safetensors")), "tiny");
  const auto io = to_tensors(SafetensorsFile::open(path / "clip_text_tiny.io.safetensors"));
  const torch::NoGradGuard no_grad;
  const TextFeatures features = encoder(io.at("tokens"));
  EXPECT_LT(largest_difference(features.hidden_bnc, io.at("hidden")), kTolerance);
  EXPECT_LT(largest_difference(features.pooled_bc, io.at("pooled")), kTolerance);
  EXPECT_LT(largest_difference(features.projected_be, io.at("projected")), kTolerance);
  for (std::int64_t row = 0; row < io.at("tokens").size(0); ++row) {
    const std::int64_t end = io.at("eot_index")[row].item<std::int64_t>();
    EXPECT_TRUE(torch::equal(features.pooled_bc[row], features.hidden_bnc[row][end]));
  }
}

TEST(ClipText, FullTowerHasThePublishedEntriesAndNumberOfValues) {
  TextEncoder encoder{TextEncoderOptions{}};
  std::int64_t values = 0;
  const NamedTensors state = state_of(*encoder);
  for (const auto& [name, tensor] : state) values += tensor.numel();
  EXPECT_EQ(values, 63428097);
  EXPECT_EQ(state.size(), 150U);
}

TEST(ClipText, HuggingFaceNamesAndPrefixesGiveTheSameFeatures) {
  const NamedTensors archive = tiny_archive();
  const torch::Tensor tokens = torch::tensor({{9, 1, 2, 10, 0, 0}, {9, 4, 10, 0, 0, 0}});
  const torch::NoGradGuard no_grad;
  const TextFeatures expected = make_text_encoder(archive, "openai")(tokens);
  for (const std::string prefix : {"", "prompt_encoder.text_encoder."}) {
    const TextFeatures features =
        make_text_encoder(under_hugging_face_names(archive, prefix), "hugging face")(tokens);
    EXPECT_TRUE(torch::equal(features.hidden_bnc, expected.hidden_bnc));
    EXPECT_TRUE(torch::equal(features.projected_be, expected.projected_be));
  }
}

TEST(ClipText, ImageTowerAndIntegersOfAnArchiveAreLeftOut) {
  NamedTensors archive = tiny_archive();
  const std::size_t entries = archive.size();
  archive["visual.transformer.resblocks.0.ln_1.weight"] = torch::ones({4});
  archive["visual.proj"] = torch::ones({4, 4});
  archive["context_length"] = torch::tensor(77);
  EXPECT_EQ(text_state(archive, "archive").size(), entries);
  for (auto& [name, tensor] : archive) tensor = tensor.to(torch::kFloat16);
  for (const auto& [name, tensor] : state_of(*make_text_encoder(archive, "half"))) {
    EXPECT_EQ(tensor.scalar_type(), torch::kFloat32) << name;
  }
}

TEST(ClipText, ATowerWithoutProjectionGivesNoProjectedFeatures) {
  NamedTensors archive = tiny_archive();
  archive.erase("text_projection");
  archive.erase("logit_scale");
  const torch::NoGradGuard no_grad;
  const TextFeatures features = make_text_encoder(archive, "text model")(torch::tensor({{9, 10}}));
  EXPECT_FALSE(features.projected_be.defined());
  EXPECT_EQ(features.pooled_bc.sizes(), torch::IntArrayRef({1, 128}));
}

TEST(ClipText, WhatFollowsTheEndDoesNotChangeTheText) {
  TextEncoder encoder = make_text_encoder(tiny_archive(), "tiny");
  const torch::NoGradGuard no_grad;
  const auto pooled = [&](const torch::Tensor& tokens) { return encoder(tokens).pooled_bc; };
  const torch::Tensor zeros = pooled(torch::tensor({{9, 3, 10, 0, 0, 0}}));
  EXPECT_TRUE(torch::equal(zeros, pooled(torch::tensor({{9, 3, 10, 10, 10, 10}}))));
  EXPECT_LT(largest_difference(zeros, pooled(torch::tensor({{9, 3, 10}}))), kTolerance);
  EXPECT_GT(largest_difference(zeros, pooled(torch::tensor({{9, 4, 10, 0, 0, 0}}))), 1e-3);
}

TEST(ClipText, RefusesForeignArchivesAndTokens) {
  for (const char* name : {"token_embedding.weight", "positional_embedding", "ln_final.bias",
                           "transformer.resblocks.1.attn.in_proj_weight"}) {
    NamedTensors archive = tiny_archive();
    archive.erase(name);
    try {
      make_text_encoder(archive, "file");
      ADD_FAILURE() << "accepted without " << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
  NamedTensors renamed = under_hugging_face_names(tiny_archive(), "");
  renamed.erase("text_model.encoder.layers.1.self_attn.k_proj.bias");
  EXPECT_THROW(make_text_encoder(renamed, "file"), Error);
  TextEncoder encoder = make_text_encoder(tiny_archive(), "tiny");
  EXPECT_THROW(encoder(torch::tensor({{9, 11}})), Error);
  EXPECT_THROW(encoder(torch::tensor({{9, -1}})), Error);
  EXPECT_THROW(encoder(torch::tensor({9, 10})), Error);
  EXPECT_THROW(encoder(torch::zeros({1, 7}, torch::kInt64)), Error);
}

}  // namespace
}  // namespace medcl::clip
