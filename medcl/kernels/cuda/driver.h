// SPDX-License-Identifier: Apache-2.0
#pragma once

// The few functions of NVIDIA's driver and of NVRTC that Program needs, found at run time.
//
// Source: CUDA Driver API and NVRTC reference manuals; the declarations are those of the C
// interface, whose names and types are stable across CUDA 11 to 13.

#include <cstddef>
#include <string>

namespace medcl::fast::cuda {

using Result = int;  ///< 0 = success, in both libraries

struct Driver {
  Result (*get_device)(int* device, int ordinal) = nullptr;
  Result (*get_attribute)(int* value, int attribute, int device) = nullptr;
  Result (*current_context)(void** context) = nullptr;
  Result (*set_context)(void* context) = nullptr;
  Result (*retain_context)(void** context, int device) = nullptr;
  Result (*load_module)(void** module, const void* image) = nullptr;
  Result (*get_function)(void** function, void* module, const char* name) = nullptr;
  Result (*launch)(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                   void* stream, void** parameters, void** extra) = nullptr;
  Result (*error_text)(Result result, const char** text) = nullptr;
};

struct Compiler {
  Result (*version)(int* major, int* minor) = nullptr;
  Result (*create)(void** program, const char* source, const char* name, int headers,
                   const char** texts, const char** names) = nullptr;
  Result (*compile)(void* program, int count, const char** options) = nullptr;
  Result (*destroy)(void** program) = nullptr;
  Result (*log_size)(void* program, std::size_t* size) = nullptr;
  Result (*log)(void* program, char* text) = nullptr;
  Result (*cubin_size)(void* program, std::size_t* size) = nullptr;
  Result (*cubin)(void* program, char* image) = nullptr;
};

struct Libraries {
  Driver driver;
  Compiler compiler;
  std::string missing;  ///< why they cannot be used; empty when they can
};

/// Opened on the first call.
const Libraries& libraries();

}  // namespace medcl::fast::cuda
