// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/format/json_text.h"
#include "medcl/format/safetensors.h"

namespace medcl {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr const char* kMetadataKey = "__metadata__";

bool bytes_fit(const TensorView& view) {
  std::uint64_t bytes = size_of(view.dtype);
  for (const std::int64_t side : view.shape) {
    if (side < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes)) {
      return false;
    }
  }
  return bytes == view.bytes.size();
}

Json header_of(const std::vector<std::pair<std::string, const TensorView*>>& order,
               const std::map<std::string, std::string>& metadata, const std::string& file) {
  Json header = Json::object();
  if (!metadata.empty()) {
    header[kMetadataKey] = metadata;
  }
  std::uint64_t used = 0;
  for (const auto& [name, view] : order) {
    const std::string where = file + ": tensor \"" + name + "\"";
    if (name == kMetadataKey || !bytes_fit(*view)) {
      fail(ErrorCode::kFailure,
           {.what = "name, shape and bytes do not fit together", .where = where});
    }
    Json info = {{"dtype", name_of(view->dtype)},
                 {"shape", view->shape},
                 {"data_offsets", {used, used + view->bytes.size()}}};
    static_cast<std::vector<std::pair<const std::string, Json>>&>(header.get_ref<Json::object_t&>())
        .emplace_back(name, std::move(info));
    used += view->bytes.size();
  }
  return header;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, const TensorView*>> order;
  for (const auto& [name, view] : tensors) {
    order.emplace_back(name, &view);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return size_of(a.second->dtype) > size_of(b.second->dtype);
  });
  std::string header = json_text(header_of(order, metadata, path.string()));
  header.resize((header.size() + 7) / 8 * 8, ' ');
  write_atomically(path, [&](WritableFile& file) {
    std::array<std::uint8_t, kLengthBytes> length{};
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      length[i] = static_cast<std::uint8_t>(header.size() >> (8 * i));
    }
    file.append(length);
    file.append({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
    for (const auto& [name, view] : order) {
      file.append(view->bytes);
    }
  });
}

}  // namespace medcl
