// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/graph.h"

#include "medcl/core/error.h"
#include "medcl/kernels/cuda/device_index.h"

#ifdef MEDCL_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace medcl::fast::cuda {
#ifdef MEDCL_CUDA_GRAPHS

struct GraphMemory::Impl {
  explicit Impl(c10::DeviceIndex device)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)) {}
  c10::cuda::CUDAStream stream;  ///< a gradient is recorded on the stream of what it is of
  c10::MempoolId_t pool = at::cuda::graph_pool_handle();
};

GraphMemory::GraphMemory(const torch::Device& device)
    : impl_(std::make_unique<Impl>(index_of(device))) {
  torch::cuda::synchronize();
  c10::cuda::CUDACachingAllocator::emptyCache();
}

struct Graph::Impl {
  at::cuda::CUDAGraph graph;
};

bool Graph::available() { return true; }

Graph::Graph(GraphMemory& memory, const std::function<void()>& work)
    : impl_(std::make_unique<Impl>()) {
  torch::cuda::synchronize();
  const c10::cuda::CUDAStreamGuard guard(memory.impl_->stream);
  // Other threads go on with theirs meanwhile.
  impl_->graph.capture_begin(memory.impl_->pool, cudaStreamCaptureModeThreadLocal);
  try {
    work();
  } catch (...) {
    try {
      impl_->graph.capture_end();
    } catch (const c10::Error&) {  // the first failure says more
    }
    throw;
  }
  impl_->graph.capture_end();
}

void Graph::replay() { impl_->graph.replay(); }

#else

struct GraphMemory::Impl {};
struct Graph::Impl {};

bool Graph::available() { return false; }

GraphMemory::GraphMemory(const torch::Device& /*device*/) {}

Graph::Graph(GraphMemory& /*memory*/, const std::function<void()>& /*work*/) {
  check(false, "a graph needs available()");
}

void Graph::replay() {}

#endif

GraphMemory::~GraphMemory() = default;
Graph::~Graph() = default;

}  // namespace medcl::fast::cuda
