// SPDX-License-Identifier: Apache-2.0
#pragma once

// gzip streams (RFC 1952) with a limit on the output, whole or piece by piece.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace medcl {

bool looks_like_gzip(std::span<const std::uint8_t> bytes);

/// Inflates up to `limit_bytes`. With `allow_partial`, stops quietly once the limit is reached (to
/// read a header); without, a longer stream is an error. Checks CRC and length of every member.
/// @throws Error(kIo) truncated, damaged or followed by garbage; `name` names the file.
std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                                 const std::string& name, bool allow_partial = false);

/// The number of bytes gunzip would give, found without keeping them. Same checks and errors.
std::uint64_t gunzip_size(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                          const std::string& name);

/// Inflates piece by piece, for content that must not lie in memory as a whole.
class GunzipReader {
 public:
  /// `bytes` and `name` must outlive the reader.
  GunzipReader(std::span<const std::uint8_t> bytes, const std::string& name);
  GunzipReader(const GunzipReader&) = delete;
  GunzipReader& operator=(const GunzipReader&) = delete;
  ~GunzipReader();

  /// Fills `out` as far as there is data; a short count means the end of the last member, whose CRC
  /// and length were right. @throws as gunzip
  std::size_t read(std::span<std::uint8_t> out);

 private:
  class Inflater;
  std::unique_ptr<Inflater> inflater_;
};

/// Compresses `bytes` into one member without name and time: equal input gives equal bytes.
std::vector<std::uint8_t> gzip(std::span<const std::uint8_t> bytes, int level = 6);

/// Deflates piece by piece; the member is the one that gzip makes of all pieces together.
class GzipWriter {
 public:
  using Sink = std::function<void(std::span<const std::uint8_t>)>;

  /// `sink` is given the compressed bytes in order.
  explicit GzipWriter(Sink sink, int level = 6);
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter();

  void append(std::span<const std::uint8_t> bytes);
  /// Must be called once, after the last piece.
  void finish();

 private:
  class Deflater;
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace medcl
