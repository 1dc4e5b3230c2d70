// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work on a GPU that is recorded once and then started as a whole. Where kernels are small,
// starting them one by one takes longer than their work.
//
// Source: NVIDIA, CUDA C++ Programming Guide, "CUDA Graphs".

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace medcl::fast::cuda {

/// The memory that some graphs of a GPU work in. It stays theirs until the last of them is gone.
class GraphMemory {
 public:
  /// Gives what libtorch keeps of freed memory back first, so that the graphs can have it.
  explicit GraphMemory(const torch::Device& device);
  GraphMemory(const GraphMemory&) = delete;
  GraphMemory& operator=(const GraphMemory&) = delete;
  ~GraphMemory();

 private:
  friend class Graph;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Graph {
 public:
  /// Whether this build can record: it was compiled with the headers of CUDA's runtime.
  static bool available();

  /// Records what `work` asks the GPU to do, from this thread; nothing of it happens. The work must
  /// not wait for the GPU, and finds its inputs and leaves its results where they were when it was
  /// recorded. It may reuse what earlier graphs of the same memory left free: they must be replayed
  /// in the order in which they were recorded.
  /// @throws c10::Error where something cannot be recorded.
  Graph(GraphMemory& memory, const std::function<void()>& work);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// Starts the work on libtorch's current stream.
  void replay();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace medcl::fast::cuda
