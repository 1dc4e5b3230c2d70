// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/all_methods.h"

#include "medcl/core/entries.h"
#include "medcl/model/libtorch_state.h"

// A line for each method: its file defines `MethodEntry NAME_method()`.
#define MEDCL_METHODS(METHOD) \
  METHOD(medcl)               \
  METHOD(pce)                 \
  METHOD(mixup)               \
  METHOD(cutout)              \
  METHOD(cutmix)              \
  METHOD(puzzlemix)           \
  METHOD(comixup)             \
  METHOD(cyclemix)            \
  METHOD(shapepu)             \
  METHOD(nnpu)                \
  METHOD(cvir)                \
  METHOD(mean_teacher)        \
  METHOD(scribblevs)          \
  METHOD(sdt_net)             \
  METHOD(wsl4)                \
  METHOD(dmsps)               \
  METHOD(modelmix)            \
  METHOD(nnunet2d)            \
  METHOD(fullsup)

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

std::vector<std::string> method_names() { return names_of(all_methods()); }

const MethodEntry& method_entry(const std::string& name) {
  return entry_of(all_methods(), name, "method");
}

MethodOptions::MethodOptions() : MethodOptions(all_methods().front().name, /*prompts=*/false) {}

MethodOptions::MethodOptions(const std::string& method, bool prompts,
                             const std::vector<std::string>& settings)
    : name(method), own(method_entry(method).options(prompts)) {
  take_settings(*this, settings, "method");
}

void MethodOptions::describe(OptionTable table) {
  table.add("method.name", name, help_of(all_methods(), "how to learn from the scribbles"),
            method_names());
  own.describe(table);
}

std::unique_ptr<Method> make_method(const MethodOptions& options, const MethodContext& context) {
  const SeededGenerators generators(context.seed, torch::kCPU);  // constructors of modules draw
  return options.entry().make(options.own, context);
}

}  // namespace medcl
