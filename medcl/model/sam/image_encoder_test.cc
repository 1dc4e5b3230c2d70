// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/image_encoder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/sanitizer.h"
#include "medcl/model/sam/sam.h"
#include "medcl/model/sam/test_fixtures.h"

namespace medcl::sam {
namespace {

struct EncoderCase {
  const char* io;
  const char* weights;
};

class ReferenceEncoder : public testing::TestWithParam<EncoderCase> {
 protected:
  void SetUp() override {
    const auto folder = fixtures_folder();
    if (!folder) GTEST_SKIP() << "no fixtures";
    io_ = read_reference(*folder / "sam_encoder" / GetParam().io);
    weights_ = read_reference(*folder / "sam_encoder" / GetParam().weights).tensors;
    options_ = image_encoder_options(weights_, GetParam().weights);
    image_ = io_.tensors.at("image_u8").to(torch::kFloat32) / 256;
  }

  ReferenceFile io_;
  NamedTensors weights_;
  ImageEncoderOptions options_;
  torch::Tensor image_;
  torch::NoGradGuard no_grad_;
};

TEST_P(ReferenceEncoder, GivesThePublishedEmbedding) {
  ImageEncoder encoder(options_);
  load_state(*encoder, part_of(weights_, "image_encoder."), GetParam().weights);
  EXPECT_LT(largest_difference(encoder(image_), io_.tensors.at("output")), 1e-5);
}

TEST_P(ReferenceEncoder, GivesTheOutputOfTheFirstBlock) {
  if (io_.tensors.count("debug.block0") == 0) GTEST_SKIP() << "not in this case";
  Block block(options_, options_.window);
  load_state(*block, part_of(weights_, "image_encoder.blocks.0."), GetParam().weights);
  const torch::Tensor patches =
      torch::conv2d(image_, weights_.at("image_encoder.patch_embed.proj.weight"),
                    weights_.at("image_encoder.patch_embed.proj.bias"), options_.patch);
  const torch::Tensor x = patches.permute({0, 2, 3, 1}) + weights_.at("image_encoder.pos_embed");
  EXPECT_LT(largest_difference(block(x).narrow(0, 0, 1), io_.tensors.at("debug.block0")), 1e-5);
}

TEST_P(ReferenceEncoder, SizesAreReadFromTheWeights) {
  EXPECT_EQ(options_.depth, io_.config.at("depth").get<std::int64_t>());
  EXPECT_EQ(options_.width, io_.config.at("embed_dim").get<std::int64_t>());
  EXPECT_EQ(options_.heads, io_.config.at("num_heads").get<std::int64_t>());
  EXPECT_EQ(options_.out_channels, io_.config.at("out_chans").get<std::int64_t>());
  EXPECT_EQ(options_.patch, io_.config.at("patch_size").get<std::int64_t>());
  EXPECT_EQ(options_.window, io_.config.at("window_size").get<std::int64_t>());
  if (options_.window != options_.grid) {  // equal sizes leave no trace of the global blocks
    EXPECT_EQ(options_.global_blocks,
              io_.config.at("global_attn_indexes").get<std::vector<std::int64_t>>());
  }
}

TEST_P(ReferenceEncoder, PositionTablesAreInterpolated) {
  const std::string prefix = "interpolated.image_encoder.";
  const NamedTensors expected = part_of(io_.tensors, prefix);
  if (expected.empty()) GTEST_SKIP() << "not in this case";
  const std::int64_t grid = io_.config.at("grid").get<std::int64_t>();
  for (const auto& [name, table] : expected) {
    const torch::Tensor& own = weights_.at("image_encoder." + name);
    const torch::Tensor resized = name == "pos_embed" ? resize_positions(own, grid, grid)
                                                      : resize_relative_positions(own, grid);
    EXPECT_LT(largest_difference(resized, table), 1e-6) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ReferenceEncoder,
    testing::Values(EncoderCase{"win_padded.io.safetensors", "win_padded.weights.safetensors"},
                    EncoderCase{"win14_grid14.io.safetensors", "win14_grid14.weights.safetensors"},
                    EncoderCase{"win_padded_grid8.io.safetensors",
                                "win_padded.weights.safetensors"}));

TEST(SamAttention, PortionsOfQueriesDoNotChangeResultOrGradient) {
  Attention attention(24, 3, 7);
  randomise(*attention, 3);
  const torch::Tensor x = torch::randn({2, 7, 9, 24}).set_requires_grad(true);
  const auto run = [&](std::int64_t bytes) {
    attention->set_attention_bytes(bytes);
    attention->zero_grad();
    x.mutable_grad() = torch::Tensor();
    const torch::Tensor y = attention(x);
    y.square().mean().backward();
    return std::pair{y.detach().clone(), x.grad().clone()};
  };
  const auto [plain, plain_gradient] = run(std::int64_t{1} << 40);
  const std::int64_t per_query = 2 * 3 * 7 * 9 * 4;
  for (const std::int64_t queries : {0, 1, 5, 62, 63}) {
    const auto [y, gradient] = run(queries * per_query);
    EXPECT_LT(largest_difference(y, plain), 1e-6) << queries << " queries at a time";
    EXPECT_LT(largest_difference(gradient, plain_gradient), 1e-6);
  }
}

/// The most memory this process has held since the last call of forget_peak, in bytes.
std::int64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return -1;
}

bool forget_peak() {
  return static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush);
}

TEST(SamAttention, GlobalAttentionAt1024PixelsNeedsLittleMemory) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer needs memory of its own";
  constexpr std::int64_t kMiB = 1 << 20;
  Attention attention(768, 12, 64);
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = torch::randn({1, 64, 64, 768});
  if (!forget_peak()) GTEST_SKIP() << "this system does not measure it";
  const std::int64_t before = peak_bytes();
  attention(x);
  const std::int64_t needed = peak_bytes() - before;
  std::printf("attention over 64 x 64 patches, 12 heads: %lld MiB (all scores: 768 MiB)\n",
              static_cast<long long>(needed / kMiB));
  EXPECT_LT(needed, 400 * kMiB);
}

