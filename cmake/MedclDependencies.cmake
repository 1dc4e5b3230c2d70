# SPDX-License-Identifier: Apache-2.0
# Everything found here is a Debian 12 package, except that any libtorch >= 1.13 may be given, as a
# CMake package (Torch_DIR) or as the folder of a Python wheel (MEDCL_TORCH_WHEEL).
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers alone: Boost.Graph

if(MEDCL_TORCH_WHEEL)
  include(MedclTorchWheel)
else()
  find_package(Torch REQUIRED)
  add_library(medcl_torch INTERFACE)
  # Torch's own list carries warnings of its headers and, in some releases, -D_GLIBCXX_USE_CXX11_ABI.
  target_include_directories(medcl_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(medcl_torch INTERFACE ${TORCH_LIBRARIES})
  separate_arguments(medcl_torch_options UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(medcl_torch INTERFACE ${medcl_torch_options})
  get_filename_component(medcl_torch_lib ${TORCH_LIBRARY} REALPATH)
  get_filename_component(medcl_torch_lib ${medcl_torch_lib} DIRECTORY)
  if(NOT medcl_torch_lib IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    target_link_options(medcl_torch INTERFACE -Wl,-rpath,${medcl_torch_lib})
  endif()
endif()

# at::parallel_for is a template that runs serially in a file compiled without OpenMP. Clang would bring a second
# OpenMP runtime beside libtorch's (libgomp): its builds (fuzzing, linting) stay serial.
if(MEDCL_LINT)
  # To clang 14, c10::IValue is incomplete in a vector where other headers of libtorch come first.
  target_compile_options(medcl_torch INTERFACE -include ATen/core/ivalue.h)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(medcl_torch INTERFACE -fopenmp)
  target_link_options(medcl_torch INTERFACE -fopenmp)
endif()

if(MEDCL_PCH)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/torch_pch.cc
       CONTENT "// Owns the precompiled torch header that every torch user shares.\n")
  add_library(medcl_torch_pch STATIC ${CMAKE_BINARY_DIR}/torch_pch.cc)
  target_link_libraries(medcl_torch_pch PUBLIC medcl_flags medcl_torch)
  target_precompile_headers(medcl_torch_pch PRIVATE <torch/torch.h>)
endif()

set(MEDCL_ITK_TARGET "")
if(MEDCL_ITK)
  # Debian's GDCM lists command line tools that live in another package; that is no news to anyone.
  set(CMAKE_MESSAGE_LOG_LEVEL NOTICE)
  set(MEDCL_ITK_COMPONENTS ITKCommon ITKIOImageBase ITKIONRRD ITKIOMeta ITKIOPNG ITKIOTIFF ITKIOJPEG ITKIOGDCM ITKGDCM ITKImageIntensity)
  find_package(ITK 5.2 REQUIRED COMPONENTS ${MEDCL_ITK_COMPONENTS})
  unset(CMAKE_MESSAGE_LOG_LEVEL)
  add_library(medcl_itk INTERFACE)
  target_include_directories(medcl_itk SYSTEM INTERFACE ${ITK_INCLUDE_DIRS})
  target_link_directories(medcl_itk INTERFACE ${ITK_LIBRARY_DIRS})
  target_link_libraries(medcl_itk INTERFACE ${ITK_LIBRARIES})
  target_compile_definitions(medcl_itk INTERFACE MEDCL_HAS_ITK=1)
  if(MEDCL_LINT OR CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(medcl_itk INTERFACE "$<BUILD_INTERFACE:SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/itk_for_clang.h>")
  endif()
  set(MEDCL_ITK_TARGET medcl_itk)
endif()

set(MEDCL_HDF5_TARGET "")
if(MEDCL_HDF5)
  enable_language(C)
  find_package(HDF5 COMPONENTS C REQUIRED)
  add_library(medcl_hdf5 INTERFACE)
  target_include_directories(medcl_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(medcl_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
  target_compile_definitions(medcl_hdf5 INTERFACE MEDCL_HAS_HDF5=1)
  set(MEDCL_HDF5_TARGET medcl_hdf5)
endif()

if(MEDCL_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  add_library(medcl_test_main INTERFACE)
  target_link_libraries(medcl_test_main INTERFACE GTest::gmock GTest::gtest GTest::gtest_main)
endif()
