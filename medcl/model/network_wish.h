// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a network gives what a method wishes for, before anything long begins.

#include <string>

#include "medcl/model/networks.h"

namespace medcl {

/// What is wished for beside more outputs: "a second decoder"; empty: nothing.
std::string wish_in_words(const NetworkWish& wish);

/// A kind of network is asked by making one as it is by default, where something is wished for at
/// all: that takes as long as to draw its weights. `method`: whose wish it is.
/// @throws Error(kUsage) naming method, wish, network, and the networks that grant it.
void require_granted(const std::string& network, const NetworkWish& wish,
                     const std::string& method);

}  // namespace medcl
