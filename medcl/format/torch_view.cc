// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_view.h"

#include <cstring>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::size_t kMostDimensions = 64;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "") {
  fail(ErrorCode::kIo, {.what = what, .where = where, .expected = expected, .found = found});
}

std::vector<std::int64_t> numbers(const TorchPickle& pickle, std::uint32_t tuple, const char* what,
                                  const std::string& where) {
  const auto& items = pickle.items[tuple];
  if (items.size() > kMostDimensions) {
    refuse(where, "too many dimensions", "at most 64", std::to_string(items.size()));
  }
  std::vector<std::int64_t> values;
  for (const PickleValue& item : items) {
    if (item.kind != PickleKind::kInt || item.number < 0) {
      refuse(where, std::string(what) + " is not a whole number", "0 or more",
             item.kind == PickleKind::kInt ? std::to_string(item.number) : "");
    }
    values.push_back(item.number);
  }
  return values;
}

std::uint64_t row_major_bytes(const StridedView& view, const std::string& where) {
  std::uint64_t bytes = size_of(view.dtype);
  for (const std::int64_t size : view.sizes) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      refuse(where, "sizes overflow");
    }
  }
  return bytes;
}

/// Bytes from the start of the storage to the end of the last element.
std::uint64_t extent(const StridedView& view, const std::string& where) {
  const auto width = static_cast<std::uint64_t>(size_of(view.dtype));
  auto last = static_cast<std::uint64_t>(view.offset);
  bool overflow = false;
  for (std::size_t i = 0; view.bytes > 0 && i < view.sizes.size(); ++i) {
    std::uint64_t step = 0;
    overflow |= __builtin_mul_overflow(static_cast<std::uint64_t>(view.sizes[i] - 1),
                                       static_cast<std::uint64_t>(view.strides[i]), &step);
    overflow |= __builtin_add_overflow(last, step, &last);
  }
  overflow |= view.bytes > 0 && __builtin_add_overflow(last, std::uint64_t{1}, &last);
  overflow |= __builtin_mul_overflow(last, width, &last);
  if (overflow) refuse(where, "offset and strides overflow");
  return last;
}

}  // namespace

bool StridedView::is_row_major() const {
  std::int64_t step = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (sizes[i] != 1 && strides[i] != step) return false;
    step *= sizes[i];
  }
  return true;
}

StridedView check_view(const TorchPickle& pickle, const TorchTensor& tensor,
                       std::uint64_t storage_bytes, const std::string& where) {
  StridedView view;
  view.dtype = tensor.dtype;
  view.offset = tensor.offset;
  view.sizes = numbers(pickle, tensor.sizes, "size", where);
  view.strides = numbers(pickle, tensor.strides, "stride", where);
  if (view.sizes.size() != view.strides.size()) {
    refuse(where, "sizes and strides differ in number", std::to_string(view.sizes.size()),
           std::to_string(view.strides.size()));
  }
  view.bytes = row_major_bytes(view, where);
  const std::uint64_t needed = extent(view, where);
  if (needed > storage_bytes) {
    refuse(where, "tensor ends beyond its storage",
           "at most " + std::to_string(storage_bytes) + " bytes", std::to_string(needed));
  }
  return view;
}

std::vector<std::uint8_t> copy_view(const StridedView& view,
                                    std::span<const std::uint8_t> storage) {
  std::vector<std::uint8_t> copy(view.bytes);
  const std::size_t width = size_of(view.dtype);
  const std::size_t rank = view.sizes.size();
  std::vector<std::int64_t> at(rank, 0);
  auto element = static_cast<std::uint64_t>(view.offset);  // wraps where a stride is never used
  for (std::size_t to = 0; to < copy.size(); to += width) {
    std::memcpy(copy.data() + to, storage.data() + element * width, width);
    for (std::size_t i = rank; i-- > 0;) {
      const auto stride = static_cast<std::uint64_t>(view.strides[i]);
      element += stride;
      if (++at[i] < view.sizes[i]) break;
      element -= stride * static_cast<std::uint64_t>(at[i]);
      at[i] = 0;
    }
  }
  return copy;
}

}  // namespace medcl
