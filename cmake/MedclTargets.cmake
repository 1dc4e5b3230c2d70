# SPDX-License-Identifier: Apache-2.0
# One static library and one test binary per folder. A folder's sources are its *.cc files,
# its tests are its *_test.cc files; adding a file needs no edit here.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# No program carries a search path for libraries: CMake pads the one of a build tree with empty entries, and an empty
# entry is the folder in which somebody starts the program. Libraries that lie in none of the system's folders are
# named where they are found (MedclDependencies, MedclTorchWheel), by absolute paths.
set(CMAKE_SKIP_RPATH ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(MEDCL_CCACHE ccache)
if(MEDCL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MEDCL_CCACHE})
endif()

add_library(medcl_flags INTERFACE)
# Warnings are for this project only; a program that links an installed MedCL chooses its own.
# GCC 12 warns about its own std::string in C++20 (PR 105651), hence -Wno-restrict.
set(medcl_warnings -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<BOOL:${MEDCL_WERROR}>:-Werror>)
target_compile_options(medcl_flags INTERFACE "$<BUILD_INTERFACE:${medcl_warnings}>")
target_compile_features(medcl_flags INTERFACE cxx_std_20)
# What hardens a program that reads files of strangers, where the compiler has it (tests/structure/hardening.sh).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(medcl_hardening -fstack-protector-strong $<$<CONFIG:Release>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND medcl_hardening -fcf-protection)
  endif()
  target_compile_options(medcl_flags INTERFACE "$<BUILD_INTERFACE:${medcl_hardening}>")
  target_link_options(medcl_flags INTERFACE $<BUILD_INTERFACE:LINKER:-z,relro,-z,now,-z,noexecstack>)
endif()
target_include_directories(medcl_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)

# Reading libtorch's headers takes most of the time of a compilation; all torch users share one copy.
function(medcl_use_torch_pch target)
  if(MEDCL_PCH)
    target_precompile_headers(${target} REUSE_FROM medcl_torch_pch)
    # A precompiled header is only taken over when the code model is the same: libraries have -fPIC,
    # and programs would have -fPIE.
    # ccache would hash the whole 600 MB header for every file, which costs more than it saves.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF CXX_COMPILER_LAUNCHER "")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# The other folders have the same for the standard library, JSON and, in tests, GoogleTest. It is off where ccache
# helps more: on a developer's machine.
function(medcl_make_plain_pch)
  set(standard <algorithm> <array> <cmath> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <optional> <set>
      <span> <sstream> <string> <string_view> <utility> <vector> <nlohmann/json.hpp>)
  foreach(name plain test)
    set(source ${CMAKE_BINARY_DIR}/${name}_pch.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Owns a precompiled header.\n")
    add_library(medcl_${name}_pch STATIC ${source})
    target_link_libraries(medcl_${name}_pch PRIVATE medcl_flags nlohmann_json::nlohmann_json)
    target_precompile_headers(medcl_${name}_pch PRIVATE ${standard})
  endforeach()
  target_link_libraries(medcl_test_pch PRIVATE medcl_test_main)
  target_precompile_headers(medcl_test_pch PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  target_compile_options(medcl_test_pch PRIVATE ${MEDCL_TEST_OPTIONS})
endfunction()
if(MEDCL_PLAIN_PCH)
  medcl_make_plain_pch()
endif()

# medcl_use_plain_pch(TARGET plain|test)
function(medcl_use_plain_pch target name)
  if(MEDCL_PLAIN_PCH)
    target_precompile_headers(${target} REUSE_FROM medcl_${name}_pch)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF CXX_COMPILER_LAUNCHER "")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# What `./run asan light` builds: the unit tests of the folders without libtorch.
add_custom_target(tests_without_torch)

# medcl_library(NAME LINK public... PRIVATE_LINK private... [TORCH])
function(medcl_library name)
  cmake_parse_arguments(ARG "TORCH" "" "LINK;PRIVATE_LINK" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/medcl/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc ${folder}/*/*.cc ${folder}/*/*/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(target medcl_${name})
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/headers_only.cc)
    file(CONFIGURE OUTPUT ${sources} CONTENT "// For folders that hold only headers.\n")
  endif()
  add_library(${target} STATIC ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME ${name})
  add_library(medcl::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC medcl_flags ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(ARG_TORCH)
    target_link_libraries(${target} PUBLIC medcl_torch)
    medcl_use_torch_pch(${target})
  else()
    medcl_use_plain_pch(${target} plain)
  endif()
  set_property(GLOBAL APPEND PROPERTY MEDCL_LIBRARIES ${target})
  if(MEDCL_TESTS AND tests)
    add_executable(test_${name} ${tests})
    target_link_libraries(test_${name} PRIVATE ${target} medcl_test_main)
    target_compile_definitions(test_${name} PRIVATE MEDCL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND test_${name})
    if(ARG_TORCH)
      medcl_use_torch_pch(test_${name})
    else()
      # Not with libtorch: its precompiled header takes no other optimisation.
      target_compile_options(test_${name} PRIVATE ${MEDCL_TEST_OPTIONS})
      medcl_use_plain_pch(test_${name} test)
      add_dependencies(tests_without_torch test_${name})
      set_tests_properties(${name} PROPERTIES LABELS without_torch)
    endif()
  endif()
endfunction()
