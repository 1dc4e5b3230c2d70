// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/all_methods.h"

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/model/libtorch_state.h"

// A line for each method: its file defines `MethodEntry NAME_method()`.
#define MEDCL_METHODS(METHOD) \
  METHOD(medcl)               \
  METHOD(pce)                 \
  METHOD(mixup)

namespace medcl {

#define MEDCL_DECLARE(name) MethodEntry name##_method();
MEDCL_METHODS(MEDCL_DECLARE)
#undef MEDCL_DECLARE

const std::vector<MethodEntry>& all_methods() {
#define MEDCL_MAKE(name) name##_method(),
  static const std::vector<MethodEntry> kAll{MEDCL_METHODS(MEDCL_MAKE)};
#undef MEDCL_MAKE
  return kAll;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) names.push_back(entry.name);
  return names;
}

const MethodEntry& method_entry(const std::string& name) {
  for (const MethodEntry& entry : all_methods()) {
    if (entry.name == name) return entry;
  }
  const auto names = method_names();
  fail(ErrorCode::kUsage, {.what = "unknown method",
                           .where = "method.name",
                           .expected = join_names({names.begin(), names.end()}),
                           .found = name});
}

MethodOptions::MethodOptions() : MethodOptions(all_methods().front().name, /*prompts=*/false) {}

MethodOptions::MethodOptions(const std::string& method, bool prompts,
                             const std::vector<std::string>& settings)
    : name(method), own(method_entry(method).options(prompts)) {
  OptionTable table;
  describe(table);
  for (const std::string& setting : settings) {
    const auto [key, value] = split_setting(setting, "method");
    table.set(key, value, "method");
  }
}

void MethodOptions::describe(OptionTable table) {
  std::string help = "how to learn from the scribbles";
  for (const MethodEntry& entry : all_methods()) {
    help += (&entry == &all_methods().front() ? ": " : "; ") + entry.name + " (" + entry.help + ")";
  }
  table.add("method.name", name, help, method_names());
  own.describe(table);
}

std::unique_ptr<Method> make_method(const MethodOptions& options, const MethodContext& context) {
  const SeededGenerators generators(context.seed, torch::kCPU);  // constructors of modules draw
  return options.entry().make(options.own, context);
}

}  // namespace medcl
