// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/names.h"

#include <algorithm>
#include <cctype>

namespace medcl {
namespace {

std::string plain(const std::string& name) {
  std::string text = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({replaced, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string similar_name(const std::string& name, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 100;  // nobody mistypes more than that
  const std::string typed = plain(name);
  if (typed.empty() || typed.size() > kLongest) return "";
  std::string nearest;
  std::size_t smallest = std::min(std::max<std::size_t>(2, typed.size() / 3), typed.size() - 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::string known = plain(candidate);
    const bool begun = typed.size() >= 3 && known.starts_with(typed);
    const std::size_t distance = begun ? 1 : edit_distance(typed, known);
    if (distance < smallest && distance < known.size()) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  // What people call it, though another name lies nearer.
  const bool knows_cuda =
      std::find(candidates.begin(), candidates.end(), "cuda") != candidates.end();
  if (plain(name) == "gpu" && knows_cuda) return "did you mean 'cuda'?";
  const std::string similar = similar_name(name, candidates);
  return similar.empty() ? "" : "did you mean '" + similar + "'?";
}

}  // namespace medcl
