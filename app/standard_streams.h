// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace medcl {

/// Opens those of the descriptors 0, 1 and 2 that are closed (`medcl ... >&- 2>&-`) on /dev/null.
/// To be called before anything else is opened: a file would get such a number, and everything that
/// is printed would be written into it. SQLite does the same.
void open_standard_streams();

}  // namespace medcl
