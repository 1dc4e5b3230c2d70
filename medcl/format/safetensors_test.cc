// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/safetensors.h"

#include <gtest/gtest.h>

#include <optional>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/json.h"
#include "medcl/format/test_tensors.h"

namespace medcl {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes file_of(const std::string& header, std::size_t data_bytes) {
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) text += static_cast<char>(header.size() >> (8 * i));
  text += header + std::string(data_bytes, '\0');
  return {text.begin(), text.end()};
}

std::string refusal(const Bytes& bytes) {
  try {
    (void)SafetensorsFile::parse(bytes, "x.safetensors");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "x.safetensors", error.what());
    return error.what();
  }
  return "accepted";
}

TEST(Safetensors, JudgesTheReferenceFilesAsTheirListSays) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "fixtures are absent";
  const Json expected = read_json(*folder / "checkpoints" / "expected.json");
  int accepted = 0, refused = 0;
  for (const auto& [name, entry] : expected["files"].items()) {
    if (!name.ends_with(".safetensors")) continue;
    const auto path = *folder / "checkpoints" / name;
    if (entry["expect"] == "refuse") {
      ++refused;
      EXPECT_THROW((void)SafetensorsFile::open(path), Error) << name;
      EXPECT_NE(refusal(read_file(path)), "accepted") << name;
    } else {
      ++accepted;
      expect_listed_tensors(SafetensorsFile::open(path).tensors(), entry["tensors"], name);
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

TEST(Safetensors, RefusesZeroBytesInTheHeaderAsTheReferenceReaderDoes) {
  using namespace std::string_literals;
  const std::string entry = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
  ASSERT_EQ(refusal(file_of("{" + entry + "}  ", 2)), "accepted");
  for (const std::string& header :
       {"{" + entry + "}\0"s, "{" + entry + "}\0rubbish"s, "{" + entry + "\0}"s}) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "a zero at byte", refusal(file_of(header, 2)));
  }
}

TEST(Safetensors, WrittenFilesReadBackTheSame) {
  RandomStream stream({.seed = 9});
  const TestFolder folder;
  for (int round = 0; round < 40; ++round) {
    std::map<std::string, Bytes> data;
    std::map<std::string, TensorView> tensors;
    for (std::int64_t i = stream.integer(8); i > 0; --i) {
      const auto dtype = static_cast<DType>(stream.integer(13));
      const std::vector<std::int64_t> shape = {stream.integer(4), 1 + stream.integer(5)};
      const std::string name = "t\xc3\xa4." + std::to_string(stream.integer(1000)) + "\"";
      Bytes& bytes = data[name];
      bytes.assign(static_cast<std::size_t>(shape[0] * shape[1]) * size_of(dtype), 0);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(stream.integer(256));
      tensors[name] = {dtype, shape, bytes};
    }
    const std::map<std::string, std::string> metadata = {{"step", "7"}, {"note", "\n\""}};
    write_safetensors(folder / "a", tensors, metadata);
    write_safetensors(folder / "b", tensors, metadata);
    EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
    const SafetensorsFile file = SafetensorsFile::open(folder / "a");
    EXPECT_EQ(file.metadata(), metadata);
    ASSERT_EQ(file.tensors().size(), tensors.size());
    for (const auto& [name, view] : file.tensors()) {
      EXPECT_EQ(view.dtype, tensors[name].dtype);
      EXPECT_EQ(view.shape, tensors[name].shape);
      EXPECT_EQ(Bytes(view.bytes.begin(), view.bytes.end()), data[name]);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.bytes.data()) % size_of(view.dtype), 0U);
    }
  }
}

TEST(Safetensors, ViewsLiveAsLongAsACopyOfTheFile) {
  const TestFolder folder;
  const Bytes data = {1, 2, 3};
  write_safetensors(folder / "a", {{"x", {DType::kU8, {3}, data}}});
  std::optional<SafetensorsFile> file = SafetensorsFile::open(folder / "a");
  const SafetensorsFile copy = *file;
  file.reset();
  std::filesystem::remove(folder / "a");
  EXPECT_EQ(copy.at("x").bytes[2], 3);
}

TEST(Safetensors, RefusalNamesTheTensorAndTheField) {
  const auto with = [](const std::string& entry) {
    return refusal(file_of("{\"w.x\":" + entry + "}", 8));
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"dtype":"F99","shape":[2],"data_offsets":[0,8]})", "dtype is unknown"},
      {R"({"dtype":5,"shape":[2],"data_offsets":[0,8]})", "dtype is unknown"},
      {R"({"shape":[2],"data_offsets":[0,8]})", "dtype is missing"},
      {R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", "shape is not a whole number"},
      {R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", "data_offsets do not fit"},
      {R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", "data_offsets do not fit"},
      {R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", "data_offsets leave a hole"},
      {R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})", "overflows"},
      {R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]})", "overflows"},
      {"[]", "not an object"}};
  for (const auto& [entry, part] : cases) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, with(entry)) << entry;
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "w.x", with(entry)) << entry;
  }
  EXPECT_EQ(with(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"), "accepted");
}

TEST(Safetensors, NoMutationCrashesAndEveryAcceptedFileIsConsistent) {
  RandomStream stream({.seed = 10});
  const Bytes start = file_of(R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],)"
                              R"("data_offsets":[0,8]},"y":{"dtype":"U8","shape":[],)"
                              R"("data_offsets":[8,9]}})",
                              9);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = start;
    for (std::int64_t k = stream.integer(3); k >= 0; --k) {
      const auto at =
          static_cast<std::size_t>(stream.integer(static_cast<std::int64_t>(bytes.size())));
      bytes[at] = static_cast<std::uint8_t>(stream.chance(0.5) ? 32 + stream.integer(95)
                                                               : stream.integer(256));
    }
    try {
      const SafetensorsFile file = SafetensorsFile::parse(bytes, "x");
      std::size_t total = 0;
      for (const auto& [name, view] : file.tensors()) total += view.bytes.size();
      ASSERT_EQ(total, 9U);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kIo);
    }
  }
}

TEST(Safetensors, AbsentTensorNamesTheNearest) {
  const TestFolder folder;
  write_safetensors(folder / "a", {{"conv.weight", {DType::kU8, {0}, {}}}});
  try {
    (void)SafetensorsFile::open(folder / "a").at("conv.wight");
    FAIL();
  } catch (const Error& error) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "\"conv.weight\"", error.what());
  }
}

TEST(Safetensors, WriterRefusesViewsThatContradictThemselves) {
  const TestFolder folder;
  const Bytes data(8);
  const auto write = [&](const std::string& name, const TensorView& view) {
    write_safetensors(folder / "a", {{name, view}});
  };
  EXPECT_THROW(write("x", {DType::kF32, {3}, data}), Error);
  EXPECT_THROW(write("x", {DType::kF32, {-1, -2}, data}), Error);
  EXPECT_THROW(write("__metadata__", {DType::kF32, {2}, data}), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

TEST(Safetensors, NamesOfAnyBytesComeBack) {
  const TestFolder folder;
  const Bytes data(8);
  write_safetensors(folder / "a", {{"\xff", {DType::kF32, {2}, data}}}, {{"case", "caf\xe9"}});
  const SafetensorsFile file = SafetensorsFile::open(folder / "a");
  EXPECT_TRUE(file.contains("\xff"));
  EXPECT_EQ(file.metadata().at("case"), "caf\xe9");
}

}  // namespace
}  // namespace medcl
