// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/winograd_levels.h"

#include <cstdlib>
#include <string_view>

#ifdef MEDCL_HAS_WINOGRAD
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace medcl::fast::winograd {

bool is_allowed(std::string_view most, std::string_view level) {
  if (most == "SSE41" || most == "AVX") return false;
  if (most.starts_with("AVX2")) return level == "AVX2";
  if (most == "AVX512_CORE" || most == "AVX512_CORE_VNNI") {
    return level == "AVX2" || level == "AVX512";
  }
  if (most == "AVX512_CORE_BF16" || most == "AVX512_CORE_FP16") return level != "AMX";
  return true;
}

namespace {

#ifdef MEDCL_HAS_WINOGRAD

bool is_allowed_here(std::string_view level) {
  const char* const cap = std::getenv("ONEDNN_MAX_CPU_ISA");
  const char* const old_cap = std::getenv("DNNL_MAX_CPU_ISA");
  return is_allowed(cap != nullptr ? cap : old_cap != nullptr ? old_cap : "ALL", level);
}

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0;
}

/// Linux keeps the registers of matrix units from a process that does not ask for them.
bool may_use_tiles() {
#ifdef __linux__
  constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

bool processor_has_amx() {
  constexpr unsigned kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;  // leaf 7, EDX
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAmxBf16) != 0 &&
         (edx & kAmxTile) != 0;
}

#endif

}  // namespace

bool has_matrix_units() {
#ifdef MEDCL_HAS_WINOGRAD
  static const bool result = has_avx512() && __builtin_cpu_supports("avx512bf16") != 0 &&
                             is_allowed_here("AMX") && processor_has_amx() && may_use_tiles();
  return result;
#else
  return false;
#endif
}

template <>
const std::vector<Loops<float>>& loops<float>() {
  static const std::vector<Loops<float>> result = [] {
    std::vector<Loops<float>> found;
#ifdef MEDCL_HAS_WINOGRAD
    if (has_avx512() && is_allowed_here("AVX512")) found.push_back(avx512_loops());
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
        is_allowed_here("AVX2")) {
      found.push_back(avx2_loops());
    }
#endif
    return found;
  }();
  return result;
}

template <>
const std::vector<Loops<BFloat16>>& loops<BFloat16>() {
  static const std::vector<Loops<BFloat16>> result = [] {
    std::vector<Loops<BFloat16>> found;
#ifdef MEDCL_HAS_WINOGRAD
    if (has_avx512() && __builtin_cpu_supports("avx512bf16") != 0 && !has_matrix_units() &&
        is_allowed_here("AVX512_BF16")) {
      found.push_back(avx512_bf16_loops());
      found.push_back(avx512_bf16_narrow_loops());
    }
#endif
    return found;
  }();
  return result;
}

}  // namespace medcl::fast::winograd
