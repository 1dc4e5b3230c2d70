// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tables as text for other programs.

#include <string>

#include "medcl/report/table.h"

namespace medcl {

/// A table of GitHub's Markdown, the caption in a paragraph before it.
std::string to_markdown(const Table& table);
/// A table environment with the rules of booktabs. Characters that LaTeX reserves are escaped, the
/// sign ± is typeset in mathematical mode.
std::string to_latex(const Table& table);
/// RFC 4180 without the caption; lines end with a newline alone.
std::string to_csv(const Table& table);

}  // namespace medcl
