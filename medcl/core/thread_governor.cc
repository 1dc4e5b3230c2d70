// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/thread_governor.h"

#include <algorithm>

#include "medcl/core/percentile.h"

namespace medcl {
namespace {

/// Steps of a try; fewest and most of the choice that they are compared with.
constexpr std::size_t kSteps = 3, kMostSteps = 5;
/// A try whose step takes so many times as long as the choice's is over at once, either way.
constexpr double kClearlyWorse = 1.5, kClearlyBetter = 0.75;
/// Another number is chosen when its steps take less than this part.
constexpr double kBetter = 0.95;
/// Steps are slower or faster than before when they differ so much.
constexpr double kDrift = 1.25;
/// Steps that take so many times as long as they did are worth a word.
constexpr double kSlowdown = 3;
/// Parts of the time that tries may cost: where steps have drifted, and where they have not.
constexpr double kShareOfDrift = 0.03, kShareOfRoutine = 0.01;
/// Steps between routine tries, which double as long as nothing comes of them.
constexpr std::int64_t kFirstPause = 16, kLongestPause = 512;

double median(const std::vector<double>& values) { return percentile(values, 50); }

std::vector<int> doublings(int most) {
  std::vector<int> counts;
  for (int count = 1; count < most; count *= 2) counts.push_back(count);
  counts.push_back(std::max(1, most));
  return counts;
}

}  // namespace

ThreadGovernor::ThreadGovernor(int most) : counts_(doublings(most)), pause_(kFirstPause) {}

std::optional<ThreadGovernor::Change> ThreadGovernor::took(double seconds) {
  if (counts_.size() == 1 || !warm_) {
    warm_ = true;
    return std::nullopt;
  }
  total_s_ += seconds;
  if (trying_) {
    tried_.push_back(seconds);
    cost_s_ += std::max(0.0, seconds - median(recent_));
    return judge();
  }
  recent_.push_back(seconds);
  if (recent_.size() > kMostSteps) recent_.erase(recent_.begin());
  ++since_try_;
  if (recent_.size() >= kSteps) plan_tries();
  return std::nullopt;
}

std::optional<ThreadGovernor::Change> ThreadGovernor::judge() {
  const double usual = median(recent_);
  const double last = tried_.back() / usual;
  const bool is_clear = last > kClearlyWorse || last < kClearlyBetter;
  if (!is_clear && tried_.size() < kSteps) return std::nullopt;
  const double found = is_clear ? tried_.back() : median(tried_);
  if (found < kBetter * usual) return choose(*trying_, found);
  const Change refused{.before = threads(),
                       .after = chosen_threads(),
                       .seconds_before = found,
                       .seconds_after = usual};
  const bool is_news = climbing_;
  climbing_ = false;
  begin_next_try();
  return is_news ? std::optional(refused) : std::nullopt;
}

std::optional<ThreadGovernor::Change> ThreadGovernor::choose(Index index, double seconds) {
  const Change change{.before = counts_[chosen_],
                      .after = counts_[index],
                      .seconds_before = median(recent_),
                      .seconds_after = seconds};
  const bool up = index > chosen_;
  chosen_ = index;
  recent_ = tried_;
  compared_s_ = seconds;
  pause_ = kFirstPause;
  // On in the same direction, if there is anything.
  planned_.clear();
  if (up && index + 1 < counts_.size()) planned_.push_back(index + 1);
  if (!up && index > 0) planned_.push_back(index - 1);
  climbing_ = climbing_ && !planned_.empty();
  begin_next_try();
  return change;
}

/// Where it is time to: the neighbours of the choice, the likelier first.
void ThreadGovernor::plan_tries() {
  const bool drifted = has_drifted();
  const bool routine = since_try_ >= pause_ && may_spend(kShareOfRoutine);
  if (!climbing_ && !routine && !(drifted && may_spend(kShareOfDrift))) return;
  const double now = median(recent_);
  const bool slower = !climbing_ && now > compared_s_;
  planned_.clear();
  const auto plan = [this](bool up) {
    if (up && chosen_ + 1 < counts_.size()) planned_.push_back(chosen_ + 1);
    if (!up && chosen_ > 0) planned_.push_back(chosen_ - 1);
  };
  plan(slower);  // the last is tried first
  plan(!slower);
  compared_s_ = now;
  pause_ = drifted ? kFirstPause : std::min(2 * pause_, kLongestPause);
  begin_next_try();
}

void ThreadGovernor::begin_next_try() {
  tried_.clear();
  since_try_ = 0;
  trying_.reset();
  if (planned_.empty()) return;
  trying_ = planned_.back();
  planned_.pop_back();
}

bool ThreadGovernor::has_drifted() const {
  const double now = median(recent_);
  return compared_s_ > 0 && (now > kDrift * compared_s_ || compared_s_ > kDrift * now);
}

bool ThreadGovernor::may_spend(double share_of_time) const {
  return cost_s_ <= share_of_time * total_s_;
}

std::optional<SlowdownWatch::Slowdown> SlowdownWatch::took(double seconds) {
  recent_.push_back(seconds);
  if (recent_.size() <= kMostSteps) return std::nullopt;  // the first step makes what others reuse
  recent_.erase(recent_.begin());
  const double now = median(recent_);
  if (best_s_ == 0 || now < best_s_) best_s_ = now;
  if (said_ || now < kSlowdown * best_s_) return std::nullopt;
  said_ = true;
  return Slowdown{best_s_, now};
}

}  // namespace medcl
