// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/driver.h"

#include <dlfcn.h>

#include <filesystem>
#include <initializer_list>

namespace medcl::fast::cuda {
namespace {

/// The first library that opens. libtorch's stub is linked with both NVRTC and the driver, and
/// knows where the wheel keeps them.
void* open_first(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (void* library = dlopen(name, RTLD_NOW | RTLD_GLOBAL)) return library;
  }
  return nullptr;
}

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool find_driver(void* library, Driver& driver) {
  return find(library, "cuDeviceGet", driver.get_device) &&
         find(library, "cuDeviceGetAttribute", driver.get_attribute) &&
         find(library, "cuCtxGetCurrent", driver.current_context) &&
         find(library, "cuCtxSetCurrent", driver.set_context) &&
         find(library, "cuDevicePrimaryCtxRetain", driver.retain_context) &&
         find(library, "cuModuleLoadData", driver.load_module) &&
         find(library, "cuModuleGetFunction", driver.get_function) &&
         find(library, "cuLaunchKernel", driver.launch) &&
         find(library, "cuGetErrorString", driver.error_text);
}

bool find_compiler(void* library, Compiler& compiler) {
  return find(library, "nvrtcVersion", compiler.version) &&
         find(library, "nvrtcCreateProgram", compiler.create) &&
         find(library, "nvrtcCompileProgram", compiler.compile) &&
         find(library, "nvrtcDestroyProgram", compiler.destroy) &&
         find(library, "nvrtcGetProgramLogSize", compiler.log_size) &&
         find(library, "nvrtcGetProgramLog", compiler.log) &&
         find(library, "nvrtcGetCUBINSize", compiler.cubin_size) &&
         find(library, "nvrtcGetCUBIN", compiler.cubin);
}

/// NVRTC opens its builtins by name alone; a library that is loaded already is found by that name.
void open_builtins(const Compiler& compiler) {
  Dl_info info;
  int major = 0, minor = 0;
  if (dladdr(reinterpret_cast<void*>(compiler.version), &info) == 0 ||
      compiler.version(&major, &minor) != 0) {
    return;
  }
  const auto folder = std::filesystem::path(info.dli_fname).parent_path();
  const std::string name =
      "libnvrtc-builtins.so." + std::to_string(major) + "." + std::to_string(minor);
  (void)dlopen((folder / name).c_str(), RTLD_NOW | RTLD_GLOBAL);
}

Libraries open_libraries() {
  Libraries found;
  void* const driver = open_first({"libcuda.so.1"});
  void* const compiler = open_first({"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12",
                                     "libnvrtc.so.11.2", "libnvrtc.so"});
  if (driver == nullptr || !find_driver(driver, found.driver)) {
    found.missing = "NVIDIA's driver (libcuda.so.1) cannot be opened";
  } else if (compiler == nullptr || !find_compiler(compiler, found.compiler)) {
    found.missing = "NVRTC (libnvrtc, part of CUDA) cannot be opened";
  } else {
    open_builtins(found.compiler);
  }
  return found;
}

}  // namespace

const Libraries& libraries() {
  static const Libraries opened = open_libraries();
  return opened;
}

}  // namespace medcl::fast::cuda
