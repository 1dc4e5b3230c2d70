// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one source of randomness. A stream is a function of its key (seed, epoch, sample, purpose)
// and of nothing else, so results do not depend on worker count, call order or resume point.
//
// Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011 (Philox4x32-10).

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace medcl {

/// What a stream is used for; two purposes never share numbers. A value is part of every draw of
/// its purpose and stays what it is.
enum class Purpose : std::uint32_t {
  kOrder = 1,
  kCrop,
  kFlip,
  kIntraMix,
  kInterMix,
  kClassSets,
  kDropout,
  kInitialise,
  kPhantom,
  kScribble,
  kAugment = 12,
  kTest,
  kBoxShift,
  kPool,
};

struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;  ///< or step, or case, whatever counts in the purpose at hand
  std::uint32_t sample = 0;
  Purpose purpose = Purpose::kTest;
};

namespace detail {
/// One block of Philox4x32-10, for the known-answer test.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);
}  // namespace detail

class RandomStream {
 public:
  explicit RandomStream(const RandomKey& key);

  /// 64 random bits.
  std::uint64_t next();
  /// A uniform number in [0, 1) with 53 random bits.
  double uniform();
  /// A uniform number in [low, high); low when both are equal.
  double uniform(double low, double high);
  /// A uniform integer in [0, count). count >= 1.
  std::int64_t integer(std::int64_t count);
  bool chance(double probability) { return uniform() < probability; }
  /// A number of the standard normal distribution.
  double normal();
  /// A number of the distribution Gamma(shape, 1), shape > 0.
  double gamma(double shape);
  /// A number in [0, 1] of the distribution Beta(a, b), a and b > 0.
  double beta(double a, double b);
  /// The numbers 0..count-1 in random order.
  std::vector<std::int64_t> permutation(std::int64_t count);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace medcl
