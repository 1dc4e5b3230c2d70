// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/networks.h"

#include <algorithm>

#include "medcl/core/entries.h"
#include "medcl/core/error.h"
#include "medcl/model/libtorch_state.h"

// A line for each kind of network: its file defines `NetworkEntry NAME_network()`.
#define MEDCL_NETWORKS(NETWORK) \
  NETWORK(unet)                 \
  NETWORK(unet_valid)           \
  NETWORK(resunet)              \
  NETWORK(plainconvunet)        \
  NETWORK(sam)

namespace medcl {

#define MEDCL_DECLARE(name) NetworkEntry name##_network();
MEDCL_NETWORKS(MEDCL_DECLARE)
#undef MEDCL_DECLARE

namespace {

std::vector<NetworkEntry>& all_networks() {
#define MEDCL_MAKE(name) name##_network(),
  static std::vector<NetworkEntry> all{MEDCL_NETWORKS(MEDCL_MAKE)};
#undef MEDCL_MAKE
  return all;
}

}  // namespace

const std::vector<NetworkEntry>& networks() { return all_networks(); }

AddedNetwork::AddedNetwork(const NetworkEntry& entry) : name_(entry.name) {
  const auto names = network_names();
  check(std::ranges::find(names, name_) == names.end(), "a network of this name is there already");
  all_networks().push_back(entry);
}

AddedNetwork::~AddedNetwork() {
  std::erase_if(all_networks(), [this](const NetworkEntry& entry) { return entry.name == name_; });
}

std::vector<std::string> network_names() { return names_of(networks()); }

const NetworkEntry& network_entry(const std::string& name) {
  return entry_of(networks(), name, "network");
}

NetworkOptions::NetworkOptions() : NetworkOptions(networks().front().name) {}

NetworkOptions::NetworkOptions(const std::string& kind, const std::vector<std::string>& settings)
    : name(kind), own(network_entry(kind).options()) {
  take_settings(*this, settings, "network");
}

void NetworkOptions::describe(OptionTable table) {
  table.add("network.name", name, help_of(networks(), "network"), network_names());
  table.rename("network.backbone", "network.name");
  own.describe(table.scope(entry().scope));
}

void NetworkOptions::settle(const NetworkSurroundings& around) {
  if (entry().settle != nullptr) entry().settle(own, around);
}

NetworkOptions NetworkOptions::without_files() const {
  NetworkOptions options = *this;
  if (entry().forget_files != nullptr) entry().forget_files(options.own);
  return options;
}

std::shared_ptr<Network> make_network(const NetworkOptions& options, const NetworkShape& shape,
                                      std::uint64_t seed) {
  const SeededGenerators generators(seed, torch::kCPU);  // constructors of modules draw
  return options.entry().make(options.own, shape, seed);
}

}  // namespace medcl
