// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/own_conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <tuple>

#include "medcl/kernels/amx_passes.h"
#include "medcl/kernels/winograd_levels.h"
#include "medcl/kernels/winograd_passes.h"

namespace medcl::fast {
namespace {

constexpr double kBFloat16Epsilon = 1.0 / 128;

struct Case {
  std::int64_t batch, in, out, height, width, padding;
  bool up = false;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.batch << " images, " << c.in << " to " << c.out << " channels, " << c.height << " x "
       << c.width << ", padding " << c.padding << (c.up ? ", up-sampled" : "");
}

/// A result and the gradients of x, weight and bias for a given gradient of the result.
struct Results {
  torch::Tensor y, dx, dweight, dbias;
  [[nodiscard]] std::vector<std::pair<const char*, torch::Tensor>> named() const {
    return {{"y", y}, {"dx", dx}, {"dweight", dweight}, {"dbias", dbias}};
  }
};

template <typename Convolve>
Results results_of(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                   const torch::Tensor& dy, const Convolve& convolve) {
  const auto leaf = [](const torch::Tensor& t) { return t.detach().clone().requires_grad_(); };
  const torch::Tensor x0 = leaf(x), weight0 = leaf(weight), bias0 = leaf(bias);
  const torch::Tensor y = convolve(x0, weight0, bias0);
  y.backward(dy.to(y.scalar_type()));
  return {y.detach(), x0.grad(), weight0.grad(), bias0.grad()};
}

/// Root of the mean square of a - b, in units of that of b.
double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor exact = b.to(torch::kFloat64);
  return ((a.to(torch::kFloat64) - exact).norm() / exact.norm()).item<double>();
}

/// Operands that are exact in bfloat16.
struct Operands {
  explicit Operands(const Case& c) {
    torch::manual_seed(4);
    // Like what follows a normalisation and a LeakyReLU.
    x = torch::leaky_relu(torch::randn({c.batch, c.in, c.height, c.width}), 0.01)
            .to(torch::kBFloat16)
            .contiguous(torch::MemoryFormat::ChannelsLast);
    weight = (torch::randn({c.out, c.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(c.in)))
                 .contiguous(torch::MemoryFormat::ChannelsLast);
    bias = torch::randn({c.out});
    const std::int64_t grown = 2 * c.padding - 2, times = c.up ? 2 : 1;
    dy = torch::randn({c.batch, c.out, times * c.height + grown, times * c.width + grown})
             .to(torch::kBFloat16)
             .contiguous(torch::MemoryFormat::ChannelsLast);
  }
  torch::Tensor x, weight, bias, dy;
};

Results direct_results(const Operands& o, const Case& c, torch::ScalarType type) {
  return results_of(
      o.x.to(type), o.weight, o.bias, o.dy, [&](const auto& x, const auto& w, const auto& b) {
        const auto size = std::vector<std::int64_t>{2 * x.size(2), 2 * x.size(3)};
        const auto full = c.up ? torch::upsample_nearest2d(x, size, c10::nullopt, c10::nullopt) : x;
        return torch::conv2d(full, w.to(type), b.to(type), 1, c.padding);
      });
}

Results operation_results(const Operands& o, const Case& c, torch::ScalarType type) {
  return results_of(o.x.to(type), o.weight, o.bias, o.dy,
                    [&](const auto& x, const auto& w, const auto& b) {
                      return c.up ? own_up_conv(x, w, b) : own_conv(x, w, b, c.padding);
                    });
}

/// What a result is, the way it was made, and its values.
using NamedResults = std::vector<std::tuple<std::string, std::string, torch::Tensor>>;

void add_results_of_matrix_units(const Operands& o, const Case& c, NamedResults& results) {
  const Shape shape{c.up, c.padding};
  const torch::Tensor x = o.x.to(torch::kBFloat16), dy = o.dy.to(torch::kBFloat16);
  const char* const name = "matrix units";
  results.emplace_back("y", name, amx::convolve(x, o.weight, o.bias, shape));
  results.emplace_back("dx", name, amx::image_gradient(dy, o.weight, shape));
  const KernelGradients gradients = amx::kernel_gradients(x, dy, o.weight, shape);
  results.emplace_back("dweight", name, gradients.weight);
  results.emplace_back("dbias", name, gradients.bias);
}

/// Every result that each way of this processor gives.
template <typename T>
NamedResults results_of_ways(const Operands& o, const Case& c, torch::ScalarType type) {
  const Shape shape{c.up, c.padding};
  NamedResults results;
  if (type == torch::kBFloat16 && amx::can_convolve(c.in, c.out)) {
    add_results_of_matrix_units(o, c, results);
  }
  const auto ways = [&](Pass pass) { return winograd::ways<T>(pass, shape, c.in, c.out); };
  const auto name = [](const winograd::Way<T>& way) {
    return std::string(way.loops.name) + ", " + std::to_string(positions_of(way.kind)) +
           " products";
  };
  for (const auto& way : ways(Pass::kResult)) {
    results.emplace_back("y", name(way),
                         winograd::convolve(o.x.to(type), o.weight, o.bias, shape, way));
  }
  for (const auto& way : ways(Pass::kImageGradient)) {
    results.emplace_back("dx", name(way),
                         winograd::image_gradient(o.dy.to(type), o.weight, shape, way));
  }
  for (const auto& way : ways(Pass::kKernelGradient)) {
    const auto gradients =
        winograd::kernel_gradients(o.x.to(type), o.dy.to(type), o.weight, shape, way);
    results.emplace_back("dweight", name(way), gradients.weight);
    results.emplace_back("dbias", name(way), gradients.bias);
  }
  return results;
}

bool has_loops(torch::ScalarType type) { return has_own_conv(type, 32, 32); }

class OwnConv : public testing::TestWithParam<std::tuple<Case, torch::ScalarType>> {
 protected:
  [[nodiscard]] static Case shape() { return std::get<0>(GetParam()); }
  [[nodiscard]] static torch::ScalarType type() { return std::get<1>(GetParam()); }
  [[nodiscard]] static bool is_bf16() { return type() == torch::kBFloat16; }
  void SetUp() override {
    if (!has_own_conv(type(), shape().in, shape().out)) {
      GTEST_SKIP() << "not for this processor, type or number of channels";
    }
  }
};

TEST_P(OwnConv, EqualsTheConvolutionWithinRoundingInEveryWay) {
  const Operands operands(shape());
  const auto exact = direct_results(operands, shape(), torch::kFloat64).named();
  const auto direct = direct_results(operands, shape(), type()).named();
  const auto ours = is_bf16() ? results_of_ways<BFloat16>(operands, shape(), type())
                              : results_of_ways<float>(operands, shape(), type());
  ASSERT_FALSE(ours.empty());
  for (const auto& [what, way, value] : ours) {
    const auto is_it = [&what = what](const auto& named) { return what == named.first; };
    const torch::Tensor& right = std::find_if(exact.begin(), exact.end(), is_it)->second;
    const torch::Tensor& plain = std::find_if(direct.begin(), direct.end(), is_it)->second;
    ASSERT_EQ(value.sizes(), right.sizes()) << what << ' ' << way;
    const double error = relative_error(value, right), direct_error = relative_error(plain, right);
    EXPECT_LT(error, is_bf16() ? kBFloat16Epsilon : 1e-5) << what << ' ' << way;
    if (is_bf16()) {
      EXPECT_LT(error, std::max(5 * direct_error, 1e-5)) << what << ' ' << way;
    }
    if (std::getenv("MEDCL_SHOW_ERRORS") != nullptr) {
      std::cout << what << ' ' << error << " direct " << direct_error << ", " << way << '\n';
    }
  }
}

TEST_P(OwnConv, IsAnOperationWithGradients) {
  const Operands operands(shape());
  ASSERT_TRUE(can_own_conv(operands.x.to(type()), operands.weight));
  const auto exact = direct_results(operands, shape(), torch::kFloat64).named();
  const auto ours = operation_results(operands, shape(), type()).named();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(ours[i].second.sizes(), exact[i].second.sizes()) << exact[i].first;
    EXPECT_LT(relative_error(ours[i].second, exact[i].second), is_bf16() ? kBFloat16Epsilon : 1e-5)
        << exact[i].first;
  }
}

TEST_P(OwnConv, DoesNotDependOnTheNumberOfThreads) {
  const Operands operands(shape());
  const auto all_results = [&] {
    return is_bf16() ? results_of_ways<BFloat16>(operands, shape(), type())
                     : results_of_ways<float>(operands, shape(), type());
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = all_results();
  at::set_num_threads(3);
  const auto three = all_results();
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(torch::equal(std::get<2>(one[i]), std::get<2>(three[i])))
        << std::get<0>(one[i]) << ' ' << std::get<1>(one[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, OwnConv,
    testing::Combine(testing::Values(Case{2, 64, 64, 16, 16, 1}, Case{1, 64, 96, 15, 21, 1},
                                     Case{3, 128, 64, 2, 2, 1}, Case{1, 96, 64, 1, 5, 1},
                                     Case{2, 64, 64, 12, 9, 0}, Case{1, 64, 64, 60, 60, 1},
                                     Case{1, 256, 256, 6, 6, 1}, Case{2, 16, 16, 17, 18, 1},
                                     Case{1, 48, 16, 9, 3, 0}, Case{2, 1, 16, 33, 20, 1},
                                     Case{1, 3, 32, 9, 40, 0}, Case{2, 64, 32, 8, 8, 1, true},
                                     Case{3, 128, 64, 7, 5, 1, true},
                                     Case{1, 64, 64, 1, 1, 1, true}, Case{2, 16, 48, 5, 6, 1, true},
                                     Case{1, 64, 32, 40, 40, 1, true}),
                     testing::Values(torch::kFloat32, torch::kBFloat16)));

TEST(OwnConvOperation, IsForChannelsInPanelsOnly) {
  const auto image = [](std::int64_t channels, torch::ScalarType type) {
    return torch::zeros({1, channels, 8, 8}, type).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  const auto kernel = [](std::int64_t out, std::int64_t in, std::int64_t side) {
    return torch::zeros({out, in, side, side});
  };
  EXPECT_FALSE(can_own_conv(image(64, torch::kFloat64), kernel(64, 64, 3)));
  EXPECT_FALSE(can_own_conv(image(64, torch::kBFloat16), kernel(64, 64, 1)));
  EXPECT_FALSE(can_own_conv(image(64, torch::kFloat32), kernel(64, 64, 5)));
  EXPECT_FALSE(can_own_conv(image(72, torch::kFloat32), kernel(72, 72, 3)));
  EXPECT_FALSE(can_own_conv(image(1, torch::kFloat32), kernel(16, 1, 3)));
  EXPECT_FALSE(can_own_conv(image(16, torch::kBFloat16), kernel(8, 16, 3)));
  EXPECT_EQ(can_own_conv(image(64, torch::kFloat32), kernel(64, 64, 3)),
            has_loops(torch::kFloat32));
  EXPECT_EQ(can_own_conv(image(64, torch::kBFloat16), kernel(64, 64, 3)),
            has_loops(torch::kBFloat16));
}

TEST(OwnConvOperation, GivesTheGradientOfABiasBesideAFrozenKernel) {
  if (!has_loops(torch::kFloat32)) GTEST_SKIP() << "no loops for this processor";
  const Operands operands({2, 16, 32, 8, 8, 1});
  const torch::Tensor bias = operands.bias.clone().requires_grad_();
  const torch::Tensor dy = operands.dy.to(torch::kFloat32);
  own_conv(operands.x.to(torch::kFloat32), operands.weight, bias, 1).backward(dy);
  EXPECT_LT(relative_error(bias.grad(), dy.sum({0, 2, 3})), 1e-6);
  EXPECT_FALSE(operands.weight.grad().defined());
}

TEST_P(OwnConv, RectifiesInPrediction) {
  if (shape().up) GTEST_SKIP() << "only without up-sampling";
  const torch::NoGradGuard no_grad;
  const Operands o(shape());
  const torch::Tensor x = o.x.to(type());
  const torch::Tensor right =
      torch::leaky_relu(torch::conv2d(o.x.to(torch::kFloat64), o.weight.to(torch::kFloat64),
                                      o.bias.to(torch::kFloat64), 1, shape().padding),
                        0.01);
  const torch::Tensor y = own_conv_rectified(x, o.weight, o.bias, shape().padding, 0.01);
  EXPECT_LT(relative_error(y, right), is_bf16() ? kBFloat16Epsilon : 1e-5);
}

TEST(OwnConvLevels, ObeyTheLimitOfOneDnn) {
  using winograd::is_allowed;
  const std::vector<std::string> levels = {"AVX2", "AVX512", "AVX512_BF16", "AMX"};
  const auto allowed = [&](const char* most) {
    return std::count_if(levels.begin(), levels.end(),
                         [&](const std::string& level) { return is_allowed(most, level); });
  };
  EXPECT_EQ(allowed("SSE41"), 0);
  EXPECT_EQ(allowed("AVX2"), 1);
  EXPECT_TRUE(is_allowed("AVX2", "AVX2"));
  EXPECT_EQ(allowed("AVX512_CORE"), 2);
  EXPECT_FALSE(is_allowed("AVX512_CORE", "AVX512_BF16"));
  EXPECT_EQ(allowed("AVX512_CORE_BF16"), 3);
  EXPECT_FALSE(is_allowed("AVX512_CORE_BF16", "AMX"));
  EXPECT_EQ(allowed("AVX512_CORE_AMX"), 4);
  EXPECT_EQ(allowed("ALL"), 4);
}

}  // namespace
}  // namespace medcl::fast
