// SPDX-License-Identifier: Apache-2.0
#pragma once

// Damage to a file, decided by a key alone, so that any mutant can be made again.

#include "medcl/core/random.h"
#include "tests/hostile/craft.h"

namespace medcl::hostile {

/// One to four changes: bits, bytes, numbers at the edge of their range, lost, doubled, inserted
/// and exchanged ranges; in texts also digits and words.
Bytes mutate(Bytes bytes, RandomStream& random);

}  // namespace medcl::hostile
