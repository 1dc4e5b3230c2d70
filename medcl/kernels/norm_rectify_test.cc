// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/norm_rectify.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace medcl::fast {
namespace {

constexpr double kSlope = 0.01;

struct Outcome {
  torch::Tensor y, dx, dweight, dbias, running_mean, running_var;
};

torch::nn::BatchNorm2d norm_of(std::int64_t channels) {
  torch::manual_seed(2);
  torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(channels).momentum(0.3));
  const torch::NoGradGuard no_grad;
  norm->weight.normal_(1, 0.5);
  norm->bias.normal_(0, 0.5);
  return norm;
}

torch::Tensor channels_last(const torch::Tensor& x) {
  return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

Outcome outcome(const torch::Tensor& x, const torch::Tensor& dy, bool fused, double dropout = 0) {
  auto norm = norm_of(x.size(1));
  if (!fused) norm->to(x.scalar_type());
  const auto leaf = x.detach().clone(torch::MemoryFormat::Preserve).requires_grad_();
  const auto y = fused ? norm_rectify(leaf, norm, kSlope, dropout, 77)
                       : torch::leaky_relu(norm->forward(leaf), kSlope);
  y.backward(dy);
  return {y.detach(),        leaf.grad(),        norm->weight.grad(),
          norm->bias.grad(), norm->running_mean, norm->running_var};
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b, double relative,
                  const std::string& what) {
  const auto exact = b.to(torch::kFloat64);
  const double scale = exact.abs().max().item<double>() + 1e-12;
  EXPECT_LT((a.to(torch::kFloat64) - exact).abs().max().item<double>() / scale, relative) << what;
}

void expect_close(const Outcome& a, const Outcome& b, double relative, const std::string& where) {
  expect_close(a.y, b.y, relative, where + " y");
  expect_close(a.dx, b.dx, relative, where + " dx");
  expect_close(a.dweight, b.dweight, relative, where + " dweight");
  expect_close(a.dbias, b.dbias, relative, where + " dbias");
  expect_close(a.running_mean, b.running_mean, relative, where + " running mean");
  expect_close(a.running_var, b.running_var, relative, where + " running variance");
}

TEST(NormRectify, EqualsTheSeparateOperationsInValueAndGradient) {
  for (const auto& shape : {std::vector<std::int64_t>{3, 12, 20, 17},
                            {1, 16, 3, 2},
                            {2, 4, 9, 9},
                            {8, 33, 5, 6},
                            {2, 256, 4, 4},
                            {1, 1, 30, 31}}) {
    torch::manual_seed(1);
    const auto x = channels_last(torch::randn(shape) * 3 + 50);  // far from zero
    const auto dy = channels_last(torch::randn(shape));
    if (!can_norm_rectify(x)) continue;
    expect_close(outcome(x, dy, true),
                 outcome(x.to(torch::kFloat64), dy.to(torch::kFloat64), false), 1e-5,
                 std::to_string(shape[1]) + " channels");
  }
}

TEST(NormRectify, Bfloat16StaysWithinItsRounding) {
  torch::manual_seed(1);
  const auto x = channels_last(torch::randn({4, 16, 24, 24})).to(torch::kBFloat16);
  const auto dy = channels_last(torch::randn({4, 16, 24, 24})).to(torch::kBFloat16);
  const auto exact = outcome(x.to(torch::kFloat32), dy.to(torch::kFloat32), false);
  const auto coarse = outcome(x, dy, true);
  EXPECT_EQ(coarse.y.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(coarse.dx.scalar_type(), torch::kBFloat16);
  expect_close(coarse, exact, 1.0 / 256, "bf16");
}

TEST(NormRectify, DropoutKeepsTheExpectedShareAndItsGradientFollowsTheMask) {
  torch::manual_seed(1);
  const auto x = channels_last(torch::randn({4, 16, 40, 40}));
  const auto dy = channels_last(torch::ones_like(x));
  for (const double probability : {0.025, 0.25, 0.5}) {
    auto norm = norm_of(16);
    const auto dry = norm_rectify(x, norm, kSlope, 0, 0);
    const auto wet = norm_rectify(x, norm, kSlope, probability, 77);
    const auto dropped = wet.eq(0);
    EXPECT_NEAR(dropped.to(torch::kFloat64).mean().item<double>(), probability, 0.005);
    const auto kept = wet.masked_select(~dropped) * (1 - probability);
    EXPECT_LT((kept - dry.masked_select(~dropped)).abs().max().item<double>(), 1e-5);
    // Channels and images are hit alike, not in stripes.
    const auto per_channel = dropped.to(torch::kFloat64).mean({0, 2, 3});
    EXPECT_LT((per_channel - probability).abs().max().item<double>(), 0.035);
    const auto gate = torch::where(dry > 0, 1.0, kSlope) * (~dropped) / (1 - probability);
    EXPECT_NEAR(outcome(x, dy, true, probability).dbias.sum().item<double>(),
                gate.sum().item<double>(), 1e-3 * gate.sum().item<double>());
  }
}

TEST(NormRectify, TheMaskIsAFunctionOfTheKey) {
  const auto x = channels_last(torch::randn({2, 8, 16, 16}));
  auto norm = norm_of(8);
  const auto first = norm_rectify(x, norm, kSlope, 0.5, 1);
  EXPECT_TRUE(first.equal(norm_rectify(x, norm, kSlope, 0.5, 1)));
  const auto other = norm_rectify(x, norm, kSlope, 0.5, 2);
  EXPECT_NEAR(first.eq(0).eq(other.eq(0)).to(torch::kFloat64).mean().item<double>(), 0.5, 0.05);
}

TEST(NormRectify, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(1);
  const auto x = channels_last(torch::randn({3, 24, 31, 29}));
  const auto dy = channels_last(torch::randn({3, 24, 31, 29}));
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = outcome(x, dy, true, 0.1);
  at::set_num_threads(3);
  const auto together = outcome(x, dy, true, 0.1);
  at::set_num_threads(threads);
  EXPECT_TRUE(alone.y.equal(together.y));
  EXPECT_TRUE(alone.dx.equal(together.dx));
  EXPECT_TRUE(alone.dweight.equal(together.dweight));
}

#if defined(__GNUC__) && !defined(__clang__)
TEST(NormRectify,
     ParallelLoopsRunOnSeveralThreads) {  // needs -fopenmp, or they are silently serial
  const int threads = at::get_num_threads();
  at::set_num_threads(2);
  std::mutex mutex;
  std::set<std::thread::id> ids;
  at::parallel_for(0, 2, 1, [&](std::int64_t, std::int64_t) {
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  at::set_num_threads(threads);
  EXPECT_EQ(ids.size(), 2U);
}
#endif

struct HalvedOutcome {
  torch::Tensor full, half, dx, dweight, dbias;
};

HalvedOutcome halved(const torch::Tensor& x, const torch::Tensor& dfull, const torch::Tensor& dhalf,
                     bool fused) {
  auto norm = norm_of(x.size(1));
  if (!fused) norm->to(x.scalar_type());
  const auto leaf = x.detach().clone(torch::MemoryFormat::Preserve).requires_grad_();
  Halved result;
  if (fused) {
    result = norm_rectify_halve(leaf, norm, kSlope);
  } else {
    result.full_bchw = torch::leaky_relu(norm->forward(leaf), kSlope);
    result.half_bchw = torch::max_pool2d(result.full_bchw, 2);
  }
  torch::autograd::backward({result.full_bchw, result.half_bchw}, {dfull, dhalf});
  return {result.full_bchw.detach(), result.half_bchw.detach(), leaf.grad(), norm->weight.grad(),
          norm->bias.grad()};
}

TEST(NormRectify, HalvesAsMaxPoolingDoes) {
  for (const auto& shape : {std::vector<std::int64_t>{3, 12, 20, 18},
                            {1, 16, 2, 6},
                            {2, 3, 8, 10},
                            {2, 80, 4, 4},
                            {5, 1, 30, 32}}) {
    torch::manual_seed(1);
    const auto x = channels_last(torch::randn(shape) * 3 + 50);
    const auto dfull = torch::randn(shape);
    const auto dhalf = torch::randn({shape[0], shape[1], shape[2] / 2, shape[3] / 2});
    const auto f64 = torch::kFloat64;
    const auto found = halved(x, dfull, dhalf, true);
    const auto exact = halved(x.to(f64), dfull.to(f64), dhalf.to(f64), false);
    const std::string where = std::to_string(shape[1]) + " channels";
    expect_close(found.full, exact.full, 1e-5, where + " full");
    expect_close(found.half, exact.half, 1e-5, where + " half");
    expect_close(found.dx, exact.dx, 1e-5, where + " dx");
    expect_close(found.dweight, exact.dweight, 1e-5, where + " dweight");
    expect_close(found.dbias, exact.dbias, 1e-5, where + " dbias");
  }
}

TEST(NormRectify, HalvesTheRoundedValuesInBfloat16AndGivesTheGradientToTheFirstOfEquals) {
  torch::manual_seed(1);
  // Few distinct values: windows with equal maxima are common.
  const auto x = channels_last(torch::randint(0, 3, {4, 16, 12, 12})).to(torch::kBFloat16);
  const auto dfull = channels_last(torch::randn({4, 16, 12, 12})).to(torch::kBFloat16);
  const auto dhalf = channels_last(torch::randn({4, 16, 6, 6})).to(torch::kBFloat16);
  const auto found = halved(x, dfull, dhalf, true);
  EXPECT_TRUE(found.half.equal(torch::max_pool2d(found.full, 2)));
  const auto f64 = torch::kFloat64;
  const auto exact = halved(x.to(f64), dfull.to(f64), dhalf.to(f64), false);
  expect_close(found.full, exact.full, 1.0 / 256, "full");
  expect_close(found.dx, exact.dx, 1.0 / 128, "dx");
  expect_close(found.dweight, exact.dweight, 1.0 / 256, "dweight");
}

TEST(NormRectify, HalvingDoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(1);
  const auto x = channels_last(torch::randn({3, 24, 30, 28}));
  const auto dfull = torch::randn({3, 24, 30, 28}), dhalf = torch::randn({3, 24, 15, 14});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = halved(x, dfull, dhalf, true);
  at::set_num_threads(3);
  const auto together = halved(x, dfull, dhalf, true);
  at::set_num_threads(threads);
  EXPECT_TRUE(alone.half.equal(together.half));
  EXPECT_TRUE(alone.dx.equal(together.dx));
  EXPECT_TRUE(alone.dweight.equal(together.dweight));
}

TEST(NormRectify, WritesBesideTheSkipSoThatJoiningCopiesNothing) {
  torch::manual_seed(1);
  const auto x = channels_last(torch::randn({2, 6, 8, 10})).requires_grad_();
  const auto other = channels_last(torch::randn({2, 6, 8, 10})).requires_grad_();
  auto norm = norm_of(6);
  const auto skip = norm_rectify_halve(x, norm, kSlope).full_bchw;
  const auto up = norm_rectify(other, norm, kSlope, 0, 0, skip);
  const auto both = join(skip, up);
  EXPECT_EQ(both.data_ptr(), skip.data_ptr());
  EXPECT_TRUE(both.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(both.equal(torch::cat({skip, up}, 1)));
  const auto weight = torch::randn_like(both);
  const auto found = torch::autograd::grad({(both * weight).sum()}, {x, other});
  const auto separate = [&](const torch::Tensor& from, std::int64_t first) {
    auto again = norm_of(6);
    const auto leaf = from.detach().requires_grad_();
    const auto y = norm_rectify(leaf, again, kSlope, 0, 0);
    return torch::autograd::grad({(y * weight.narrow(1, first, 6)).sum()}, {leaf})[0];
  };
  expect_close(found[0], separate(x, 0), 1e-6, "of the skip");
  expect_close(found[1], separate(other, 6), 1e-6, "of what lies beside it");
}

TEST(NormRectify, RectifiesForPredictionAsTheSeparateOperationsDo) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_grad;
  const auto x = channels_last(torch::randn({2, 6, 8, 10})).to(torch::kBFloat16);
  const auto wanted = torch::leaky_relu(x, kSlope);
  const auto [full, half] = rectify_halve(x, kSlope);
  EXPECT_TRUE(full.equal(wanted));
  EXPECT_TRUE(half.equal(torch::max_pool2d(wanted, 2)));
  EXPECT_TRUE(join(full, rectify(x, kSlope, full)).equal(torch::cat({wanted, wanted}, 1)));
  EXPECT_TRUE(rectify(x, kSlope, {}).equal(wanted));
}

TEST(NormRectify, ANonFiniteValueStaysVisible) {
  auto x = channels_last(torch::randn({2, 8, 8, 8}));
  x[0][3][2][2] = std::numeric_limits<float>::quiet_NaN();
  auto norm = norm_of(8);
  EXPECT_FALSE(norm_rectify(x, norm, kSlope, 0, 0).isfinite().all().item<bool>());
}

TEST(NormRectify, TakesOnlyWhatItCanCompute) {
  EXPECT_TRUE(can_norm_rectify(channels_last(torch::zeros({2, 3, 4, 5}))));
  EXPECT_FALSE(can_norm_rectify(torch::zeros({2, 3, 4, 5})));  // channels first
  EXPECT_FALSE(can_norm_rectify(channels_last(torch::zeros({2, 3, 4, 5}, torch::kFloat64))));
  EXPECT_FALSE(can_norm_rectify(channels_last(torch::zeros({1, 3, 1, 1}))));  // one value each
}

}  // namespace
}  // namespace medcl::fast
