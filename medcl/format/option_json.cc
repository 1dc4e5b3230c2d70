// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/option_json.h"

namespace medcl {

Json value_json(const Option& option) {
  struct Visitor {
    Json operator()(const ChoiceField& field) const { return field.name(); }
    template <typename Field>
    Json operator()(const Field* field) const {
      return *field;
    }
  };
  return std::visit(Visitor{}, option.field);
}

}  // namespace medcl
