// SPDX-License-Identifier: Apache-2.0
// Checkpoints that are broken, hostile or greedy.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "medcl/core/random.h"
#include "medcl/core/sanitizer.h"
#include "medcl/format/test_checkpoints.h"

namespace medcl {
namespace {

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

TEST(TorchCheckpoint, RefusesAnUnknownCallableByNameAndRunsNone) {
  const std::string remedy = "state_dict";
  const InFolderOfItsOwn here;  // where a payload that runs would make the file x
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{
           {"posix", "system"},
           {"os", "popen"},
           {"subprocess", "Popen"},
           {"subprocess", "check_output"},
           {"pty", "spawn"},
           {"runpy", "run_path"},
           {"importlib", "import_module"},
           {"builtins", "eval"},
           {"builtins", "exec"},
           {"builtins", "getattr"},
           {"shutil", "rmtree"},
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
    EXPECT_TRUE(here.is_empty()) << module << "." << name << " ran";
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
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "the sanitizer takes memory of its own";
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
