// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "medcl/model/fast/winograd_kernels.h"
#include "medcl/model/segmenter.h"

namespace medcl::fast {
namespace {

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

class Winograd : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!winograd::pays()) GTEST_SKIP() << "no AVX-512 with bfloat16 products, or an AMX";
    torch::manual_seed(4);
    const Case& c = GetParam();
    // Like what follows a normalisation and a LeakyReLU; exact in bfloat16.
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

  [[nodiscard]] Results winograd_results() const {
    return results_of(x, weight, bias, dy, [](const auto& x0, const auto& w, const auto& b) {
      return GetParam().up ? winograd_up_conv(x0, w, b)
                           : winograd_conv(x0, w, b, GetParam().padding);
    });
  }
  [[nodiscard]] Results direct_results(torch::ScalarType type) const {
    return results_of(
        x.to(type), weight, bias, dy, [&](const auto& x0, const auto& w, const auto& b) {
          const auto size = std::vector<std::int64_t>{2 * x0.size(2), 2 * x0.size(3)};
          const auto full =
              GetParam().up ? torch::upsample_nearest2d(x0, size, c10::nullopt, c10::nullopt) : x0;
          return torch::conv2d(full, w.to(type), b.to(type), 1, GetParam().padding);
        });
  }

  torch::Tensor x, weight, bias, dy;
};

TEST_P(Winograd, EqualsTheConvolutionWithinRounding) {
  ASSERT_TRUE(can_winograd(x, weight));
  const auto exact = direct_results(torch::kFloat64).named();
  const auto direct = direct_results(torch::kBFloat16).named();
  const auto ours = winograd_results().named();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(ours[i].second.sizes(), exact[i].second.sizes()) << exact[i].first;
    const double error = relative_error(ours[i].second, exact[i].second);
    const double direct_error = relative_error(direct[i].second, exact[i].second);
    EXPECT_LT(error, 0.008) << exact[i].first;
    EXPECT_LT(error, std::max(3 * direct_error, 1e-5)) << exact[i].first;
    RecordProperty(exact[i].first, std::to_string(error / direct_error));
    if (std::getenv("MEDCL_SHOW_ERRORS") != nullptr) {
      std::cout << exact[i].first << ' ' << error << " direct " << direct_error << '\n';
    }
  }
}

TEST_P(Winograd, DoesNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = winograd_results().named();
  at::set_num_threads(3);
  const auto three = winograd_results().named();
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(torch::equal(one[i].second, three[i].second)) << one[i].first;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Winograd,
                         testing::Values(Case{2, 64, 64, 16, 16, 1}, Case{1, 64, 96, 15, 21, 1},
                                         Case{3, 128, 64, 2, 2, 1}, Case{1, 96, 64, 1, 5, 1},
                                         Case{2, 64, 64, 12, 9, 0}, Case{1, 64, 64, 60, 60, 1},
                                         Case{1, 256, 256, 6, 6, 1}, Case{2, 64, 32, 8, 8, 1, true},
                                         Case{3, 128, 64, 7, 5, 1, true},
                                         Case{1, 64, 64, 1, 1, 1, true},
                                         Case{1, 64, 32, 40, 40, 1, true}));

/// Logits and all gradients of weights in a training step of a U-Net, the same one each time.
std::vector<std::pair<const char*, torch::Tensor>> network_step(torch::ScalarType type,
                                                                bool fused) {
  const auto network = make_segmenter({.width = 32, .dropout = 0.0}, 1, 3, 5);
  if (type == torch::kFloat64) network->to(type);
  network->set_compute_type(type);
  network->set_fused(fused);
  torch::manual_seed(8);
  const auto image = torch::randn({2, 1, 64, 64}), weight = torch::rand({2, 3, 64, 64});
  const auto logits = network->forward(image);
  (logits.log_softmax(1) * weight).mean().backward();
  std::vector<torch::Tensor> gradients;
  for (const auto& entry : network->named_parameters()) {
    // Before a normalisation a bias has no effect: its gradient is rounding.
    if (!entry.key().ends_with("weight")) continue;
    gradients.push_back(entry.value().grad().flatten().to(torch::kFloat64));
  }
  return {{"logits", logits.detach()}, {"gradients", torch::cat(gradients)}};
}

TEST(WinogradUnet, IsAboutAsCloseToDoublePrecisionAsDirectConvolutionsAre) {
  if (!winograd::pays()) GTEST_SKIP() << "no AVX-512 with bfloat16 products, or an AMX";
  const auto exact = network_step(torch::kFloat64, false);
  const auto plain = network_step(torch::kBFloat16, false);
  const auto fused = network_step(torch::kBFloat16, true);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double error = relative_error(fused[i].second, exact[i].second);
    const double plain_error = relative_error(plain[i].second, exact[i].second);
    EXPECT_LT(error, 1.5 * plain_error) << exact[i].first;
    EXPECT_GT(error, 0.0) << exact[i].first;
    if (std::getenv("MEDCL_SHOW_ERRORS") != nullptr) {
      std::cout << exact[i].first << ' ' << error << " plain " << plain_error << '\n';
    }
  }
}

TEST(WinogradConv, IsForLargeBfloat16ConvolutionsOnly) {
  const auto image = [](std::int64_t channels, torch::ScalarType type) {
    return torch::zeros({1, channels, 8, 8}, type).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  const auto kernel = [](std::int64_t out, std::int64_t in, std::int64_t side) {
    return torch::zeros({out, in, side, side});
  };
  EXPECT_FALSE(can_winograd(image(64, torch::kFloat32), kernel(64, 64, 3)));
  EXPECT_FALSE(can_winograd(image(64, torch::kBFloat16), kernel(64, 64, 1)));
  EXPECT_FALSE(can_winograd(image(16, torch::kBFloat16), kernel(64, 16, 3)));
  EXPECT_FALSE(can_winograd(image(72, torch::kBFloat16), kernel(72, 72, 3)));
  EXPECT_EQ(can_winograd(image(64, torch::kBFloat16), kernel(64, 64, 3)), winograd::pays());
}

}  // namespace
}  // namespace medcl::fast
