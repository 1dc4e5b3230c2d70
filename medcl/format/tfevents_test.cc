// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/tfevents.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

struct Scalar {
  std::string tag;
  std::int64_t step = 0;
  float value = 0;
  double wall_time = 0;
  bool operator==(const Scalar&) const = default;
};

template <typename Value>
Value take(std::string& text) {
  Value value;
  std::memcpy(&value, text.data(), sizeof(value));
  text.erase(0, sizeof(value));
  return value;
}

std::uint64_t take_varint(std::string& text) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(text.at(0));
    text.erase(0, 1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
}

std::uint32_t masked(const std::string& text) {
  const std::uint32_t sum =
      crc32c({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return ((sum >> 15) | (sum << 17)) + 0xa282ead8U;
}

// An independent decoder of protobuf messages: applies Scalar fields by their path of field
// numbers.
void decode(std::string text, const std::string& path, Scalar& scalar, std::string& version) {
  while (!text.empty()) {
    const std::uint64_t key = take_varint(text);
    const std::string field = path + "/" + std::to_string(key >> 3);
    if ((key & 7) == 0) {
      const std::uint64_t value = take_varint(text);
      if (field == "/2") scalar.step = static_cast<std::int64_t>(value);
    } else if ((key & 7) == 1) {
      scalar.wall_time = take<double>(text);
      EXPECT_EQ(field, "/1");
    } else if ((key & 7) == 5) {
      scalar.value = take<float>(text);
      EXPECT_EQ(field, "/5/1/2");
    } else {
      const std::size_t length = take_varint(text);
      const std::string content = text.substr(0, length);
      text.erase(0, length);
      if (field == "/3") {
        version = content;
      } else if (field == "/5/1/1") {
        scalar.tag = content;
      } else {
        decode(content, field, scalar, version);
      }
    }
  }
}

std::vector<Scalar> read_scalars(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  std::string text(bytes.begin(), bytes.end());
  std::vector<Scalar> scalars;
  std::string version;
  while (!text.empty()) {
    const std::string head = text.substr(0, 8);
    const auto length = take<std::uint64_t>(text);
    EXPECT_EQ(take<std::uint32_t>(text), masked(head));
    const std::string event = text.substr(0, length);
    text.erase(0, length);
    EXPECT_EQ(take<std::uint32_t>(text), masked(event));
    Scalar scalar;
    const bool first = version.empty();
    decode(event, "", scalar, version);
    if (!first) scalars.push_back(scalar);
  }
  EXPECT_EQ(version, "brain.Event:2");
  return scalars;
}

const std::vector<Scalar> kTwo = {{"loss/total", 1, 0.25F, 100.5}, {"loss/total", 300, -1, 101}};

void add(TfEventsWriter& writer, const Scalar& s) {
  writer.add_scalar(s.tag, s.step, s.value, s.wall_time);
}

TEST(TfEvents, RecordsHoldVersionTagStepValueAndTime) {
  const TestFolder folder;
  TfEventsWriter writer(folder / "events.out.tfevents.1");
  for (const Scalar& scalar : kTwo) add(writer, scalar);
  writer.flush();
  EXPECT_EQ(read_scalars(folder / "events.out.tfevents.1"), kTwo);
}

TEST(TfEvents, AppendContinuesBehindTheLastIntactRecord) {
  const TestFolder folder;
  const auto path = folder / "events";
  { TfEventsWriter writer(path); }
  const auto start = std::filesystem::file_size(path);
  {
    TfEventsWriter writer(path, true);
    add(writer, kTwo[0]);
  }
  const std::vector<std::uint8_t> whole = read_file(path);
  for (std::size_t length = start; length < whole.size(); ++length) {
    write_atomically(path, std::span(whole).first(length));
    {
      TfEventsWriter writer(path, true);
      add(writer, kTwo[1]);
    }
    ASSERT_EQ(read_scalars(path), (std::vector<Scalar>{kTwo[1]})) << length;
  }
  write_atomically(path, whole);
  {
    TfEventsWriter writer(path, true);
    add(writer, kTwo[1]);
  }
  EXPECT_EQ(read_scalars(path), kTwo);
  { TfEventsWriter writer(path); }
  EXPECT_TRUE(read_scalars(path).empty());
}

TEST(TfEvents, RefusesToAppendToSomethingElse) {
  const TestFolder folder;
  write_atomically(folder / "x", "my important notes, not events");
  EXPECT_THROW(TfEventsWriter(folder / "x", true), Error);
  EXPECT_EQ(std::filesystem::file_size(folder / "x"), 30U);
  EXPECT_THROW(TfEventsWriter(folder / "none" / "x"), Error);
}

}  // namespace
}  // namespace medcl
