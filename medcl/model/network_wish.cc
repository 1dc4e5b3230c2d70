// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/network_wish.h"

#include <set>

#include "medcl/core/error.h"
#include "medcl/core/names.h"

namespace medcl {
namespace {

bool grants(const std::string& network, const NetworkWish& wish) {
  try {
    return make_network(NetworkOptions(network), {.wish = wish}, 0) != nullptr;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUsage) throw;
    return false;
  }
}

std::set<std::string> networks_that_grant(const NetworkWish& wish) {
  std::set<std::string> names;
  for (const NetworkEntry& entry : networks()) {
    if (grants(entry.name, wish)) names.insert(entry.name);
  }
  return names;
}

}  // namespace

std::string wish_in_words(const NetworkWish& wish) {
  std::string text;
  const auto add = [&text](bool wished, const char* words) {
    if (wished) text += (text.empty() ? "" : ", ") + std::string(words);
  };
  add(wish.further_decoders == 1, "a second decoder");
  add(wish.further_decoders > 1, "further decoders");
  add(wish.deep_supervision, "coarser logits");
  add(wish.features || wish.deepest_features, "its features");
  return text;
}

void require_plain_wish(const std::string& network, const NetworkWish& wish) {
  const std::string missing = wish_in_words(wish);
  if (missing.empty()) return;
  fail(ErrorCode::kUsage, {.what = "the network does not give " + missing,
                           .where = "network.name",
                           .expected = "a network that gives it",
                           .found = network});
}

void require_granted(const std::string& network, const NetworkWish& wish,
                     const std::string& method) {
  const std::string wished = wish_in_words(wish);
  if (wished.empty() || grants(network, wish)) return;
  fail(ErrorCode::kUsage, {.what = "method " + method + " needs " + wished +
                                   ", which the network " + network + " does not have",
                           .where = "network.name",
                           .expected = join_names(networks_that_grant(wish)),
                           .found = network,
                           .remedy = "choose another network, or another method"});
}

}  // namespace medcl
