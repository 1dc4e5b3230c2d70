// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the loops of fused normalisation do with single values. Internal to kernels: everything
// is inlined into loops that are compiled for each kind of processor.

#include <bit>
#include <cstdint>

#include "medcl/kernels/row_kernels.h"

#define MEDCL_ALWAYS_INLINE __attribute__((always_inline))
#define MEDCL_INLINE inline MEDCL_ALWAYS_INLINE

// Before a loop whose iterations touch different memory.
#if defined(__clang__)
#define MEDCL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define MEDCL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define MEDCL_INDEPENDENT
#endif

namespace medcl::fast {

MEDCL_INLINE float load(float value) { return value; }
MEDCL_INLINE float load(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

MEDCL_INLINE void store(float value, float& to) { to = value; }
MEDCL_INLINE void store(float value, BFloat16& to) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t even = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;  // round to nearest even
  to.bits = static_cast<std::uint16_t>(value != value ? 0x7FC0U : even);
}

/// Of a value that memory can hold as it is.
MEDCL_INLINE void store_exact(float value, float& to) { to = value; }
MEDCL_INLINE void store_exact(float value, BFloat16& to) {
  to.bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
}

/// Source: finaliser of MurmurHash3 (A. Appleby, public domain).
MEDCL_INLINE std::uint32_t hash(std::uint32_t index, std::uint32_t key) {
  std::uint32_t h = (index * 0x9E3779B1U) ^ key;
  h = (h ^ (h >> 16)) * 0x85EBCA6BU;
  h = (h ^ (h >> 13)) * 0xC2B2AE35U;
  return h ^ (h >> 16);
}

/// Factor of dropout and of the slope of LeakyReLU at z. kDrops: whether anything is dropped out at
/// all, which the loops are told at compile time.
template <bool kDrops>
MEDCL_INLINE float gate(float z, float slope, const Dropout& dropout, std::uint32_t index) {
  const float rectified = z > 0 ? 1.0F : slope;
  if constexpr (!kDrops) return rectified;
  return hash(index, dropout.key) < dropout.threshold ? 0.0F : rectified * dropout.scale;
}

}  // namespace medcl::fast
