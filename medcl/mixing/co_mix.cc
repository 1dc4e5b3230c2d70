// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/co_mix.h"

#include <algorithm>
#include <cmath>

namespace medcl {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

class CoMix {
 public:
  CoMix(const CoMixOptions& options, const CoMixProblem& problem)
      : options_(options), problem_(problem), alike_(at(problem.inputs * problem.inputs)) {
    for (std::int64_t a = 0; a < problem.inputs; ++a) {
      for (std::int64_t b = 0; b < problem.inputs; ++b) {
        alike_[at(a * problem.inputs + b)] =
            (1 - options.distance) * (a == b ? 1 : 0) + options.distance * distance(a, b);
      }
    }
  }

  [[nodiscard]] CoMixChoice best_of_each_block() const {
    CoMixChoice choice(at(problem_.inputs), std::vector<std::int64_t>(at(problem_.blocks()), 0));
    for (std::int64_t o = 0; o < problem_.inputs; ++o) {
      for (std::int64_t n = 0; n < problem_.blocks(); ++n) {
        for (std::int64_t i = 1; i < problem_.inputs; ++i) {
          std::int64_t& best = choice[at(o)][at(n)];
          if (own_value(o, n, i) > own_value(o, n, best)) best = i;
        }
      }
    }
    return choice;
  }

  /// Whether any block of the output changed.
  bool improve(CoMixChoice& choice, std::int64_t o) const {
    bool changed = false;
    std::vector<double> shown = shown_by(choice[at(o)]);
    const double step = 1.0 / static_cast<double>(problem_.blocks());
    for (std::int64_t n = 0; n < problem_.blocks(); ++n) {
      const std::int64_t before = choice[at(o)][at(n)];
      shown[at(before)] -= step;
      std::int64_t best = before;
      double best_value = block_value(choice, o, n, before, shown);
      for (std::int64_t i = 0; i < problem_.inputs; ++i) {
        const double value = block_value(choice, o, n, i, shown);
        if (value > best_value + 1e-12) {
          best_value = value;
          best = i;
        }
      }
      choice[at(o)][at(n)] = best;
      shown[at(best)] += step;
      changed |= best != before;
    }
    return changed;
  }

  [[nodiscard]] double value(const CoMixChoice& choice) const {
    double sum = 0;
    for (std::int64_t o = 0; o < problem_.inputs; ++o) {
      for (std::int64_t n = 0; n < problem_.blocks(); ++n) {
        const std::int64_t input = choice[at(o)][at(n)];
        // Each pair of neighbours is seen from both sides.
        sum += own_value(o, n, input) - 0.5 * seams(choice[at(o)], n, input);
      }
      const auto shown = shown_by(choice[at(o)]);
      for (std::int64_t p = 0; p < o; ++p) sum -= likeness(shown, shown_by(choice[at(p)]));
    }
    return sum;
  }

 private:
  /// Between the most salient blocks of two inputs, as a share of the diagonal.
  [[nodiscard]] double distance(std::int64_t a, std::int64_t b) const {
    if (problem_.grid == 1) return 0;
    const auto peak = [this](std::int64_t input) {
      const auto first = problem_.saliency_in.begin() + input * problem_.blocks();
      return std::max_element(first, first + problem_.blocks()) - first;
    };
    const auto rows = static_cast<double>(peak(a) / problem_.grid - peak(b) / problem_.grid);
    const auto columns = static_cast<double>(peak(a) % problem_.grid - peak(b) % problem_.grid);
    return std::hypot(rows, columns) / (std::sqrt(2.0) * static_cast<double>(problem_.grid - 1));
  }

  [[nodiscard]] double own_value(std::int64_t o, std::int64_t n, std::int64_t input) const {
    return problem_.saliency_in[at(input * problem_.blocks() + n)] +
           options_.prior * problem_.log_share_oi[at(o * problem_.inputs + input)] /
               static_cast<double>(problem_.blocks());
  }

  /// What the neighbours of block n cost that show another input.
  [[nodiscard]] double seams(const std::vector<std::int64_t>& output, std::int64_t n,
                             std::int64_t input) const {
    const std::int64_t grid = problem_.grid;
    std::int64_t unlike = 0;
    const auto look = [&](std::int64_t neighbour) { unlike += output[at(neighbour)] != input; };
    if (n % grid > 0) look(n - 1);
    if (n % grid + 1 < grid) look(n + 1);
    if (n >= grid) look(n - grid);
    if (n + grid < problem_.blocks()) look(n + grid);
    return options_.smoothness * static_cast<double>(unlike) /
           static_cast<double>(problem_.blocks());
  }

  [[nodiscard]] std::vector<double> shown_by(const std::vector<std::int64_t>& output) const {
    std::vector<double> shown(at(problem_.inputs), 0);
    for (const std::int64_t input : output) {
      shown[at(input)] += 1.0 / static_cast<double>(problem_.blocks());
    }
    return shown;
  }

  [[nodiscard]] double likeness(const std::vector<double>& shown,
                                const std::vector<double>& other) const {
    double alike = 0;
    for (std::size_t a = 0; a < shown.size(); ++a) {
      for (std::size_t b = 0; b < other.size(); ++b) {
        alike += shown[a] * alike_[a * shown.size() + b] * other[b];
      }
    }
    return options_.likeness * std::max(0.0, alike - options_.tolerated);
  }

  /// What changes in the whole with the input of one block. `shown`: by the rest of its output.
  [[nodiscard]] double block_value(const CoMixChoice& choice, std::int64_t o, std::int64_t n,
                                   std::int64_t input, std::vector<double> shown) const {
    shown[at(input)] += 1.0 / static_cast<double>(problem_.blocks());
    double value = own_value(o, n, input) - seams(choice[at(o)], n, input);
    for (std::int64_t p = 0; p < problem_.inputs; ++p) {
      if (p != o) value -= likeness(shown, shown_by(choice[at(p)]));
    }
    return value;
  }

  const CoMixOptions& options_;
  const CoMixProblem& problem_;
  std::vector<double> alike_;  ///< A
};

}  // namespace

void CoMixOptions::describe(OptionTable table) {
  table.add("smoothness", smoothness, "cost of neighbouring blocks of two images", 0, 100);
  table.add("likeness", likeness, "cost of mixes that show the same images", 0, 100);
  table.add("tolerated", tolerated, "likeness of two mixes that costs nothing", 0, 1);
  table.add("distance", distance, "how much images with far apart saliency count as alike", 0, 1);
  table.add("prior", prior, "weight of the shares that were drawn", 0, 100);
  table.add("sweeps", sweeps, "most sweeps over all blocks", 0, 1000);
}

double co_mix_value(const CoMixOptions& options, const CoMixProblem& problem,
                    const CoMixChoice& choice) {
  return CoMix(options, problem).value(choice);
}

CoMixChoice co_mix(const CoMixOptions& options, const CoMixProblem& problem) {
  const CoMix solver(options, problem);
  CoMixChoice choice = solver.best_of_each_block();
  for (std::int64_t sweep = 0; sweep < options.sweeps; ++sweep) {
    bool changed = false;
    for (std::int64_t o = 0; o < problem.inputs; ++o) changed |= solver.improve(choice, o);
    if (!changed) break;
  }
  return choice;
}

}  // namespace medcl
