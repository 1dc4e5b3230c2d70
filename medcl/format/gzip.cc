// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMaxPart = std::uint64_t{1} << 30;
constexpr int kGzipWindow = 15 + 16;  // largest window, gzip wrapper

uInt part_of(std::uint64_t size) { return static_cast<uInt>(std::min(size, kMaxPart)); }

[[noreturn]] void refuse_longer(const std::string& name, std::uint64_t limit_bytes) {
  fail(ErrorCode::kIo, {.what = "gzip stream holds more data than allowed",
                        .where = name,
                        .expected = "at most " + std::to_string(limit_bytes) + " bytes"});
}

}  // namespace

class GunzipReader::Inflater {
 public:
  Inflater(std::span<const std::uint8_t> bytes, const std::string& name)
      : rest_(bytes), name_(name) {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// Fills `out` as far as there is data; a short count means the end of the last member.
  std::size_t read(std::span<std::uint8_t> out) {
    std::size_t produced = 0;
    while (produced < out.size() && !done_) {
      stream_.next_in = const_cast<Bytef*>(rest_.data());
      stream_.avail_in = part_of(rest_.size());
      stream_.next_out = out.data() + produced;
      stream_.avail_out = part_of(out.size() - produced);
      const uInt given = stream_.avail_in;
      const uInt room = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      rest_ = rest_.subspan(given - stream_.avail_in);
      produced += room - stream_.avail_out;
      if (result == Z_STREAM_END) {
        next_member();
      } else if (result == Z_BUF_ERROR ||
                 (result == Z_OK && rest_.empty() && stream_.avail_out > 0)) {
        refuse("gzip stream ends early");
      } else if (result == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (result != Z_OK) {
        refuse("gzip stream is damaged");
      }
    }
    return produced;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorCode::kIo, {.what = what,
                          .where = name_,
                          .found = stream_.msg != nullptr ? std::string(stream_.msg) : ""});
  }

  void next_member() {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    if (rest_.empty() || (rest_[0] == 0 && std::all_of(rest_.begin(), rest_.end(), is_zero))) {
      done_ = true;  // zero padding is what tape blocks leave; gzip ignores it too
    } else if (!looks_like_gzip(rest_)) {
      refuse("gzip stream is followed by other bytes");
    } else if (inflateReset(&stream_) != Z_OK) {
      refuse("gzip stream is damaged");
    }
  }

  std::span<const std::uint8_t> rest_;
  const std::string& name_;
  z_stream stream_{};
  bool done_ = false;
};

GunzipReader::GunzipReader(std::span<const std::uint8_t> bytes, const std::string& name)
    : inflater_(std::make_unique<Inflater>(bytes, name)) {}

GunzipReader::~GunzipReader() = default;

std::size_t GunzipReader::read(std::span<std::uint8_t> out) { return inflater_->read(out); }

bool looks_like_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                                 const std::string& name, bool allow_partial) {
  GunzipReader inflater(bytes, name);
  std::vector<std::uint8_t> out;
  std::size_t used = 0;
  std::uint64_t wanted = std::min<std::uint64_t>(
      limit_bytes,
      std::max<std::uint64_t>(std::uint64_t{1} << 16, bytes.size() * std::uint64_t{4}));
  for (;;) {
    out.resize(wanted);
    used += inflater.read(std::span(out).subspan(used));
    if (used < out.size() || used >= limit_bytes) {
      break;
    }
    wanted = std::min<std::uint64_t>(limit_bytes, wanted * 2);
  }
  out.resize(used);
  if (used >= limit_bytes && !allow_partial) {
    std::array<std::uint8_t, 1> extra{};
    if (inflater.read(extra) != 0) {
      refuse_longer(name, limit_bytes);
    }
  }
  return out;
}

std::uint64_t gunzip_size(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                          const std::string& name) {
  GunzipReader inflater(bytes, name);
  std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
  std::uint64_t size = 0;
  std::size_t count = 0;
  do {
    count = inflater.read(buffer);
    size += count;
    if (size > limit_bytes) {
      refuse_longer(name, limit_bytes);
    }
  } while (count == buffer.size());
  return size;
}

}  // namespace medcl
