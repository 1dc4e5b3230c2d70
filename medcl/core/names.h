// SPDX-License-Identifier: Apache-2.0
#pragma once

// What somebody meant who mistyped a name.

#include <cstddef>
#include <string>
#include <vector>

namespace medcl {

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
/// Source: Damerau, A technique for computer detection and correction of spelling errors, Commun.
/// ACM 7(3), 1964 (each place changed once).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The candidate that `name` is likely to stand for: it begins with `name` (three letters or more),
/// or differs by an edit distance of at most a third of the letters, at least 2 and less than all
/// of them. Empty when none is that near. Letters count without their case and without leading
/// dashes.
std::string similar_name(const std::string& name, const std::vector<std::string>& candidates);

/// "did you mean 'cuda'?", or empty when no candidate is similar.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace medcl
