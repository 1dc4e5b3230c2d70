// SPDX-License-Identifier: Apache-2.0
#pragma once

// The kinds of networks by name, and the one that a run or a model has.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "medcl/model/network_entry.h"

namespace medcl {

/// Every kind, in the order in which help shows them. The reference to an entry holds until a kind
/// is added or removed.
const std::vector<NetworkEntry>& networks();
std::vector<std::string> network_names();
/// @throws Error(kUsage) naming the kinds that there are.
const NetworkEntry& network_entry(const std::string& name);

/// One more kind for as long as this object lives, which is longer than anything that was made of
/// it and longer than other threads ask for kinds: for tests and programs with a network of their
/// own.
class AddedNetwork {
 public:
  /// @throws Error(kFailure) when there is a kind of this name.
  explicit AddedNetwork(const NetworkEntry& entry);
  ~AddedNetwork();
  AddedNetwork(const AddedNetwork&) = delete;
  AddedNetwork& operator=(const AddedNetwork&) = delete;

 private:
  std::string name_;
};

/// A kind of network and its options.
struct NetworkOptions {
  std::string name;
  AnyOptions own;

  /// The first kind, with its options as they are by default.
  NetworkOptions();
  /// `settings`: "network.width=4" and so on. @throws Error(kUsage) for an unknown kind or setting.
  NetworkOptions(const std::string& kind, const std::vector<std::string>& settings = {});

  /// The name as network.name, and the options of this kind. A name that is set through the table
  /// leaves `own` as it is: those of another kind come from another object.
  void describe(OptionTable table);
  [[nodiscard]] const NetworkEntry& entry() const { return network_entry(name); }
  [[nodiscard]] NetworkTraits traits() const { return entry().traits(own); }
  /// @throws as NetworkEntry::settle.
  void settle(const NetworkSurroundings& around);
  /// The same network, to be filled with weights that are at hand.
  [[nodiscard]] NetworkOptions without_files() const;
};

/// @throws Error(kUsage) for an unknown kind; as NetworkEntry::make.
std::shared_ptr<Network> make_network(const NetworkOptions& options, const NetworkShape& shape,
                                      std::uint64_t seed);
/// @throws Error(kUsage) naming `network` unless `wish` is for extra outputs alone.
void require_plain_wish(const std::string& network, const NetworkWish& wish);

}  // namespace medcl
