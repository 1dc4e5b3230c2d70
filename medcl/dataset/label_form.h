// SPDX-License-Identifier: Apache-2.0
#pragma once

// How dataset.json writes its labels: from name to number, or the other way round.

#include "medcl/format/json.h"

namespace medcl {

/// Whether `labels` goes from number to name, {"0": "background", "1": "LV"}, as in version 1 of
/// nnU-Net and in the Decathlon. False for an empty object and for anything but an object.
bool is_from_number_to_name(const Json& labels);

}  // namespace medcl
