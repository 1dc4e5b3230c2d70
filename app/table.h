// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every table that a verb prints.

#include <functional>

#include "app/console.h"
#include "medcl/report/table.h"

namespace medcl {

/// Ink of a cell; rows and columns count from 0, without the header.
using CellInk = std::function<Ink(std::size_t row, std::size_t column)>;

/// On standard output, in the width of the terminal (width_of). Takes the status line away first.
void print_table(const Table& table, const CellInk& ink = nullptr);

/// Lines of text on standard output, wrapped to its width; those behind the first are indented by
/// `hanging` more than `indent`.
void print_wrapped(const std::string& text, std::size_t indent = 0, std::size_t hanging = 2);

}  // namespace medcl
