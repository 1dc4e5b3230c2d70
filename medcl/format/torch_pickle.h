// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pickles of torch.save as inert data.
//
// Source: pickletools.py of CPython 3.11 (opcodes of protocols 0 to 5), torch/serialization.py and
// torch/_utils.py of PyTorch 1.13 and 2.6 (what is called). A pickle is a program that may name any
// Python object and call it. Here nothing is ever called: names outside a closed set are refused,
// and the calls inside it (make a tensor, a parameter, an OrderedDict) become entries of tables.
//
// Values are small handles into flat tables, so that neither reading nor freeing recurses, however
// deep the pickle nests. Memory is at most about 60 bytes for each byte of the pickle, which has at
// most 16 MiB.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/format/safetensors.h"

namespace medcl {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,         ///< number
  kInt,          ///< number
  kBigInt,       ///< text: the little-endian bytes, or the digits of protocol 0
  kFloat,        ///< its value is not kept
  kText,         ///< text
  kBytes,        ///< text
  kTuple,        ///< items
  kList,         ///< items
  kDict,         ///< items: key, value, key, value ...
  kOrderedDict,  ///< likewise
  kPairs,        ///< OrderedDict of Python 2; items: those of the list of pairs
  kObject,       ///< TorchScript module; items: none, or one dict of its attributes
  kGlobal,       ///< index: TorchGlobal, number: DType of a storage or a dtype
  kStorage,      ///< index into storages
  kTensor,       ///< index into tensors
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::uint32_t index = 0;
  std::int64_t number = 0;
};

/// The bytes behind tensors: a record of the archive, or a part of the legacy stream.
struct TorchStorage {
  DType dtype = DType::kU8;
  std::string_view key;
  std::int64_t count = 0;  ///< elements
};

/// A view into a storage. Not checked yet against its storage.
struct TorchTensor {
  DType dtype = DType::kF32;
  std::uint32_t storage = 0;
  std::int64_t offset = 0;               ///< elements
  std::uint32_t sizes = 0, strides = 0;  ///< items; numbers
};

/// Texts point into the pickle's bytes.
struct TorchPickle {
  PickleValue root;
  std::vector<std::string_view> texts;
  std::vector<std::vector<PickleValue>> items;
  std::vector<TorchStorage> storages;
  std::vector<TorchTensor> tensors;
  std::size_t length = 0;  ///< bytes up to and with the STOP opcode
};

/// Reads one pickle at the start of `bytes`, which must outlive the result. `where` names the file
/// and part. `script`: objects of classes below __torch__ are let in (TorchScript archives).
/// @throws Error(kIo) for everything outside the closed set, naming it, and for broken bytes.
TorchPickle read_torch_pickle(std::span<const std::uint8_t> bytes, const std::string& where,
                              bool script);

}  // namespace medcl
