// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names as somebody types them: lists of them, and what was meant by one that is mistyped.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace medcl {

/// `name` in small letters (of ASCII), without the spaces around it.
std::string folded_name(const std::string& name);

/// The smallest number of insertions, deletions, replacements and swaps of neighbours that make `b`
/// of `a`. Source: Damerau, A technique for computer detection and correction of spelling errors,
/// Commun. ACM 7(3), 1964 (each place changed once).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The candidate that `name` is likely to stand for: it begins with `name` (three letters or more),
/// or differs by an edit distance of at most a third of the letters, at least 2 and less than all
/// of them. Empty when none is that near. Letters count without their case and without leading
/// dashes.
std::string similar_name(const std::string& name, const std::vector<std::string>& candidates);

/// A question about similar_name: "did you mean 'cuda'?", or empty when no candidate is similar.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

/// The names as "a, b, c".
std::string join_names(const std::set<std::string>& names);

/// The parts of a list, without the spaces around them: "a, b" -> {a, b}. A part that begins with a
/// double quote may hold commas: "\"a, b\", c" -> {"a, b", c}; a part is quoted as a whole or not
/// at all. Empty parts are kept; an empty text has none.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace medcl
