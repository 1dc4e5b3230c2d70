// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/option_json.h"

namespace medcl {
namespace {

struct Visitor {
  Json operator()(const ChoiceField& field) const { return field.name(); }
  template <typename Field>
  Json operator()(const Field* field) const {
    return *field;
  }
};

}  // namespace

Json value_json(const Option& option) { return std::visit(Visitor{}, option.field); }

}  // namespace medcl
