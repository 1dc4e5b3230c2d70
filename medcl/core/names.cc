// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/names.h"

#include <algorithm>
#include <cctype>

namespace medcl {
namespace {

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string plain(const std::string& name) {
  return in_small_letters(name.substr(std::min(name.find_first_not_of('-'), name.size())));
}

std::string without_spaces_around(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  const std::size_t last = text.find_last_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// Of the part that begins at `start`: where its comma, or the end, is. Between double quotes a
/// comma is a letter as any other.
std::size_t end_of_part(const std::string& text, std::size_t start) {
  bool quoted = false;
  std::size_t at = start;
  while (at < text.size() && (quoted || text[at] != ',')) quoted = (text[at++] == '"') != quoted;
  return at;
}

}  // namespace

std::string folded_name(const std::string& name) {
  return in_small_letters(without_spaces_around(name));
}

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

std::string join_names(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (!text.empty() && start <= text.size()) {
    const bool quoted = without_spaces_around(text.substr(start)).starts_with('"');
    const std::size_t comma = std::min(text.find(',', start), text.size());
    const std::size_t end = quoted ? end_of_part(text, start) : comma;
    std::string part = without_spaces_around(text.substr(start, end - start));
    if (quoted && part.size() > 1 && part.ends_with('"')) part = part.substr(1, part.size() - 2);
    parts.push_back(std::move(part));
    start = end + 1;
  }
  return parts;
}

}  // namespace medcl
