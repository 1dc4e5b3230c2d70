// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/test_pickles.h"
#include "medcl/format/test_tensors.h"

namespace medcl {
namespace {

TensorFile parse(const std::string& file) {
  return parse_torch_checkpoint({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()},
                                "x.pth");
}

/// What is said about the file; "accepted" when nothing.
std::string refusal(const std::string& file) {
  try {
    (void)parse(file);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kIo) << message;
    EXPECT_TRUE(message.starts_with("x.pth: ")) << message;
    for (const char c : message) EXPECT_TRUE(c >= ' ' && c <= '~') << message;
    return message;
  }
  return "accepted";
}

std::string refusal_of_pickle(const std::string& pickle) { return refusal(checkpoint_of(pickle)); }

void expect_refused(const std::string& file, const std::string& part) {
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, refusal(file));
}

std::string tensor_file(const PickledTensor& tensor) {
  return checkpoint_of(pickled_dict(pickled_tensor(tensor)));
}

/// Leaves the current folder as it was found, also when a payload of a file ran.
class InFolderOfItsOwn {
 public:
  InFolderOfItsOwn() { std::filesystem::current_path(folder_.path()); }
  ~InFolderOfItsOwn() { std::filesystem::current_path(before_); }
  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(folder_.path()); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  TestFolder folder_;
};

TEST(TorchCheckpoint, JudgesTheReferenceFilesAsTheirListSays) {
  const auto found = fixtures_folder();
  if (!found) GTEST_SKIP() << "fixtures are absent";
  const auto folder = std::filesystem::absolute(*found) / "checkpoints";
  const Json expected = read_json(folder / "expected.json");
  const InFolderOfItsOwn here;
  std::map<std::string, int> agreed;
  for (const auto& [name, entry] : expected["files"].items()) {
    if (name.ends_with(".safetensors")) continue;
    const std::string expect = entry["expect"];
    try {
      const TensorFile file = open_tensor_file(folder / name);
      EXPECT_NE(expect, "refuse") << name << " was accepted";
      expect_listed_tensors(file.tensors, entry.value("tensors", Json::object()), name);
    } catch (const Error& error) {
      EXPECT_NE(expect, "ok") << error.what();
      EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
      EXPECT_PRED_FORMAT2(::testing::IsSubstring, name, error.what());
    }
    EXPECT_TRUE(here.is_empty()) << name << " ran code";
    ++agreed[expect];
  }
  EXPECT_GT(agreed["ok"], 0);
  EXPECT_GT(agreed["refuse"], 0);
}

TEST(TorchCheckpoint, CanonicalNamesAreThoseOfTheReferenceFiles) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "fixtures are absent";
  const Json expected = read_json(*folder / "checkpoints" / "expected.json");
  for (const auto& [file, entry] : expected["files"].items()) {
    const Json tensors = entry.value("tensors", Json::object());
    for (const auto& [name, tensor] : tensors.items()) {
      EXPECT_EQ(canonical_name(name), tensor.value("canonical", name)) << file;
    }
  }
}

