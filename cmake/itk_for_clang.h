// SPDX-License-Identifier: Apache-2.0
// Debian's ITK knows only the compiler that it was built with. While it looks, clang is the g++
// that it imitates.
#pragma once
#pragma push_macro("__clang__")
#pragma push_macro("__GNUC__")
#undef __clang__
#undef __GNUC__
#define __GNUC__ 12
#include <itk_compiler_detection.h>
#pragma pop_macro("__GNUC__")
#pragma pop_macro("__clang__")