ImageEncoderOptions tiny_encoder() {
  return {.width = 12,
          .heads = 2,
          .depth = 4,
          .mlp_width = 20,
          .patch = 4,
          .grid = 6,
          .window = 3,
          .global_blocks = {3},
          .out_channels = 8};
}

TEST(SamEncoder, TakesAnySizeThatIsAMultipleOfThePatch) {
  ImageEncoder encoder(tiny_encoder());
  randomise(*encoder, 5);
  const torch::NoGradGuard no_grad;
  for (const auto& [height, width] : {std::pair{24, 24}, {4, 4}, {20, 48}}) {
    const torch::Tensor image = torch::randn({2, 3, height, width});
    const torch::Tensor y = encoder(image);
    EXPECT_EQ(y.sizes(), torch::IntArrayRef({2, 8, height / 4, width / 4}));
    EXPECT_LT(largest_difference(encoder(image.narrow(0, 1, 1)), y.narrow(0, 1, 1)), 1e-5);
  }
}

TEST(SamEncoder, RefusesOtherSizesAndChannels) {
  ImageEncoder encoder(tiny_encoder());
  for (const auto& sizes :
       {std::vector<std::int64_t>{1, 3, 24, 26}, {1, 1, 24, 24}, {3, 24, 24}, {0, 3, 24, 24}}) {
    try {
      encoder(torch::zeros(sizes));
      ADD_FAILURE() << torch::IntArrayRef(sizes);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
    }
  }
}

std::int64_t parameters_by_formula(const ImageEncoderOptions& o) {
  const auto table = [&](std::int64_t size) { return 2 * (2 * size - 1) * (o.width / o.heads); };
  const auto global = static_cast<std::int64_t>(o.global_blocks.size());
  const std::int64_t block = 4 * o.width + 4 * o.width * o.width + 4 * o.width +
                             2 * o.width * o.mlp_width + o.mlp_width + o.width;
  const std::int64_t neck =
      o.width * o.out_channels + 9 * o.out_channels * o.out_channels + 4 * o.out_channels;
  return o.grid * o.grid * o.width + 3 * o.patch * o.patch * o.width + o.width + o.depth * block +
         global * table(o.grid) + (o.depth - global) * table(o.window) + neck;
}

TEST(SamEncoder, HasThePublishedNumberOfParameters) {
  ImageEncoder encoder(tiny_encoder());
  EXPECT_EQ(values_in(state_of(*encoder)), parameters_by_formula(tiny_encoder()));
  EXPECT_EQ(parameters_by_formula(vit_b()), 89670912);
  EXPECT_EQ(parameters_by_formula(vit_l()), 308278272);
  EXPECT_EQ(parameters_by_formula(vit_h()), 637026048);
}

}  // namespace
}  // namespace medcl::sam