TEST(TorchCheckpoint, ReadsATensorOfAnArchive) {
  const TensorFile file = parse(tensor_file({}));
  EXPECT_EQ(file.container, "PyTorch zip archive");
  ASSERT_EQ(file.tensors.size(), 1U);
  const TensorView& view = file.tensors.at("w");
  EXPECT_EQ(view.dtype, DType::kF32);
  EXPECT_EQ(view.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(floats_of(view), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(TorchCheckpoint, ReadsTheOlderStream) {
  const TensorFile file = parse(legacy_of(pickled_dict(pickled_tensor({.after_count = "N"}))));
  EXPECT_EQ(file.container, "PyTorch legacy stream");
  EXPECT_EQ(floats_of(file.tensors.at("w")), std::vector<float>(6, 0));
  expect_refused(legacy_of(pickled_dict(pickled_tensor({.count = 5, .sizes = {1, 3}}))),
                 "another length");
  expect_refused(legacy_of(pickled_dict(pickled_tensor({}))) + "x", "bytes after the last storage");
  expect_refused(legacy_of(pickled_dict(pickled_tensor({}))).substr(0, 250), "too early");
}

TEST(TorchCheckpoint, ReadsStridedViewsAsRowMajorCopies) {
  const auto values = [](const PickledTensor& tensor) {
    const TensorFile file = parse(tensor_file(tensor));
    return floats_of(file.tensors.at("w"));
  };
  EXPECT_EQ(values({.sizes = {3, 2}, .strides = {1, 3}}), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values({.offset = 1, .sizes = {2}, .strides = {3}}), (std::vector<float>{1, 4}));
  EXPECT_EQ(values({.offset = 5, .sizes = {2, 2}, .strides = {0, 0}}),
            (std::vector<float>{5, 5, 5, 5}));
  EXPECT_EQ(values({.offset = 4, .sizes = {}, .strides = {}}), (std::vector<float>{4}));
  EXPECT_EQ(values({.offset = 5, .sizes = {1, 1}, .strides = {INT64_MAX, 0}}),
            (std::vector<float>{5}));
  EXPECT_EQ(values({.sizes = {2, 1, 2}, .strides = {1, INT64_MAX, 3}}),
            (std::vector<float>{0, 3, 1, 4}));
  EXPECT_TRUE(values({.sizes = {0, INT64_MAX, INT64_MAX}, .strides = {1, 1, 1}}).empty());
}

TEST(TorchCheckpoint, RefusesViewsBeyondTheirStorage) {
  const std::vector<std::pair<PickledTensor, std::string>> cases = {
      {{.offset = 1}, "ends beyond its storage"},
      {{.sizes = {7}, .strides = {1}}, "ends beyond its storage"},
      {{.count = 7}, "shorter than declared"},
      {{.key = "../0"}, "record data/../0"},
      {{.count = -1}, "negative"},
      {{.count = INT64_MAX}, "overflows"},
      {{.offset = -1}, "negative"},
      {{.offset = INT64_MAX}, "overflow"},
      {{.strides = {3, -1}}, "stride is not a whole number"},
      {{.strides = {INT64_MAX, 1}}, "overflow"},
      {{.sizes = {-2, -3}}, "size is not a whole number"},
      {{.sizes = {INT64_MAX, 3}, .strides = {0, 0}}, "sizes overflow"},
      {{.sizes = {2, 3, 1}}, "differ in number"},
      {{.offset = 7, .sizes = {0}, .strides = {1}}, "ends beyond its storage"},
      {{.sizes = std::vector<std::int64_t>(65, 1), .strides = std::vector<std::int64_t>(65, 1)},
       "too many dimensions"},
      {{.type = "FooStorage"}, "torch.FooStorage"}};
  for (const auto& [tensor, part] : cases) expect_refused(tensor_file(tensor), part);
}

TEST(TorchCheckpoint, RefusesAnUnknownCallableByName) {
  const std::string remedy = "state_dict";
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{
           {"posix", "system"},
           {"builtins", "eval"},
           {"torch.serialization", "load"},
           {"torch", "load"},
           {"__torch__", "Net"},
           {"numpy.core.multiarray", "_reconstruct"}}) {
    const std::string call = "c" + module + "\n" + name + "\n" + pickled("touch x") + "\x85R";
    const std::string message = refusal_of_pickle(pickled_dict(call));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, module + "." + name, message);
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, remedy, message);
    const std::string stacked =
        pickled(module) + pickled(name) + "\x93" + pickled("touch x") + "\x85R";
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, module + "." + name,
                        refusal_of_pickle(pickled_dict(stacked)));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, module + "." + name,
                        refusal("\x80\x02" + call + "."));
  }
}

TEST(TorchCheckpoint, RefusesOpcodesThatMakeObjects) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"(ios\nsystem\n", "os.system"},
      {"(itorch\nTensor\n", "INST"},
      {"(o", "OBJ"},
      {"N)}\x92", "NEWOBJ_EX"},
      {"\x82\x01", "EXT1"},
      {"P0\n", "PERSID"},
      {"\x97", "NEXT_BUFFER"},
      {"ccollections\nOrderedDict\n)\x81", "NEWOBJ"},
      {"ctorch\nTensor\n)R", "only data"},
      {"N)R", "not a function"},
      {"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\n"
       "ctorch\nTensor\n)}tR",
       "type of its own"},
      {"}}b", "BUILD"},
      {"NQ", "persistent id"},
      {"\xff", "unknown opcode"}};
  for (const auto& [pickle, part] : cases) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, refusal_of_pickle(pickled_dict(pickle)));
  }
}

TEST(TorchCheckpoint, RefusesPicklesThatDoNotAddUp) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "ends without STOP"},
      {".", "one object"},
      {"NN.", "one object"},
      {"(N.", "one object"},
      {"\x80\x06N.", "protocol"},
      {"t.", "mark"},
      {"}N(s.", "more values"},
      {"}N(Nu.", "key without a value"},
      {"NNa.", "a list"},
      {"NNNs.", "a dict"},
      {"h\x05.", "memo 5"},
      {"q\x05.", "empty stack"},
      {"X\xff\xff\xff\x7fxyz", "too early"},
      {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "too early"},
      {"\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", "frame"},
      {"cposix", "inside a line"},
      {"K\x05.", "no tensors"},
      {"}.", "no tensors"},
      {"}.x", "after the pickled object"}};
  for (const auto& [pickle, part] : cases) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, refusal_of_pickle(pickle)) << pickle;
  }
}

