// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/program.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/kernels/cuda/device_index.h"
#include "medcl/kernels/cuda/driver.h"

namespace medcl::fast::cuda {
namespace {

constexpr int kComputeMajor = 75, kComputeMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*

std::string text_of(Result result) {
  const char* text = nullptr;
  const bool known = libraries().driver.error_text(result, &text) == 0 && text != nullptr;
  return "error " + std::to_string(result) + (known ? std::string(" (") + text + ")" : "");
}

void require(Result result, const char* what, const std::string& where) {
  if (result != 0) {
    fail(ErrorCode::kFailure, {.what = std::string(what) + " failed on the GPU",
                               .where = where,
                               .expected = "success",
                               .found = text_of(result),
                               .remedy = "set train.fused=false to use libtorch's own kernels"});
  }
}

/// libtorch's stream, or nothing when this libtorch does not tell it.
template <typename Stream>
std::optional<void*> native_stream(const Stream& stream) {
  if constexpr (requires { stream.native_handle(); }) {
    return stream.native_handle();
  } else {
    return stream.id() == 0 ? std::optional<void*>(nullptr) : std::nullopt;  // 0: CUDA's default
  }
}

std::optional<void*> current_stream(const torch::Device& device) {
  return native_stream(c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(device));
}

/// libtorch works in the primary context; a thread that has not called it yet has none.
void make_context_current(int device) {
  const Driver& driver = libraries().driver;
  void* context = nullptr;
  if (driver.current_context(&context) == 0 && context != nullptr) return;
  require(driver.retain_context(&context, device), "cuDevicePrimaryCtxRetain", "context");
  require(driver.set_context(context), "cuCtxSetCurrent", "context");
}

std::string compiler_log(void* program) {
  std::size_t size = 0;
  if (libraries().compiler.log_size(program, &size) != 0) return "";
  std::string log(size, '\0');
  libraries().compiler.log(program, log.data());
  return log.substr(0, log.find('\0'));
}

/// The source as machine code of the card; `reason` says why there is none.
std::vector<char> compiled(const char* source, const std::string& name, int device,
                           std::string& reason) {
  const Compiler& compiler = libraries().compiler;
  int major = 0, minor = 0;
  libraries().driver.get_attribute(&major, kComputeMajor, device);
  libraries().driver.get_attribute(&minor, kComputeMinor, device);
  const std::string target =
      "--gpu-architecture=sm_" + std::to_string(major) + std::to_string(minor);
  const char* options[] = {target.c_str(), "-std=c++17"};
  void* program = nullptr;
  std::vector<char> image;
  if (compiler.create(&program, source, name.c_str(), 0, nullptr, nullptr) != 0) {
    reason = "NVRTC could not take the source";
    return image;
  }
  std::size_t size = 0;
  if (compiler.compile(program, 2, options) != 0) {
    reason = "NVRTC says: " + compiler_log(program);
  } else if (compiler.cubin_size(program, &size) != 0 || size == 0) {
    reason = "NVRTC made no code for " + target;
  } else {
    image.resize(size);
    if (compiler.cubin(program, image.data()) != 0) image.clear();
  }
  compiler.destroy(&program);
  return image;
}

}  // namespace

Program::Module& Program::module_on(const torch::Device& device) {
  const std::lock_guard lock(mutex_);
  const int ordinal = index_of(device);
  const auto [entry, is_new] = modules_.try_emplace(ordinal);
  Module& module = entry->second;
  if (!is_new) return module;
  std::string reason = libraries().missing;
  if (reason.empty() && !current_stream(device)) reason = "this libtorch does not tell its stream";
  int handle = 0;
  if (reason.empty() && libraries().driver.get_device(&handle, ordinal) != 0) {
    reason = "the driver does not know the card";
  }
  if (reason.empty()) {
    make_context_current(handle);
    const std::vector<char> image = compiled(source_, name_, handle, reason);
    if (!image.empty()) {
      const Result result = libraries().driver.load_module(&module.handle, image.data());
      if (result != 0) reason = "loading gave " + text_of(result);
    }
  }
  if (!reason.empty()) {
    log(LogLevel::kWarning, "the fused GPU kernels \"" + name_ +
                                "\" cannot be used, libtorch's own (slower) are: " + reason);
  }
  return module;
}

bool Program::available(const torch::Device& device) {
  return device.is_cuda() && module_on(device).handle != nullptr;
}

void Program::launch_with(const torch::Device& device, const std::string& kernel, const Grid& grid,
                          void** arguments) {
  Module& module = module_on(device);
  check(module.handle != nullptr, "launch needs available()");
  make_context_current(index_of(device));
  void* function = nullptr;
  {
    const std::lock_guard lock(mutex_);
    function = module.functions[kernel];
    if (function == nullptr) {
      require(libraries().driver.get_function(&function, module.handle, kernel.c_str()),
              "cuModuleGetFunction", kernel);
      module.functions[kernel] = function;
    }
  }
  require(libraries().driver.launch(function, grid.blocks, 1, 1, grid.threads_x, grid.threads_y, 1,
                                    grid.shared_bytes, *current_stream(device), arguments, nullptr),
          "cuLaunchKernel", kernel);
}

}  // namespace medcl::fast::cuda
