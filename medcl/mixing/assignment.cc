// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/assignment.h"

#include <limits>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// Rows are assigned one after the other along a shortest path of costs that are reduced by the
/// potentials of rows and columns. Column n stands for the row that is being assigned.
class Assignment {
 public:
  Assignment(const std::vector<double>& cost, std::size_t n)
      : cost_(cost), n_(n), row_of_(n + 1, n), of_row_(n, 0), of_column_(n + 1, 0) {}

  void assign(std::size_t row) {
    row_of_[n_] = row;
    distance_.assign(n_ + 1, std::numeric_limits<double>::infinity());
    from_.assign(n_ + 1, n_);
    done_.assign(n_ + 1, false);
    std::size_t column = n_;
    while (row_of_[column] != n_) column = step(column);
    while (column != n_) {
      row_of_[column] = row_of_[from_[column]];
      column = from_[column];
    }
  }

  [[nodiscard]] std::vector<std::int64_t> columns() const {
    std::vector<std::int64_t> column(n_);
    for (std::size_t j = 0; j < n_; ++j) column[row_of_[j]] = static_cast<std::int64_t>(j);
    return column;
  }

 private:
  /// From the row of a column to the nearest column that is not done.
  std::size_t step(std::size_t column) {
    done_[column] = true;
    const std::size_t row = row_of_[column];
    double nearest = std::numeric_limits<double>::infinity();
    std::size_t next = n_;
    for (std::size_t j = 0; j < n_; ++j) {
      if (done_[j]) continue;
      const double reduced = cost_[row * n_ + j] - of_row_[row] - of_column_[j];
      if (reduced < distance_[j]) {
        distance_[j] = reduced;
        from_[j] = column;
      }
      if (distance_[j] < nearest) {
        nearest = distance_[j];
        next = j;
      }
    }
    for (std::size_t j = 0; j <= n_; ++j) {
      if (done_[j]) {
        of_row_[row_of_[j]] += nearest;
        of_column_[j] -= nearest;
      } else {
        distance_[j] -= nearest;
      }
    }
    return next;
  }

  const std::vector<double>& cost_;
  std::size_t n_;
  std::vector<std::size_t> row_of_;  ///< of a column; n: none
  std::vector<double> of_row_, of_column_;
  std::vector<double> distance_;
  std::vector<std::size_t> from_;
  std::vector<bool> done_;
};

}  // namespace

std::vector<std::int64_t> cheapest_assignment(const std::vector<double>& cost, std::int64_t n) {
  check(std::ssize(cost) == n * n, "a cost for every row and column");
  Assignment assignment(cost, static_cast<std::size_t>(n));
  for (std::size_t row = 0; row < static_cast<std::size_t>(n); ++row) assignment.assign(row);
  return assignment.columns();
}

}  // namespace medcl