TEST(TorchCheckpoint, NamesArePathsOfKeysAndPositions) {
  const std::string tensor = pickled_tensor({});
  const std::string list = "](" + tensor + tensor + "e";
  const std::string number = "}" + pickled(7) + tensor + "s";
  const std::string pairs = "ccollections\nOrderedDict\n](](" + pickled("k") + tensor + "ee\x85R";
  const TensorFile file =
      parse(checkpoint_of("}(" + pickled("list") + list + pickled("number") + number +
                          pickled("old") + pairs + pickled("epoch") + "K\x05N" + "Nu."));
  std::vector<std::string> names;
  for (const auto& [name, view] : file.tensors) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"list.0", "list.1", "number.7", "old.k"}));
}

TEST(TorchCheckpoint, ReadsParametersAndTensorsWithAttributes) {
  const std::string tensor = pickled_tensor({});
  const std::string maker = "ctorch._utils\n_rebuild_tensor_v2\n";
  const std::string arguments = tensor.substr(maker.size(), tensor.size() - maker.size() - 1);
  const std::string none = "ccollections\nOrderedDict\n)R";
  for (const std::string& object :
       {"ctorch._utils\n_rebuild_parameter\n(" + tensor + "\x88" + none + "tR",
        "ctorch._tensor\n_rebuild_from_type_v2\n(" + maker + "ctorch\nTensor\n" + arguments + "}tR",
        tensor + "}" + pickled("note") + pickled("text") + "sb"}) {
    EXPECT_EQ(floats_of(parse(checkpoint_of(pickled_dict(object))).tensors.at("w")),
              (std::vector<float>{0, 1, 2, 3, 4, 5}));
  }
}

TEST(TorchCheckpoint, ReadsTypesThatHaveNoStorageOfTheirOwn) {
  const TensorFile file = parse(checkpoint_of(
      pickled_dict("ctorch._utils\n_rebuild_tensor_v3\n((" + pickled("storage") +
                   "ctorch.storage\nUntypedStorage\n" + pickled("0") + pickled("cpu") +
                   pickled(24) + "tQ" + pickled(2) + pickled_numbers({2}) + pickled_numbers({1}) +
                   "\x89"
                   "ccollections\nOrderedDict\n)Rctorch\nuint16\ntR")));
  EXPECT_EQ(file.tensors.at("w").dtype, DType::kU16);
  EXPECT_EQ(floats_of(file.tensors.at("w")), (std::vector<float>{0, 0x3f80}));
}

TEST(TorchCheckpoint, RefusesNamesThatAreAmbiguousOrNotText) {
  const std::string tensor = pickled_tensor({});
  EXPECT_PRED_FORMAT2(
      ::testing::IsSubstring, "two tensors",
      refusal_of_pickle("}(" + pickled("a") + tensor + pickled("a") + tensor + "u."));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "UTF-8",
                      refusal_of_pickle("}" + pickled("a\xff") + tensor + "s."));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "neither text nor",
                      refusal_of_pickle("}N" + tensor + "s."));
}

TEST(TorchCheckpoint, ReadsModulesOfTorchScriptArchivesOnly) {
  const std::string module =
      "\x80\x02"
      "c__torch__.a\nNet\n)\x81}" +
      pickled("w") + pickled_tensor({}) + "sb.";
  const TensorFile file = parse(checkpoint_of(module, {{"a/constants.pkl", "\x80\x02)."}}));
  EXPECT_EQ(file.container, "TorchScript archive");
  EXPECT_EQ(file.tensors.count("w"), 1U);
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "__torch__.a.Net", refusal_of_pickle(module));
}

TEST(TorchCheckpoint, RefusesBrokenArchives) {
  const std::string pickle = pickled_dict(pickled_tensor({}));
  const std::string good = checkpoint_of(pickle);
  expect_refused("", "an empty file");
  expect_refused("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
  expect_refused("<!DOCTYPE html>\x1b[2J", "web page");
  expect_refused(good.substr(0, good.size() - 3), "end of directory");
  expect_refused(good.substr(0, good.size() - 22) + zip_of({}),
                 "not where the end of the file says");
  expect_refused(zip_of({{"a/data.pkl", pickle}}, 8), "compressed");
  expect_refused(zip_of({{"data.pkl", pickle}}), "not of PyTorch");
  expect_refused(zip_of({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}}), "two data.pkl");
  expect_refused(checkpoint_of(pickle, {{"a/data/0", ""}}), "occurs twice");
  expect_refused(checkpoint_of(pickle, {{"a/byteorder", "big"}}), "byte order");
  expect_refused(zip_of({{"a/data.pkl", pickle}}), "elements are missing");
}

