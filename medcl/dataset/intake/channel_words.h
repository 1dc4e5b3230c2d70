// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the names of images tell channels apart. Part of plan_intake.

#include <string>
#include <vector>

namespace medcl {

/// Which word of every image names its channel.
struct ChannelWords {
  std::vector<std::string> names;  ///< of the channels, in order; empty: nothing names any
  /// For every image the place of its word; -1 for an image that names none of them.
  std::vector<int> places;
};

/// `wanted`: the names of the channels where the user said them; else, in this order: four digits
/// at the end that every case has alike, more than eight of them only where every case so named has
/// one label file (`labels`, joined words of label files): else they are frames or slices; names of
/// modalities, last words that every case has alike. Modalities that not every case has are taken
/// too: the plan says what is missing. No word is one of a channel where two images of one case
/// have labels of their own ("t1", "t1_seg", "t2" ...).
ChannelWords find_channel_words(const std::vector<std::vector<std::string>>& images,
                                const std::vector<std::string>& wanted,
                                const std::vector<std::string>& labels);

}  // namespace medcl
