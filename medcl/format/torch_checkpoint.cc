// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_checkpoint.h"

#include <functional>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/mapped_file.h"
#include "medcl/format/byte_cursor.h"
#include "medcl/format/torch_flatten.h"
#include "medcl/format/torch_legacy.h"
#include "medcl/format/torch_view.h"
#include "medcl/format/zip_directory.h"

namespace medcl {
namespace {

using Bytes = std::span<const std::uint8_t>;
/// The bytes stored under a key. @throws Error(kIo)
using FindStorage = std::function<Bytes(std::string_view key, const std::string& where)>;

constexpr std::string_view kPickleName = "data.pkl";

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "",
                         const std::string& remedy = "") {
  fail(ErrorCode::kIo,
       {.what = what, .where = where, .expected = expected, .found = found, .remedy = remedy});
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The part of the stored bytes that the storage declares.
Bytes bytes_of(const TorchStorage& storage, const FindStorage& find, const std::string& where) {
  std::uint64_t length = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(storage.count), size_of(storage.dtype),
                             &length)) {
    refuse(where, "length of a storage overflows");
  }
  const Bytes stored = find(storage.key, where);
  if (length > stored.size()) {
    refuse(where, "storage \"" + printable(storage.key) + "\" is shorter than declared",
           std::to_string(length) + " bytes", std::to_string(stored.size()));
  }
  return stored.first(length);
}

void add_tensors(TensorFile& file, const TorchPickle& pickle, const FindStorage& find,
                 std::uint64_t file_bytes, const std::string& name) {
  constexpr std::uint64_t kAlways = std::uint64_t{8} << 20, kGrowth = 8;
  std::uint64_t left = kAlways + kGrowth * file_bytes;
  for (const auto& [tensor_name, index] : flatten_torch_pickle(pickle, name)) {
    const std::string where = name + ": tensor \"" + printable(tensor_name) + "\"";
    const TorchTensor& tensor = pickle.tensors[index];
    const Bytes storage = bytes_of(pickle.storages[tensor.storage], find, where);
    const StridedView view = check_view(pickle, tensor, storage.size(), where);
    if (view.bytes > left) {
      refuse(where, "tensors repeat the elements of the file too often",
             "together at most 8 MiB and 8 times the file");
    }
    left -= view.bytes;
    Bytes elements;
    if (view.bytes > 0 && view.is_row_major()) {
      elements =
          storage.subspan(static_cast<std::size_t>(view.offset) * size_of(view.dtype), view.bytes);
    } else {
      auto copy = std::make_shared<const std::vector<std::uint8_t>>(copy_view(view, storage));
      elements = *copy;
      file.owners.push_back(std::move(copy));
    }
    file.tensors[tensor_name] = {view.dtype, view.sizes, elements};
  }
  if (file.tensors.empty()) refuse(name, "holds no tensors", "a state dict of PyTorch");
}

/// "<folder>/" in front of data.pkl.
std::string root_of(const ZipDirectory& zip, const std::string& name) {
  std::string root;
  for (const ZipRecord& record : zip.records()) {
    const std::size_t slash = record.name.find('/');
    if (slash == std::string_view::npos || record.name.substr(slash + 1) != kPickleName) continue;
    if (!root.empty()) refuse(name, "zip archive holds two data.pkl");
    root = record.name.substr(0, slash + 1);
  }
  if (root.empty()) refuse(name, "zip archive is not of PyTorch", "a record <folder>/data.pkl");
  return root;
}

/// Only what is not looked at, such as the code of TorchScript, may be compressed.
Bytes stored_bytes(const ZipRecord& record, const std::string& name) {
  if (!record.stored) {
    refuse(name + ": record \"" + printable(record.name) + "\"", "record is compressed",
           "a stored record", "", "save it again with torch.save or torch.jit.save");
  }
  return record.bytes;
}

void check_byte_order(const ZipDirectory& zip, const std::string& root, const std::string& name) {
  const ZipRecord* order = zip.find(root + "byteorder");
  if (order == nullptr) return;
  const std::string_view text = as_text(stored_bytes(*order, name));
  if (text != "little") refuse(name, "byte order of the numbers", "little", printable(text));
}

void read_zip(TensorFile& file, Bytes bytes, const std::string& name) {
  const ZipDirectory zip = ZipDirectory::read(bytes, name);
  const std::string root = root_of(zip, name);
  check_byte_order(zip, root, name);
  const bool script = zip.find(root + "constants.pkl") != nullptr;
  file.container = script ? "TorchScript archive" : "PyTorch zip archive";
  const Bytes record = stored_bytes(*zip.find(root + std::string(kPickleName)), name);
  const std::string where = name + ": " + std::string(kPickleName);
  const TorchPickle pickle = read_torch_pickle(record, where, script);
  if (pickle.length != record.size()) refuse(where, "bytes after the pickled object");
  const FindStorage find = [&](std::string_view key, const std::string& tensor) {
    const ZipRecord* data = zip.find(root + "data/" + std::string(key));
    if (data == nullptr) {
      refuse(tensor, "its elements are missing", "record data/" + printable(key));
    }
    return stored_bytes(*data, name);
  };
  add_tensors(file, pickle, find, bytes.size(), name);
}

void read_legacy(TensorFile& file, Bytes bytes, const std::string& name) {
  const TorchLegacy legacy = read_torch_legacy(bytes, name);
  file.container = "PyTorch legacy stream";
  const FindStorage find = [&](std::string_view key, const std::string& tensor) {
    const auto stored = legacy.storages.find(key);
    if (stored == legacy.storages.end()) {
      refuse(tensor, "its elements are missing", "storage \"" + printable(key) + "\"");
    }
    return stored->second;
  };
  add_tensors(file, legacy.pickle, find, bytes.size(), name);
}

[[noreturn]] void refuse_other_kinds(Bytes bytes, const std::string& name) {
  const std::string_view text = as_text(bytes);
  std::string remedy;
  if (text.starts_with("version https://git-lfs")) {
    remedy = "this is a Git LFS pointer; fetch the file itself with git lfs pull";
  } else if (text.starts_with("<")) {
    remedy = "this is a web page; download the file again";
  }
  refuse(name, "is not a PyTorch checkpoint", "a zip archive or a stream of torch.save",
         bytes.empty() ? "an empty file" : "\"" + printable(text.substr(0, 20)) + "\"", remedy);
}

TensorFile read_checkpoint(Bytes bytes, std::shared_ptr<const void> owner,
                           const std::string& name) {
  constexpr std::uint8_t kPickleProtocol = 0x80;
  TensorFile file;
  file.owners.push_back(std::move(owner));
  if (looks_like_zip(bytes)) {
    read_zip(file, bytes, name);
  } else if (!bytes.empty() && bytes[0] == kPickleProtocol) {
    read_legacy(file, bytes, name);
  } else {
    refuse_other_kinds(bytes, name);
  }
  return file;
}

}  // namespace

TensorFile open_torch_checkpoint(const std::filesystem::path& path) {
  std::shared_ptr<const MappedFile> mapped = MappedFile::open(path);
  const Bytes bytes = mapped->bytes();
  return read_checkpoint(bytes, std::move(mapped), path.string());
}

TensorFile parse_torch_checkpoint(std::span<const std::uint8_t> bytes, const std::string& name) {
  auto copy = std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
  const Bytes view(*copy);
  return read_checkpoint(view, std::move(copy), name);
}

}  // namespace medcl
