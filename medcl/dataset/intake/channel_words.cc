// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/channel_words.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <set>

#include "medcl/core/formatted.h"
#include "medcl/core/names.h"
#include "medcl/dataset/intake/name_words.h"

namespace medcl {
namespace {

using Words = std::vector<std::string>;
using IsChannel = std::function<bool(const std::string& word)>;

constexpr std::size_t kMostNumbered = 8;  // more may be frames or slices, not channels

bool all_digits(const std::string& word) {
  return std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The last word that is one of a channel, anywhere or only at the end.
int place_of(const Words& words, const IsChannel& is_channel, bool only_last) {
  for (int n = static_cast<int>(words.size()) - 1; n >= 0; --n) {
    if (is_channel(words[static_cast<std::size_t>(n)])) return n;
    if (only_last) break;
  }
  return -1;
}

std::string without(Words words, int place) {
  words.erase(words.begin() + place);
  return folded_name(joined_words(words));
}

/// Case -> its channels, of the images that name one.
std::map<std::string, std::set<std::string>> channels_by_case(const std::vector<Words>& images,
                                                              const std::vector<int>& places) {
  std::map<std::string, std::set<std::string>> by_case;
  for (std::size_t n = 0; n < images.size(); ++n) {
    if (places[n] < 0) continue;
    by_case[without(images[n], places[n])].insert(
        folded_name(images[n][static_cast<std::size_t>(places[n])]));
  }
  return by_case;
}

ChannelWords found(const std::vector<Words>& images, const IsChannel& is_channel, bool only_last) {
  ChannelWords result;
  std::set<std::string> names;
  for (const Words& words : images) {
    const int place = place_of(words, is_channel, only_last);
    result.places.push_back(place);
    if (place >= 0) names.insert(folded_name(words[static_cast<std::size_t>(place)]));
  }
  result.names.assign(names.begin(), names.end());
  return result;
}

/// Whether every image names a channel, and every case the same ones.
bool is_complete(const std::vector<Words>& images, const ChannelWords& channels) {
  const auto by_case = channels_by_case(images, channels.places);
  return std::count(channels.places.begin(), channels.places.end(), -1) == 0 &&
         std::all_of(by_case.begin(), by_case.end(),
                     [&](const auto& one) { return one.second.size() == channels.names.size(); });
}

/// "0000", "0001" ... at the end, the same for every case, of which there are several.
bool are_numbers(const std::vector<Words>& images, const ChannelWords& numbers,
                 const std::set<std::string>& labelled) {
  const std::size_t count = numbers.names.size();
  const auto by_case = channels_by_case(images, numbers.places);
  const bool may_be_channels =
      count <= kMostNumbered || std::all_of(by_case.begin(), by_case.end(), [&](const auto& one) {
        return labelled.count(one.first) > 0;
      });
  return count > 0 && may_be_channels && is_complete(images, numbers) &&
         numbers.names.front() == "0000" &&
         numbers.names.back() == formatted("%04d", static_cast<int>(count) - 1) &&
         (by_case.size() > 1 || count == 1) && by_case.count("") == 0;
}

/// Whether two images of one case have a label file each: what tells them apart is no channel then.
bool are_labelled_apart(const std::vector<Words>& images, const ChannelWords& channels,
                        const std::set<std::string>& labelled) {
  std::map<std::string, int> labelled_images;
  for (std::size_t n = 0; n < images.size(); ++n) {
    if (channels.places[n] < 0 || labelled.count(folded_name(joined_words(images[n]))) == 0)
      continue;
    if (++labelled_images[without(images[n], channels.places[n])] > 1) return true;
  }
  return false;
}

/// The words of `wanted` in its order and as they are written there.
ChannelWords in_order(ChannelWords channels, const std::vector<std::string>& wanted) {
  channels.names = wanted;
  return channels;
}

}  // namespace

ChannelWords find_channel_words(const std::vector<Words>& images,
                                const std::vector<std::string>& wanted,
                                const std::vector<std::string>& labels) {
  if (!wanted.empty()) {
    const auto is_wanted = [&](const std::string& word) {
      return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
        return folded_name(one) == folded_name(word);
      });
    };
    return in_order(found(images, is_wanted, false), wanted);
  }
  const ChannelWords numbers = found(
      images, [](const std::string& word) { return word.size() == 4 && all_digits(word); }, true);
  std::set<std::string> labelled;
  for (const std::string& one : labels) labelled.insert(folded_name(one));
  if (are_numbers(images, numbers, labelled)) return numbers;
  ChannelWords modalities = found(images, is_modality, false);
  const auto named = channels_by_case(images, modalities.places);
  const bool several = std::any_of(named.begin(), named.end(),
                                   [](const auto& one) { return one.second.size() > 1; });
  const bool all = !modalities.names.empty() && is_complete(images, modalities);
  if ((several || all) && !are_labelled_apart(images, modalities, labelled)) return modalities;
  const ChannelWords last = found(
      images, [](const std::string& word) { return !all_digits(word); }, true);
  const auto by_case = channels_by_case(images, last.places);
  if (last.names.size() > 1 && by_case.size() > 1 && by_case.count("") == 0 &&
      is_complete(images, last) && !are_labelled_apart(images, last, labelled)) {
    return last;
  }
  return {{}, std::vector<int>(images.size(), -1)};
}

}  // namespace medcl
