// SPDX-License-Identifier: Apache-2.0
#pragma once

// One prepared case on disk: a safetensors file that is mapped into memory and carries a checksum
// over everything in it.

#include <filesystem>
#include <map>
#include <string>

#include "medcl/dataset/case_store.h"

namespace medcl {

/// The entry of the metadata that holds, as JSON {"labelsTr/a.nii.gz": SHA-256 ...}, the hashes of
/// the files that the case was made from, by their names in the dataset.
inline constexpr const char* kCaseSources = "sources";

/// What a file is, seen from a case that wants it.
enum class CaseFileState {
  kAbsent,
  kSound,     ///< what the key asks for, to the bit
  kStale,     ///< a prepared case of other options or sources
  kUnsealed,  ///< a prepared case without checksum, as versions before 0.2 wrote them
  kDamaged,   ///< its content does not match its checksum, or it is no safetensors file
  kForeign    ///< a safetensors file that is no prepared case
};

struct CaseFile {
  CaseFileState state = CaseFileState::kAbsent;
  StoredCase stored;  ///< only of a sound file
};

/// Reads every byte of the file once (the checksum: about 8 GB/s from the page cache).
/// `labelled`: whether labels are wanted.
CaseFile open_case_file(const std::filesystem::path& path, const std::string& id,
                        const std::string& key, bool labelled, std::int64_t classes);

/// Writes a prepared case; `metadata` gets the key and the checksum. Atomic. @throws Error(kIo),
/// Error(kOutOfResources)
void write_case_file(const std::filesystem::path& path, const std::string& key,
                     const std::map<std::string, TensorView>& tensors,
                     std::map<std::string, std::string> metadata);

}  // namespace medcl
