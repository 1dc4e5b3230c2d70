// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/norm_rectify.h"

#include <gtest/gtest.h>

#include "medcl/kernels/layout.h"
#include "medcl/kernels/norm_rectify.h"
#include "medcl/kernels/up_conv.h"

namespace medcl::fast::cuda {
namespace {

constexpr double kSlope = 0.01;

torch::Tensor channels_last(const torch::Tensor& x) {
  return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

/// A layer after a convolution without bias, once for the kernels and once, in double on the CPU,
/// from libtorch's separate operations.
struct Layer {
  explicit Layer(std::int64_t channels) : norm(options(channels)), exact(options(channels)) {
    torch::manual_seed(2);
    const torch::NoGradGuard no_grad;
    norm->weight.normal_(1, 0.5);
    norm->bias.normal_(0, 0.5);
    conv_bias = torch::randn({channels});
    exact->to(torch::kFloat64);
    exact->weight.copy_(norm->weight);
    exact->bias.copy_(norm->bias);
    norm->to(torch::kCUDA);
  }
  static torch::nn::BatchNorm2dOptions options(std::int64_t channels) {
    return torch::nn::BatchNorm2dOptions(channels).momentum(0.3);
  }
  [[nodiscard]] NormRectify how() const { return {norm, conv_bias.to(torch::kCUDA), kSlope}; }
  torch::Tensor separate(const torch::Tensor& x) {
    const auto bias = conv_bias.to(torch::kFloat64).view({1, -1, 1, 1});
    return torch::leaky_relu(exact->forward(x + bias), kSlope);
  }

  torch::nn::BatchNorm2d norm, exact;
  torch::Tensor conv_bias;
};

void expect_close(const torch::Tensor& found, const torch::Tensor& exact, double relative,
                  const std::string& what) {
  const auto wanted = exact.to(torch::kCPU, torch::kFloat64);
  const auto error = (found.to(torch::kCPU, torch::kFloat64) - wanted).abs().max().item<double>();
  EXPECT_LT(error, relative * (wanted.abs().max().item<double>() + 1e-12)) << what;
}

void expect_close(const Layer& layer, double relative) {
  expect_close(layer.norm->weight.grad(), layer.exact->weight.grad(), relative, "dweight");
  expect_close(layer.norm->bias.grad(), layer.exact->bias.grad(), relative, "dbias");
  expect_close(layer.norm->running_mean, layer.exact->running_mean, relative, "running mean");
  expect_close(layer.norm->running_var, layer.exact->running_var, relative, "running variance");
}

class GpuNormRectify : public testing::TestWithParam<torch::ScalarType> {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
    torch::manual_seed(1);
  }
  [[nodiscard]] double tolerance() const {
    return GetParam() == torch::kFloat32 ? 1e-5 : 1.0 / 128;
  }
  /// Rounded to the type, so that both sides see the same numbers.
  [[nodiscard]] torch::Tensor random(at::IntArrayRef sizes, double mean = 0) const {
    return channels_last((torch::randn(sizes) + mean).to(GetParam()));
  }
};

struct Leaves {
  explicit Leaves(const torch::Tensor& x)
      : gpu(x.to(torch::kCUDA).requires_grad_()),
        exact(x.to(torch::kFloat64).detach().requires_grad_()) {}
  torch::Tensor gpu, exact;
};

TEST_P(GpuNormRectify, EqualsTheSeparateOperationsInValueAndGradient) {
  for (const auto& shape : {std::vector<std::int64_t>{3, 16, 20, 17},
                            {2, 8, 9, 9},
                            {2, 64, 33, 40},
                            {1, 24, 30, 31},
                            {2, 1024, 4, 5}}) {
    const Leaves x(random(shape, GetParam() == torch::kFloat32 ? 20 : 1));
    const auto dy = random(shape);
    Layer layer(shape[1]);
    ASSERT_TRUE(can_norm_rectify(x.gpu, shape[1]));
    const auto y = norm_rectify(x.gpu, layer.how(), 0, {});
    const auto wanted = layer.separate(x.exact);
    EXPECT_EQ(y.scalar_type(), GetParam());
    y.backward(dy.to(torch::kCUDA));
    wanted.backward(dy.to(torch::kFloat64));
    expect_close(y, wanted, tolerance(), "y");
    expect_close(x.gpu.grad(), x.exact.grad(), tolerance(), "dx");
    expect_close(layer, tolerance());
  }
}

TEST_P(GpuNormRectify, HalvesAsMaxPoolingDoes) {
  const std::vector<std::int64_t> shape{3, 32, 20, 12};
  const Leaves x(random(shape));
  Layer layer(32);
  const auto [full, half] = norm_rectify_halve(x.gpu, layer.how());
  const auto wanted = layer.separate(x.exact);
  const auto wanted_half = torch::max_pool2d(wanted, 2);
  expect_close(full, wanted, tolerance(), "full");
  expect_close(half, wanted_half, tolerance(), "half");
  EXPECT_TRUE(half.equal(torch::max_pool2d(full, 2)));
  EXPECT_TRUE(has_room(full));
  const auto dfull = random(shape), dhalf = random({3, 32, 10, 6});
  torch::autograd::backward({full, half}, {dfull.to(torch::kCUDA), dhalf.to(torch::kCUDA)});
  torch::autograd::backward({wanted, wanted_half},
                            {dfull.to(torch::kFloat64), dhalf.to(torch::kFloat64)});
  if (GetParam() == torch::kFloat32) {  // in bf16 neighbours tie, and either may be the maximum
    expect_close(x.gpu.grad(), x.exact.grad(), tolerance(), "dx");
    expect_close(layer, tolerance());
  }
}

TEST_P(GpuNormRectify, InterleavesTheUpConvolutionBesideTheSkip) {
  const Leaves parts(random({2, 4 * 16, 6, 8}));
  Layer layer(16), skip_layer(16);
  const auto skip =
      norm_rectify_halve(random({2, 16, 10, 14}).to(torch::kCUDA), skip_layer.how()).full_bchw;
  const auto skip_before = skip.clone();
  const auto up = norm_rectify_up(parts.gpu, layer.how(), skip);
  const auto both = join(skip, up);
  EXPECT_EQ(both.data_ptr(), skip.data_ptr());  // no copy
  EXPECT_TRUE(both.equal(torch::cat({skip_before, up}, 1)));
  const auto wanted = layer.separate(interleave(parts.exact));
  expect_close(up, wanted, tolerance(), "up");
  const auto dboth = random({2, 32, 10, 14});
  both.backward(dboth.to(torch::kCUDA));
  wanted.backward(dboth.narrow(1, 16, 16).to(torch::kFloat64));
  expect_close(parts.gpu.grad(), parts.exact.grad(), tolerance(), "dparts");
  expect_close(layer, tolerance());
  expect_close(norm_rectify_up(parts.gpu, layer.how(), {}), wanted, tolerance(), "alone");
}

TEST_P(GpuNormRectify, DropsTheSameValuesAsTheCpu) {
  const Leaves x(random({2, 16, 12, 10}));
  Layer layer(16);
  const auto y = norm_rectify(x.gpu, layer.how(), 0.3, {.value = 77});
  auto norm = torch::nn::BatchNorm2d(Layer::options(16));
  const auto here = fast::norm_rectify(channels_last(x.exact.detach().to(torch::kFloat32)), norm,
                                       kSlope, 0.3, 77);
  EXPECT_TRUE(y.detach().to(torch::kCPU).eq(0).equal(here.detach().eq(0)));
  y.backward(torch::ones_like(y));
  EXPECT_TRUE(x.gpu.grad().isfinite().all().item<bool>());
}

TEST_P(GpuNormRectify, UsesRunningStatisticsInEvaluation) {
  const Leaves x(random({2, 16, 12, 10}));
  Layer layer(16);
  const torch::NoGradGuard no_grad;
  for (auto norm : {layer.norm, layer.exact}) {
    norm->eval();
    norm->running_mean.fill_(0.5);
    norm->running_var.fill_(4);
  }
  expect_close(norm_rectify(x.gpu, layer.how(), 0, {}), layer.separate(x.exact), tolerance(), "y");
  EXPECT_EQ(layer.norm->running_var.max().item<double>(), 4);
}

TEST_P(GpuNormRectify, TheSameCardGivesTheSameBits) {
  const auto x = random({4, 64, 40, 40}).to(torch::kCUDA);
  const auto dy = random({4, 64, 40, 40}).to(torch::kCUDA);
  std::vector<torch::Tensor> gradients;
  for (int i = 0; i < 2; ++i) {
    Layer layer(64);
    const auto leaf = x.detach().clone(torch::MemoryFormat::Preserve).requires_grad_();
    norm_rectify(leaf, layer.how(), 0.1, {.value = 5}).backward(dy);
    gradients.push_back(leaf.grad());
  }
  EXPECT_TRUE(gradients[0].equal(gradients[1]));
}

TEST_P(GpuNormRectify, TakesOnlyWhatFillsVectors) {
  const auto x = random({2, 16, 8, 8}).to(torch::kCUDA);
  EXPECT_TRUE(can_norm_rectify(x, 16));
  EXPECT_FALSE(can_norm_rectify(x, 18));
  EXPECT_FALSE(can_norm_rectify(x, 1 << 14));
  EXPECT_FALSE(can_norm_rectify(x.to(torch::kCPU), 16));
  EXPECT_FALSE(can_norm_rectify(x.to(torch::kFloat64), 16));
}

INSTANTIATE_TEST_SUITE_P(Types, GpuNormRectify, testing::Values(torch::kFloat32, torch::kBFloat16),
                         [](const auto& type) {
                           return type.param == torch::kFloat32 ? "fp32" : "bf16";
                         });

}  // namespace
}  // namespace medcl::fast::cuda
