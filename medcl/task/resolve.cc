// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/format/toml.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

/// Options of a run whose components are these, and their table.
struct Described {
  RunOptions options;
  OptionTable table;

  Described(const std::string& network, const std::string& method, const MoreOptions& more = {}) {
    options.network = NetworkOptions(network);
    options.method = MethodOptions(method, options.network.traits().prompts);
    options.describe(table);
    if (more.describe) more.describe(table);
  }
  Described(const Described&) = delete;
  Described& operator=(const Described&) = delete;
};

/// Options that earlier versions wrote into the files of every run and that no longer are.
struct Retired {
  double number = 0;
  OptionTable table;
  Retired() {
    table.add("pce.weight_dice", number, "now weight.scribble_dice of the method pce", 0, 1000);
    table.add("pce.balance", number, "now scribble.balance of the method pce", 0, 1);
  }
};

std::vector<std::unique_ptr<Described>> all_described() {
  std::vector<std::unique_ptr<Described>> all;
  for (const std::string& network : network_names()) {
    for (const std::string& method : method_names()) {
      all.push_back(std::make_unique<Described>(network, method));
    }
  }
  return all;
}

/// The options of components that are not chosen: made when one is asked for, once for all passes.
class Strangers {
 public:
  /// `run`: whose components are chosen; null where that is not known yet.
  OptionTable* find(const std::string& name, const RunOptions* run) {
    // A run of pce would go on with other values than it began with.
    const bool may_be_retired = run == nullptr || run->method.name != "pce";
    if (may_be_retired && retired_.table.find(name) != nullptr) return &retired_.table;
    if (all_.empty()) all_ = all_described();
    for (const auto& one : all_) {
      if (one->table.find(name) != nullptr) return &one->table;
    }
    return nullptr;
  }

 private:
  Retired retired_;
  std::vector<std::unique_ptr<Described>> all_;
};

/// Where a preset, a file and settings come from.
struct Sources {
  const std::string& preset;
  const std::filesystem::path& config_file;
  const std::vector<std::string>& settings;
  const MoreOptions& more;
};

[[noreturn]] void refuse_stranger(const Described& run, const std::string& name) {
  fail(ErrorCode::kUsage,
       {.what = "option " + name + " belongs to another network or method",
        .where = "--set",
        .expected = "an option of method " + run.options.method.name + " and network " +
                    run.options.network.name,
        .remedy = "leave it out, or choose the one that has it: --method, --network"});
}

/// `only_names`: which components are chosen is not known yet, and what belongs to others is no
/// fault.
void apply(Described& run, const Sources& sources, Strangers& strangers, bool only_names) {
  const OtherTables others = [&](const std::string& name) {
    return strangers.find(name, only_names ? nullptr : &run.options);
  };
  if (!sources.preset.empty()) {
    apply_toml(run.table, preset_text(sources.preset), "preset " + sources.preset, others);
  }
  apply_toml(run.table, sources.more.defaults, "defaults", others);
  if (!sources.config_file.empty()) apply_toml_file(run.table, sources.config_file, others);
  for (const std::string& setting : sources.settings) {
    const auto [name, value] = split_setting(setting, "--set");
    OptionTable* stranger = run.table.find(name) == nullptr ? others(name) : nullptr;
    if (stranger != nullptr && !only_names) refuse_stranger(run, name);
    (stranger != nullptr ? *stranger : run.table).set(name, value, "--set");
  }
}

/// Which networks and which methods have an option.
struct Owners {
  std::set<std::string> networks, methods;

  [[nodiscard]] std::string text() const {
    const bool any_network = networks.size() == network_names().size();
    const bool any_method = methods.size() == method_names().size();
    std::string of = any_method ? "" : "method " + join_names(methods);
    if (!any_network) of += (of.empty() ? "network " : " on network ") + join_names(networks);
    return of;
  }
};

}  // namespace

RunOptions resolve_options(const std::string& preset, const std::filesystem::path& config_file,
                           const std::vector<std::string>& settings, const MoreOptions& more) {
  const Sources sources{preset, config_file, settings, more};
  const RunOptions defaults;
  Described names(defaults.network.name, defaults.method.name, more);
  std::string& network = names.options.network.name;
  network.clear();
  Strangers strangers;
  apply(names, sources, strangers, /*only_names=*/true);
  if (network.empty()) network = method_entry(names.options.method.name).network;
  if (network.empty()) network = defaults.network.name;
  Described run(network, names.options.method.name, more);
  apply(run, sources, strangers, /*only_names=*/false);
  return run.options;
}

void for_each_option(const std::function<void(const Option&, const std::string& of)>& take) {
  // The same name with another meaning or default is another option.
  using Key = std::pair<std::string, std::string>;
  const auto all = all_described();
  const auto key_of = [](const Option& option) {
    const bool is_name = option.name == "network.name" || option.name == "method.name";
    return Key{option.name, is_name ? "" : option.value_text() + option.help};
  };
  std::map<Key, Owners> owners;
  for (const auto& one : all) {
    for (const Option& option : one->table.options()) {
      Owners& of = owners[key_of(option)];
      of.networks.insert(one->options.network.name);
      of.methods.insert(one->options.method.name);
    }
  }
  std::set<Key> seen;
  for (const auto& one : all) {
    for (const Option& option : one->table.options()) {
      const Key key = key_of(option);
      if (seen.insert(key).second) take(option, owners[key].text());
    }
  }
}

}  // namespace medcl
