// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether this build is watched by AddressSanitizer or ThreadSanitizer.

namespace medcl {

/// They reserve terabytes of addresses for their records: limits of the address space, and
/// measurements of it, then mean nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kAddressSpaceIsShadowed = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kAddressSpaceIsShadowed = true;
#else
inline constexpr bool kAddressSpaceIsShadowed = false;
#endif
#else
inline constexpr bool kAddressSpaceIsShadowed = false;
#endif

}  // namespace medcl
