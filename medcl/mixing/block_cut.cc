// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/block_cut.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

namespace medcl {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// visit(pairs, block, next) for every two blocks side by side.
template <typename Visit>
void for_each_pair(const GridEnergy& energy, const Visit& visit) {
  const auto [width, height] = energy.grid;
  for (std::int64_t block = 0; block < energy.grid.count(); ++block) {
    if (block % width + 1 < width) visit(energy.right, block, block + 1);
    if (block / width + 1 < height) visit(energy.below, block, block + width);
  }
}

double pair_at(const GridEnergy& energy, const std::vector<double>& pairs, std::int64_t block,
               std::int64_t a, std::int64_t b) {
  return pairs[at((block * energy.labels + a) * energy.labels + b)];
}

/// Nodes of two kinds with the least cost: a minimum cut between a source and a sink.
class Cut {
 public:
  explicit Cut(std::size_t nodes) : graph_(nodes + 2), source_(nodes), sink_(nodes + 1) {}

  /// What it costs a node more to be on the sink's side than on the source's.
  void add_difference(std::size_t node, double cost) {
    if (cost > 0) add_edge(source_, node, cost);
    if (cost < 0) add_edge(node, sink_, -cost);
  }
  /// What it costs when `a` is on the source's side and `b` on the sink's.
  void add_separation(std::size_t a, std::size_t b, double cost) {
    if (cost > 0) add_edge(a, b, cost);
  }
  void solve() { boost::boykov_kolmogorov_max_flow(graph_, source_, sink_); }
  [[nodiscard]] bool at_source(std::size_t node) const {
    return boost::get(boost::vertex_color, graph_, node) == boost::black_color;
  }

 private:
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Node = boost::property<
      boost::vertex_index_t, std::size_t,
      boost::property<
          boost::vertex_color_t, boost::default_color_type,
          boost::property<boost::vertex_distance_t, std::int64_t,
                          boost::property<boost::vertex_predecessor_t, Traits::edge_descriptor>>>>;
  using Edge = boost::property<
      boost::edge_capacity_t, double,
      boost::property<boost::edge_residual_capacity_t, double,
                      boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>;
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Node, Edge>;

  void add_edge(std::size_t from, std::size_t to, double capacity) {
    const auto there = boost::add_edge(from, to, graph_).first;
    const auto back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, there, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0.0);
    boost::put(boost::edge_reverse, graph_, there, back);
    boost::put(boost::edge_reverse, graph_, back, there);
  }

  Graph graph_;
  std::size_t source_, sink_;
};

/// The labels after the cheapest swap of a and b; those given if it costs no less.
std::vector<std::int64_t> swapped(const GridEnergy& energy, const std::vector<std::int64_t>& label,
                                  std::int64_t a, std::int64_t b) {
  const auto takes_part = [&](std::int64_t block) {
    return label[at(block)] == a || label[at(block)] == b;
  };
  std::vector<double> difference(label.size(), 0);
  Cut cut(label.size());
  for (std::int64_t block = 0; block < energy.grid.count(); ++block) {
    difference[at(block)] =
        energy.own[at(block * energy.labels + b)] - energy.own[at(block * energy.labels + a)];
  }
  for_each_pair(energy, [&](const std::vector<double>& pairs, std::int64_t p, std::int64_t q) {
    const auto cost = [&](std::int64_t of_p, std::int64_t of_q) {
      return pair_at(energy, pairs, p, of_p, of_q);
    };
    if (takes_part(p) && takes_part(q)) {
      difference[at(p)] += cost(b, a) - cost(a, a);
      difference[at(q)] += cost(b, b) - cost(b, a);
      cut.add_separation(at(p), at(q), cost(a, b) + cost(b, a) - cost(a, a) - cost(b, b));
    } else if (takes_part(p)) {
      difference[at(p)] += cost(b, label[at(q)]) - cost(a, label[at(q)]);
    } else if (takes_part(q)) {
      difference[at(q)] += cost(label[at(p)], b) - cost(label[at(p)], a);
    }
  });
  for (std::size_t block = 0; block < label.size(); ++block) {
    if (takes_part(static_cast<std::int64_t>(block))) cut.add_difference(block, difference[block]);
  }
  cut.solve();
  std::vector<std::int64_t> result = label;
  for (std::size_t block = 0; block < label.size(); ++block) {
    if (takes_part(static_cast<std::int64_t>(block))) result[block] = cut.at_source(block) ? a : b;
  }
  return energy.of(result) < energy.of(label) - 1e-12 ? result : label;
}

}  // namespace

GridEnergy::GridEnergy(const PlaneSize& size, std::int64_t label_count)
    : grid(size),
      labels(label_count),
      own(at(size.count() * label_count), 0),
      right(at(size.count() * label_count * label_count), 0),
      below(right) {}

double& GridEnergy::own_cost(std::int64_t block, std::int64_t label) {
  return own[at(block * labels + label)];
}

double& GridEnergy::pair_cost(std::vector<double>& pairs, std::int64_t block, std::int64_t a,
                              std::int64_t b) {
  return pairs[at((block * labels + a) * labels + b)];
}

double GridEnergy::of(const std::vector<std::int64_t>& label) const {
  double sum = 0;
  for (std::int64_t block = 0; block < grid.count(); ++block) {
    sum += own[at(block * labels + label[at(block)])];
  }
  for_each_pair(*this, [&](const std::vector<double>& pairs, std::int64_t p, std::int64_t q) {
    sum += pair_at(*this, pairs, p, label[at(p)], label[at(q)]);
  });
  return sum;
}

std::vector<std::int64_t> least_energy_labels(const GridEnergy& energy) {
  std::vector<std::int64_t> label;
  for (std::int64_t block = 0; block < energy.grid.count(); ++block) {
    const auto first = energy.own.begin() + block * energy.labels;
    label.push_back(std::min_element(first, first + energy.labels) - first);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::int64_t a = 0; a < energy.labels; ++a) {
      for (std::int64_t b = a + 1; b < energy.labels; ++b) {
        auto next = swapped(energy, label, a, b);
        changed |= next != label;
        label = std::move(next);
      }
    }
  }
  return label;
}

}  // namespace medcl
