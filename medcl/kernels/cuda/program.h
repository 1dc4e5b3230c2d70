// SPDX-License-Identifier: Apache-2.0
#pragma once

// CUDA kernels without a CUDA toolkit: their source is compiled for the card at hand by NVRTC,
// which comes with every libtorch that has CUDA, and loaded through NVIDIA's driver. Both libraries
// are opened when a kernel is first asked for, so that one build of the sources serves machines
// with and without a GPU.

#include <torch/torch.h>

#include <map>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

namespace medcl::fast::cuda {

struct Grid {
  unsigned blocks = 1;
  unsigned threads_x = 1, threads_y = 1;
  unsigned shared_bytes = 0;
};

/// The kernels of one source. Safe from any thread; an instance serves every card.
class Program {
 public:
  /// `source`: CUDA C++ without includes, kept by the caller; `name`: for messages.
  Program(const char* source, std::string name) : source_(source), name_(std::move(name)) {}

  /// Whether kernels can be launched on the card: compiles on the first call (seconds). Where they
  /// cannot, says why in the log, once.
  bool available(const torch::Device& device);

  /// Starts an extern "C" kernel on libtorch's current stream of the card. The arguments must have
  /// exactly the types of the kernel's parameters.
  /// @throws Error(kFailure) when the driver refuses.
  template <typename... Arguments>
  void launch(const torch::Device& device, const std::string& kernel, const Grid& grid,
              const Arguments&... arguments) {
    static_assert((std::is_trivially_copyable_v<Arguments> && ...));
    // The driver reads the arguments and does not write them.
    std::vector<void*> pointers{const_cast<void*>(static_cast<const void*>(&arguments))...};
    launch_with(device, kernel, grid, pointers.data());
  }

 private:
  struct Module {
    void* handle = nullptr;  ///< null: not available
    std::map<std::string, void*> functions;
  };

  Module& module_on(const torch::Device& device);
  void launch_with(const torch::Device& device, const std::string& kernel, const Grid& grid,
                   void** arguments);

  const char* source_;
  std::string name_;
  std::mutex mutex_;
  std::map<int, Module> modules_;
};

}  // namespace medcl::fast::cuda
