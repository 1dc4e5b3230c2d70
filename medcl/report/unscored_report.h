// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page about predictions that nobody has reference labels for.

#include <string>

#include "medcl/report/report.h"

namespace medcl {

/// The page as HTML text: pictures, volumes in ml and what is unusual. `inputs.predictions` is
/// needed; the dataset is not.
/// @throws Error(kUsage) without predictions; else as read_predictions and case_gallery.
std::string build_unscored_report(const ReportInputs& inputs, const ReportProgress& progress);

}  // namespace medcl
