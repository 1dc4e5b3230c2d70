// SPDX-License-Identifier: Apache-2.0
#pragma once

// Messages from the library. Nothing below app/ prints; the program installs a sink.

#include <functional>
#include <string>

namespace medcl {

enum class LogLevel { kDebug, kInfo, kWarning };

using LogSink = std::function<void(LogLevel, const std::string&)>;

/// Replaces the sink (default: discard). Call before any thread that logs is started.
void set_log_sink(LogSink sink);

/// Safe from any thread; calls to the sink never overlap.
void log(LogLevel level, const std::string& message);

}  // namespace medcl
