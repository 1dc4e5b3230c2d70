// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which case a file was probably meant for when its name is not quite that of the case. Only ever
// the ground of a message: nothing is read under a name that is merely near.

#include <optional>
#include <string>
#include <vector>

namespace medcl {

class NearNames {
 public:
  explicit NearNames(const std::vector<std::string>& ids);

  /// The one name that `stem` (a file name without its ending) nearly is:
  /// - "<id>_0000": the channel number of an image;
  /// - equal but for upper and lower case, separators, leading zeros, accents and how they are
  ///   encoded (NFC or NFD), and words such as "label", "seg", "mask", "gt", "scribble";
  /// - one followed by words of the other ("anna" and "anna_LGE"), never by a further number;
  /// - for names of five letters and more: one or two letters apart, with the same numbers.
  /// None when no name, or more than one, is as near as that. Linear in the number of names.
  [[nodiscard]] std::optional<std::string> find(const std::string& stem) const;

 private:
  struct Name {
    std::string id;
    std::vector<std::string> tokens;
    std::string letters, numbers;
  };
  static Name parse(const std::string& id);
  static int distance_class(const Name& a, const Name& b);
  [[nodiscard]] std::optional<std::string> nearest(const std::string& stem) const;

  std::vector<Name> names_;
};

/// Whether a word, in small letters, says that a file holds labels: "seg", "mask", "label" ...
bool is_label_word(const std::string& word);

/// True when the two names look the same but are other bytes: accents written as one character
/// (NFC) or as two (NFD).
bool look_alike(const std::string& a, const std::string& b);

}  // namespace medcl
