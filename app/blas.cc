// SPDX-License-Identifier: Apache-2.0
#include "app/blas.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "app/address_space.h"

namespace medcl {
namespace {

constexpr int kOwnThreads = 1;  // what openblas_get_parallel() says of the build with pthreads

template <typename Function>
Function* find_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// The name of OpenBLAS's kernels that suit this processor; null where the default is as good.
const char* fitting_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

bool uses_wide_registers(std::string_view kernels) {
  constexpr std::array<std::string_view, 6> kWide{"Haswell",  "Zen",        "Excavator",
                                                  "SkylakeX", "Cooperlake", "SapphireRapids"};
  return std::find(kWide.begin(), kWide.end(), kernels) != kWide.end();
}

void choose_kernels(char** argv) {
  auto* const name_of_kernels = find_function<const char*()>("openblas_get_corename");
  const char* wanted = fitting_kernels();
  if (name_of_kernels == nullptr || wanted == nullptr ||
      std::getenv("OPENBLAS_CORETYPE") != nullptr || uses_wide_registers(name_of_kernels())) {
    return;
  }
  setenv("OPENBLAS_CORETYPE", wanted, /*overwrite=*/1);
  execv("/proc/self/exe", argv);  // where that fails, the slow kernels compute the same
}

void limit_threads() {
  auto* const kind_of_threads = find_function<int()>("openblas_get_parallel");
  auto* const set_threads = find_function<void(int)>("openblas_set_num_threads");
  if (kind_of_threads != nullptr && set_threads != nullptr && kind_of_threads() == kOwnThreads &&
      std::getenv("OPENBLAS_NUM_THREADS") == nullptr) {
    set_threads(1);
  }
}

/// OpenBLAS keeps the buffers that it once took, so that no product has to wait for one.
void take_buffers() {
  auto* const take = find_function<void*(int)>("blas_memory_alloc");
  auto* const give_back = find_function<void(void*)>("blas_memory_free");
  if (take == nullptr || give_back == nullptr || !is_address_space_limited()) return;
  std::vector<void*> buffers(threads_of_blas(environ));
  for (void*& buffer : buffers) {
    require_address_space(kBlasBufferBytes);
    buffer = take(0);
  }
  for (void* buffer : buffers) give_back(buffer);
}

}  // namespace

void prepare_blas(char** argv) {
  choose_kernels(argv);
  limit_threads();
  take_buffers();
}

}  // namespace medcl
