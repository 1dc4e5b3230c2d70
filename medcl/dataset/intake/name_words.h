// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the name of a loose file says: which case it belongs to, and whether it is labels.

#include <filesystem>
#include <string>
#include <vector>

namespace medcl {

struct NameWords {
  /// The words that are left for case and channel, as they are written.
  std::vector<std::string> words;
  std::string label_word;  ///< the word that says "labels", as written; empty where none does
  bool by_folder = false;  ///< it stands in the name of a folder
};

/// The words of a path without its ending, folders first: parted at everything that is no letter
/// and no digit ("img_001" -> img, 001), and "mask001" as two. Words for labels and for images
/// (img, scan, volume, dicom ...) are left out; so are the words of a folder that the name of the
/// file begins with ("p1/p1_t1").
NameWords name_words(const std::filesystem::path& path);

/// Words with '_' between them.
std::string joined_words(const std::vector<std::string>& words);

/// Whether a word names a kind of scan: t1, flair, ct, lge ...
bool is_modality(const std::string& word);

}  // namespace medcl
