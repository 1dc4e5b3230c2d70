// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_legacy.h"

#include "medcl/core/error.h"
#include "medcl/format/byte_cursor.h"

namespace medcl {
namespace {

using Bytes = std::span<const std::uint8_t>;

// 0x1950a86a20f9469cfc6c, as PyTorch writes it.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kProtocolVersion = 1001;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "") {
  fail(ErrorCode::kIo, {.what = what, .where = where, .expected = expected, .found = found});
}

TorchPickle next_pickle(ByteCursor& cursor, Bytes file, const std::string& name,
                        const char* meaning) {
  const std::string where = name + ": " + meaning;
  TorchPickle pickle = read_torch_pickle(file.subspan(cursor.position()), where, false);
  (void)cursor.take(pickle.length);
  return pickle;
}

void check_start(ByteCursor& cursor, Bytes file, const std::string& name) {
  const TorchPickle magic = next_pickle(cursor, file, name, "magic number");
  if (magic.root.kind != PickleKind::kBigInt || magic.texts[magic.root.index] != kMagic) {
    refuse(name, "does not begin with the magic number of torch.save");
  }
  const TorchPickle version = next_pickle(cursor, file, name, "version");
  if (version.root.kind != PickleKind::kInt || version.root.number != kProtocolVersion) {
    refuse(name, "unknown version of the stream", std::to_string(kProtocolVersion));
  }
  const TorchPickle system = next_pickle(cursor, file, name, "system");
  if (system.root.kind != PickleKind::kDict) refuse(name, "description of the system is no dict");
  const auto& items = system.items[system.root.index];
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const bool named =
        items[i].kind == PickleKind::kText && system.texts[items[i].index] == "little_endian";
    if (named && (items[i + 1].kind != PickleKind::kBool || items[i + 1].number != 1)) {
      refuse(name, "was written on a big-endian machine", "little-endian");
    }
  }
}

const TorchStorage& storage_with_key(
    const std::map<std::string_view, const TorchStorage*>& storages, std::string_view key,
    const std::string& name) {
  const auto found = storages.find(key);
  if (found == storages.end()) {
    refuse(name, "stores elements that no tensor describes", "", "key \"" + printable(key) + "\"");
  }
  return *found->second;
}

std::map<std::string_view, const TorchStorage*> by_key(const TorchPickle& pickle,
                                                       const std::string& name) {
  std::map<std::string_view, const TorchStorage*> storages;
  for (const TorchStorage& storage : pickle.storages) {
    const auto [known, added] = storages.emplace(storage.key, &storage);
    if (!added && (known->second->count != storage.count ||
                   size_of(known->second->dtype) != size_of(storage.dtype))) {
      refuse(name, "one storage is described in two ways", "",
             "key \"" + printable(storage.key) + "\"");
    }
  }
  return storages;
}

}  // namespace

TorchLegacy read_torch_legacy(std::span<const std::uint8_t> bytes, const std::string& name) {
  ByteCursor cursor(bytes, name);
  check_start(cursor, bytes, name);
  TorchLegacy legacy;
  legacy.pickle = next_pickle(cursor, bytes, name, "object");
  const TorchPickle keys = next_pickle(cursor, bytes, name, "keys");
  if (keys.root.kind != PickleKind::kList) refuse(name, "keys of the storages are not a list");
  const auto storages = by_key(legacy.pickle, name);
  for (const PickleValue& item : keys.items[keys.root.index]) {
    if (item.kind != PickleKind::kText) refuse(name, "key of a storage is not text");
    const std::string_view key = keys.texts[item.index];
    const TorchStorage& storage = storage_with_key(storages, key, name);
    const std::uint64_t count = cursor.number(8);
    if (count != static_cast<std::uint64_t>(storage.count)) {
      refuse(name, "storage \"" + printable(key) + "\" has another length than its tensors say",
             std::to_string(storage.count), std::to_string(count));
    }
    std::uint64_t length = 0;
    if (__builtin_mul_overflow(count, size_of(storage.dtype), &length)) {
      refuse(name, "length of a storage overflows");
    }
    if (!legacy.storages.emplace(key, cursor.take(length)).second) {
      refuse(name, "storage \"" + printable(key) + "\" occurs twice");
    }
  }
  if (cursor.remaining() != 0) {
    refuse(name, "bytes after the last storage", "0", std::to_string(cursor.remaining()));
  }
  return legacy;
}

}  // namespace medcl
