// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/format/gzip.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMaxPart = std::uint64_t{1} << 30;
constexpr int kGzipWindow = 15 + 16;  // largest window, gzip wrapper

}  // namespace

class GzipWriter::Deflater {
 public:
  Deflater(Sink sink, int level) : sink_(std::move(sink)), buffer_(std::size_t{1} << 18) {
    if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      fail(ErrorCode::kFailure, {.what = "zlib cannot start", .found = std::to_string(level)});
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  void append(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const auto part = static_cast<uInt>(std::min<std::uint64_t>(bytes.size(), kMaxPart));
      stream_.next_in = const_cast<Bytef*>(bytes.data());
      stream_.avail_in = part;
      while (stream_.avail_in > 0) {
        check(deflate_some(Z_NO_FLUSH) == Z_OK, "deflate failed");
      }
      bytes = bytes.subspan(part);
    }
  }

  void finish() {
    int result = Z_OK;
    while (result == Z_OK) {
      result = deflate_some(Z_FINISH);
    }
    check(result == Z_STREAM_END, "deflate did not finish");
  }

 private:
  int deflate_some(int flush) {
    stream_.next_out = buffer_.data();
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int result = deflate(&stream_, flush);
    const std::size_t count = buffer_.size() - stream_.avail_out;
    if (count > 0) {
      sink_(std::span<const std::uint8_t>(buffer_).first(count));
    }
    return result;
  }

  Sink sink_;
  std::vector<std::uint8_t> buffer_;
  z_stream stream_{};
};

GzipWriter::GzipWriter(Sink sink, int level)
    : deflater_(std::make_unique<Deflater>(std::move(sink), level)) {}

GzipWriter::~GzipWriter() = default;

void GzipWriter::append(std::span<const std::uint8_t> bytes) { deflater_->append(bytes); }

void GzipWriter::finish() { deflater_->finish(); }

std::vector<std::uint8_t> gzip(std::span<const std::uint8_t> bytes, int level) {
  std::vector<std::uint8_t> out;
  GzipWriter writer(
      [&out](std::span<const std::uint8_t> part) {
        out.insert(out.end(), part.begin(), part.end());
      },
      level);
  writer.append(bytes);
  writer.finish();
  return out;
}

}  // namespace medcl
