# SPDX-License-Identifier: Apache-2.0
# The libtorch inside a Python wheel, by its files. The wheel's own CMake package asks for the CUDA
# toolkit it was built with; programs that compile no CUDA code need only headers and libraries.
# Input: MEDCL_TORCH_WHEEL, the folder site-packages/torch. Output: the target medcl_torch.
set(medcl_torch_lib ${MEDCL_TORCH_WHEEL}/lib)
foreach(needed ${MEDCL_TORCH_WHEEL}/include/torch/csrc/api/include/torch/torch.h ${medcl_torch_lib}/libtorch_cpu.so)
  if(NOT EXISTS ${needed})
    message(FATAL_ERROR "MEDCL_TORCH_WHEEL is not the folder of a torch wheel: ${needed} is missing")
  endif()
endforeach()

add_library(medcl_torch INTERFACE)
target_include_directories(medcl_torch SYSTEM INTERFACE
                           ${MEDCL_TORCH_WHEEL}/include ${MEDCL_TORCH_WHEEL}/include/torch/csrc/api/include)
set(medcl_torch_files "")
foreach(name torch torch_cpu torch_cuda c10 c10_cuda)
  if(EXISTS ${medcl_torch_lib}/lib${name}.so)
    list(APPEND medcl_torch_files ${medcl_torch_lib}/lib${name}.so)
  endif()
endforeach()
# libtorch_cuda registers its kernels when it is loaded, though no symbol of it is used. Libraries of
# NVIDIA that it needs are found when the program starts, through paths stored in the wheel's files.
# libtorch_cpu exports functions of std::filesystem from the old libstdc++ that it was built with; taken
# from there, remove_all jumps to nowhere. The system's libstdc++ comes first, so that its own are found.
target_link_libraries(medcl_torch INTERFACE
                      -Wl,--no-as-needed -lstdc++ ${medcl_torch_files} -Wl,--as-needed)
target_link_options(medcl_torch INTERFACE
                    -Wl,--unresolved-symbols=ignore-in-shared-libs -Wl,-rpath,${medcl_torch_lib})

# Recording work on a GPU (kernels/cuda/graph.h) takes headers of CUDA's runtime, which the wheel comes with, and
# one folder of headers more (package nvidia-cuda-crt). Without them kernels are started one by one.
find_path(MEDCL_CUDA_INCLUDE crt/host_config.h
          PATHS ${MEDCL_TORCH_WHEEL}/../nvidia/cu13/include NO_DEFAULT_PATH)
find_library(MEDCL_CUDART NAMES libcudart.so.13 PATHS ${MEDCL_TORCH_WHEEL}/../nvidia/cu13/lib NO_DEFAULT_PATH)
if(MEDCL_CUDA_INCLUDE AND MEDCL_CUDART AND EXISTS ${MEDCL_CUDA_INCLUDE}/cuda_runtime_api.h)
  target_include_directories(medcl_torch SYSTEM INTERFACE ${MEDCL_CUDA_INCLUDE})
  target_compile_definitions(medcl_torch INTERFACE MEDCL_CUDA_GRAPHS)
  target_link_libraries(medcl_torch INTERFACE ${MEDCL_CUDART})
else()
  message(STATUS "No headers of CUDA's runtime (package nvidia-cuda-crt): built without CUDA graphs")
endif()
