// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many threads a repeated piece of work should take on a machine that may have other work too,
// found by measuring. More threads than free cores make every piece wait for the one that has none.
//
// To be used only where the number of threads does not change results.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace medcl {

/// A pure function of the times it is told; asks no clock.
///
/// Begins with one thread and doubles their number while that pays. Later it tries the next smaller
/// or larger number for a few steps: when steps have become slower or faster than they were when
/// it last compared, and now and then. A try that goes badly ends after one step, and all tries
/// together may cost a few per cent of the time.
class ThreadGovernor {
 public:
  /// Chooses between 1 and `most` threads.
  explicit ThreadGovernor(int most);

  /// The number of threads for the next step.
  [[nodiscard]] int threads() const { return counts_[trying_.value_or(chosen_)]; }
  /// The number of threads that tries are compared with.
  [[nodiscard]] int chosen_threads() const { return counts_[chosen_]; }

  struct Change {
    int before = 0, after = 0;                     ///< threads
    double seconds_before = 0, seconds_after = 0;  ///< of a step
  };

  /// The step done with threads() took so long. A value: another number is chosen from now on; or,
  /// once, the way up from one thread ends because more (`before`) are no better.
  std::optional<Change> took(double seconds);

 private:
  using Index = std::size_t;

  [[nodiscard]] std::optional<Change> judge();
  [[nodiscard]] std::optional<Change> choose(Index index, double seconds);
  void plan_tries();
  void begin_next_try();
  [[nodiscard]] bool has_drifted() const;
  [[nodiscard]] bool may_spend(double share_of_time) const;

  std::vector<int> counts_;  ///< 1, 2, 4, ... most
  Index chosen_ = 0;
  std::optional<Index> trying_;
  std::vector<Index> planned_;       ///< to be tried next
  bool climbing_ = true;             ///< still on the way up from one thread
  bool warm_ = false;                ///< the first step is not judged: it makes what others reuse
  std::vector<double> recent_;       ///< seconds of the last steps with the choice
  std::vector<double> tried_;        ///< of the steps of this try
  double compared_s_ = 0;            ///< a step with the choice when it was last compared
  double total_s_ = 0, cost_s_ = 0;  ///< of all steps; of tries beyond what the choice takes
  std::int64_t since_try_ = 0, pause_ = 0;  ///< steps since the last try, and until one may follow
};

/// Notices, once, that steps take several times as long as they did. Asks no clock either.
class SlowdownWatch {
 public:
  struct Slowdown {
    double seconds_before = 0, seconds_now = 0;  ///< of a step
  };

  /// A step took so long. A value, once: steps have become slow.
  std::optional<Slowdown> took(double seconds);

 private:
  std::vector<double> recent_;
  double best_s_ = 0;  ///< the least median of some steps; 0: not known
  bool said_ = false;
};

}  // namespace medcl
