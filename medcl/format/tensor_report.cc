// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/tensor_report.h"

#include "medcl/core/error.h"
#include "medcl/format/tensor_file.h"

namespace medcl {

Json TensorReport::to_json() const {
  Json shapes = Json::array();
  for (const Misshaped& one : misshaped) {
    shapes.push_back({{"name", one.name}, {"expected", one.expected}, {"found", one.found}});
  }
  return {{"missing", missing}, {"unexpected", unexpected}, {"misshaped", shapes}};
}

TensorReport compare_tensors(const TensorMap& given, const TensorMap& wanted) {
  TensorReport report;
  for (const auto& [name, view] : wanted) {
    const auto found = given.find(name);
    if (found == given.end()) {
      report.missing.push_back(name);
    } else if (found->second.shape != view.shape) {
      report.misshaped.push_back({name, shape_text(view.shape), shape_text(found->second.shape)});
    }
  }
  for (const auto& [name, view] : given) {
    if (wanted.count(name) == 0) report.unexpected.push_back(name);
  }
  return report;
}

TensorMap rename_tensors(const TensorMap& tensors, const std::optional<std::string>& prefix,
                         const std::string& where) {
  TensorMap renamed;
  bool used = !prefix || prefix->empty();
  for (const auto& [name, view] : tensors) {
    std::string short_name = prefix ? name : canonical_name(name);
    if (prefix && name.starts_with(*prefix)) {
      short_name.erase(0, prefix->size());
      used = true;
    }
    if (!renamed.emplace(short_name, view).second) {
      fail(ErrorCode::kUsage, {.what = "two tensors would be named \"" + short_name + "\"",
                               .where = where,
                               .remedy = "choose one part of the file with --strip PREFIX, or keep "
                                         "all names with --strip \"\""});
    }
  }
  if (!used) {
    fail(ErrorCode::kUsage,
         {.what = "no tensor has the prefix of --strip",
          .where = where,
          .expected = "\"" + *prefix + "\"",
          .found = tensors.empty() ? "no tensors" : "\"" + tensors.begin()->first + "\""});
  }
  return renamed;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t side : shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(side);
  }
  return text.empty() ? "scalar" : text;
}

std::int64_t element_count(const TensorMap& tensors) {
  std::int64_t count = 0;
  for (const auto& [name, view] : tensors) {
    count += static_cast<std::int64_t>(view.bytes.size() / size_of(view.dtype));
  }
  return count;
}

}  // namespace medcl
