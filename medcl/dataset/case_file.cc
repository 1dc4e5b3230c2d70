// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_file.h"

#include <cstdio>
#include <vector>

#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "key";
constexpr const char* kChecksum = "crc32c";

std::uint32_t add_text(const std::string& text, std::uint32_t before) {
  return crc32c({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, before);
}

/// Of all metadata but the checksum, and of names, types, shapes and bytes of the tensors.
std::string checksum_of(const std::map<std::string, TensorView>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::uint32_t value = 0;
  for (const auto& [name, text] : metadata) {
    if (name != kChecksum) value = add_text(name + "=" + text + "\n", value);
  }
  for (const auto& [name, view] : tensors) {
    std::string head = name + " " + name_of(view.dtype);
    for (const std::int64_t side : view.shape) head += " " + std::to_string(side);
    value = crc32c(view.bytes, add_text(head + "\n", value));
  }
  char text[16];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

std::string entry_of(const SafetensorsFile& file, const char* name) {
  const auto found = file.metadata().find(name);
  return found == file.metadata().end() ? "" : found->second;
}

bool has_shape(const SafetensorsFile& file, const std::string& name, DType dtype,
               const std::vector<std::int64_t>& shape) {
  return file.contains(name) && file.at(name).dtype == dtype && file.at(name).shape == shape;
}

/// False when the file does not say what is known of its labels.
bool take_label_facts(StoredCase& stored, std::int64_t classes) {
  const auto kept = kept_from_text(entry_of(stored.file, "kept"), classes);
  const auto habit = habit_from_text(entry_of(stored.file, "habit"));
  if (!kept || !habit) return false;
  stored.kept = *kept;
  stored.habit = *habit;
  return true;
}

/// False when the tensors are not those of a prepared case.
bool take_shapes(StoredCase& stored, bool labelled, std::int64_t classes) {
  if (!stored.file.contains("image")) return false;
  const std::vector<std::int64_t> shape = stored.file.at("image").shape;
  if (shape.size() != 4 || !has_shape(stored.file, "image", DType::kF32, shape) ||
      !has_shape(stored.file, "categories", DType::kU8, {shape[0], classes}) ||
      (labelled && !has_shape(stored.file, "labels", DType::kU8, {shape[0], shape[2], shape[3]}))) {
    return false;
  }
  stored.slices = shape[0];
  stored.channels = shape[1];
  stored.plane = {shape[3], shape[2]};
  return !labelled || take_label_facts(stored, classes);
}

}  // namespace

CaseFile open_case_file(const fs::path& path, const std::string& id, const std::string& key,
                        bool labelled, std::int64_t classes) {
  if (!is_there(path)) return {};
  CaseFile result{.state = CaseFileState::kDamaged, .stored = {}};
  try {
    result.stored.file = SafetensorsFile::open(path);
  } catch (const Error&) {
    return result;
  }
  const SafetensorsFile& file = result.stored.file;
  const std::string found_key = entry_of(file, kKey), checksum = entry_of(file, kChecksum);
  if (found_key.empty()) {
    result.state = CaseFileState::kForeign;
  } else if (checksum.empty()) {
    result.state = CaseFileState::kUnsealed;
  } else if (checksum != checksum_of(file.tensors(), file.metadata())) {
    result.state = CaseFileState::kDamaged;
  } else if (found_key != key || !take_shapes(result.stored, labelled, classes)) {
    result.state = CaseFileState::kStale;
  } else {
    result.stored.id = id;
    result.state = CaseFileState::kSound;
  }
  return result;
}

void write_case_file(const fs::path& path, const std::string& key,
                     const std::map<std::string, TensorView>& tensors,
                     std::map<std::string, std::string> metadata) {
  metadata[kKey] = key;
  metadata[kChecksum] = checksum_of(tensors, metadata);
  write_safetensors(path, tensors, metadata);
}

}  // namespace medcl
