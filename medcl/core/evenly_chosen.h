// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace medcl {

/// At most `most` of `items`, in their order and evenly spread; all of them where they are no more.
template <class Item>
std::vector<Item> evenly_chosen(const std::vector<Item>& items, std::size_t most) {
  if (items.size() <= most) return items;
  std::vector<Item> chosen;
  for (std::size_t i = 0; i < most; ++i) chosen.push_back(items[i * items.size() / most]);
  return chosen;
}

}  // namespace medcl