TEST(TorchCheckpoint, EveryTruncationIsRefused) {
  for (const std::string& good : {tensor_file({}), legacy_of(pickled_dict(pickled_tensor({})))}) {
    ASSERT_EQ(refusal(good), "accepted");
    for (std::size_t length = 0; length < good.size(); ++length) {
      EXPECT_NE(refusal(good.substr(0, length)), "accepted") << length;
    }
  }
}

TEST(TorchCheckpoint, NoMutationCrashesAndEveryAcceptedTensorHasItsBytes) {
  RandomStream stream({.seed = 12});
  for (const std::string& start : {tensor_file({.sizes = {3, 2}, .strides = {1, 3}}),
                                   legacy_of(pickled_dict(pickled_tensor({})))}) {
    for (int i = 0; i < 20000; ++i) {
      std::string bytes = start;
      for (std::int64_t k = stream.integer(3); k >= 0; --k) {
        const auto at =
            static_cast<std::size_t>(stream.integer(static_cast<std::int64_t>(bytes.size())));
        bytes[at] = static_cast<char>(stream.integer(256));
      }
      try {
        for (const auto& [name, view] : parse(bytes).tensors) {
          std::uint64_t size = size_of(view.dtype);
          for (const std::int64_t side : view.shape) size *= static_cast<std::uint64_t>(side);
          ASSERT_EQ(size, view.bytes.size());
        }
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::kIo);
      }
    }
  }
}

std::string repeated(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() + part.size() <= bytes) text += part;
  return text;
}

/// Small files that ask for much work or memory.
std::vector<std::string> bombs() {
  constexpr std::size_t kBytes = 100'000;
  std::vector<std::string> files;
  for (const char* part : {"N", ")", "}", "]", "(", "2", "\x94", "\x85", "]\x94", "}(h\1h\1u\x94",
                           "U\1a", "I01\n", "Nq\7", "((t", "\x86", "h\1h\1\x86"}) {
    files.push_back(checkpoint_of("N\x94}\x94" + repeated(part, kBytes)));
  }
  std::string dict = "}q\1" + pickled("w") + pickled_tensor({}) + "s0";
  for (int i = 1; i < 28; ++i) {
    const std::string slot(1, static_cast<char>(i)), next(1, static_cast<char>(i + 1));
    dict += "}q" + next + "(" + pickled("a") + "h" + slot + pickled("b") + "h" + slot + "u0";
  }
  files.push_back(checkpoint_of(dict + "h\x1c."));
  const std::string key(kBytes / 2, 'k');
  std::string long_names = pickled(key) + "q\1" + "0" + pickled_tensor({}) + "q\2" + "0N";
  for (int i = 0; i < 30; ++i) long_names += "0}h\1h\2sq\2";
  files.push_back(checkpoint_of("" + long_names + "."));
  files.push_back(tensor_file({.sizes = {1 << 20, 1 << 10}, .strides = {0, 0}}));
  const std::string again = "h\1h\2R";
  files.push_back(checkpoint_of(
      "ctorch._utils\n_rebuild_tensor_v2\nq\1"
      "0((" +
      pickled("storage") + "ctorch\nFloatStorage\n" + pickled("0") + pickled("cpu") + "K\6tQ" +
      pickled(0) + pickled_numbers({1 << 10, 1 << 5}) + pickled_numbers({0, 0}) +
      "tq\2"
      "0](" +
      repeated(again, kBytes) + "e."));
  return files;
}

/// Growth of the largest memory of a process that does the work, in bytes.
std::int64_t memory_of(const std::function<void()>& work) {
  int pipe_ends[2];
  EXPECT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto largest = [] {
      struct rusage usage {};
      ::getrusage(RUSAGE_SELF, &usage);
      return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
    };
    const std::int64_t before = largest();
    work();
    const std::int64_t growth = largest() - before;
    ::_exit(::write(pipe_ends[1], &growth, sizeof growth) == sizeof growth ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::int64_t growth = -1;
  ::close(pipe_ends[1]);
  EXPECT_EQ(::read(pipe_ends[0], &growth, sizeof growth), static_cast<ssize_t>(sizeof growth));
  ::close(pipe_ends[0]);
  EXPECT_EQ(status, 0);
  return growth;
}

TEST(TorchCheckpoint, SmallFilesTakeLittleMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer takes memory of its own";
#endif
  for (std::size_t i = 0; const std::string& file : bombs()) {
    const std::int64_t growth = memory_of([&] {
      try {
        (void)parse(file);
      } catch (const Error&) {
      }
    });
    EXPECT_LT(growth, std::int64_t{16} << 20) << "bomb " << i;
    EXPECT_NE(refusal(file), "accepted") << "bomb " << i;
    ++i;
  }
}

}  // namespace
}  // namespace medcl
