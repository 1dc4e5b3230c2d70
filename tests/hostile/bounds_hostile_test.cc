// SPDX-License-Identifier: Apache-2.0
// What a file cannot make the program do: take memory out of proportion to its size, or open
// another file.
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdlib>

#include "medcl/core/file_system.h"
#include "medcl/core/sanitizer.h"
#include "medcl/format/gzip.h"
#include "medcl/image/itk_bridge.h"
#include "tests/hostile/child.h"
#include "tests/hostile/craft.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMega = std::uint64_t{1} << 20;

int info_code(const fs::path& path, std::uint64_t address_space_bytes) {
  const Outcome outcome = run_program({"info", path.string()},
                                      {.seconds = 20, .address_space_bytes = address_space_bytes});
  return outcome.signal == 0 ? outcome.code : -1;
}

/// Least address space in which the program shows `path`, to within 2 MB.
std::uint64_t least_space(const fs::path& path) {
  std::uint64_t low = 16 * kMega, high = std::uint64_t{16} << 30;
  EXPECT_EQ(info_code(path, high), 0);
  while (high - low > 2 * kMega) {
    const std::uint64_t middle = low + (high - low) / 2;
    (info_code(path, middle) == 0 ? high : low) = middle;
  }
  return high;
}

struct Bomb {
  const char* name;
  Bytes bytes;
  int code;
};

Bytes huge_nifti() {
  Bytes bytes = sound_nifti();
  for (std::size_t axis = 1; axis <= 3; ++axis) put16(bytes, 40 + 2 * axis, 700);
  return bytes;
}

std::vector<Bomb> bombs() {
  const Bytes zeros = packed_zeros(90);
  Bytes small = gzip(sound_nifti()), liar = gzip(huge_nifti());
  small.insert(small.end(), zeros.begin(), zeros.end());
  liar.insert(liar.end(), zeros.begin(), zeros.end());
  std::string entries = "{";
  for (int n = 0; n < 1250; ++n) {
    entries += (n > 0 ? ",\"" : "\"") + std::to_string(n) +
               R"(":{"dtype":"F32","shape":[900000000],"data_offsets":[0,3600000000]})";
  }
  std::vector<Bomb> all{
      {"a.nii", huge_nifti(), 4},
      {"b.nii.gz", small, 4},
      {"c.nii.gz", liar, 4},
      {"d.safetensors", safetensors_of(entries + "}", 0), 4},
      {"e.safetensors", safetensors_of("{\"a\":" + std::string(95000, '['), 0), 4},
      {"f.toml", to_bytes("a = " + std::string(95000, '[')), 4},
  };
  if (itk_is_built_in()) {
    const auto nrrd = replaced(sound_nrrd(to_text(zeros)), "encoding: raw", "encoding: gzip");
    const auto mha =
        replaced(sound_mha(to_text(zeros)), "CompressedData = False", "CompressedData = True");
    Bytes dicom = sound_dicom();
    const std::size_t rows = to_text(dicom).find(std::string("\x28\0\x10\0US", 6)) + 8;
    put16(dicom, rows, 65535);
    put16(dicom, rows + 10, 65535);
    all.push_back({"g.nrrd", to_bytes(nrrd), 4});
    // More than this test leaves room for; with room, the file is too short (4).
    all.push_back({"h.nrrd", to_bytes(replaced(nrrd, "sizes: 4 3 2", "sizes: 700 700 700")), 6});
    all.push_back({"i.mha", to_bytes(mha), 4});
    all.push_back(
        {"j.mha", to_bytes(replaced(mha, "DimSize = 4 3 2", "DimSize = 700 700 700")), 6});
    all.push_back({"k.dcm", dicom, 4});
  }
  return all;
}

TEST(HostileBounds, FilesOf100KilobytesTakeLessThan16MegabytesBeforeTheyAreRefused) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer takes more than the files";
  const fs::path folder = Workshop::get().fresh();
  write(folder / "sound.nii", sound_nifti());
  const std::uint64_t least = least_space(folder / "sound.nii");
  std::printf("least address space for a sound file: %zu MB\n",
              static_cast<std::size_t>(least / kMega));
  for (const Bomb& bomb : bombs()) {
    ASSERT_LE(bomb.bytes.size(), 100000U) << bomb.name;
    write(folder / bomb.name, bomb.bytes);
    const Outcome outcome = run_program({"info", (folder / bomb.name).string()},
                                        {.seconds = 20, .address_space_bytes = least + 16 * kMega});
    EXPECT_EQ(outcome.code, bomb.code) << bomb.name << ": " << outcome.text();
    EXPECT_NE(outcome.err.find(bomb.name), std::string::npos) << outcome.text();
  }
}

TEST(HostileBounds, ModelsOfAFewKilobytesMakeNoHugeNetwork) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer takes more than the network";
  const fs::path model = Workshop::get().fresh_model();
  const std::uint64_t least = least_space(model);
  rewrite_card(model, [](Json& card) { card["network"]["width"] = 512; });
  const Outcome outcome = run_program({"info", model.string()},
                                      {.seconds = 20, .address_space_bytes = least + 16 * kMega});
  EXPECT_EQ(outcome.code, 5) << outcome.text();
}

/// Those where a start fails are tried one by one: around the least that the libraries need, and
/// what threads, buffers and weights take above it. MEDCL_LIMITS=all takes narrow steps.
std::vector<std::uint64_t> limits_above(std::uint64_t least) {
  const char* wanted = std::getenv("MEDCL_LIMITS");
  const bool all = wanted != nullptr && std::string(wanted) == "all";
  std::vector<std::uint64_t> limits{least / 3, least - 2 * kMega};
  const std::uint64_t step = (all ? 4 : 16) * kMega, dense = (all ? 640 : 192) * kMega;
  for (std::uint64_t above = 0; above < dense; above += step) limits.push_back(least + above);
  for (const std::uint64_t twice : {1, 2}) limits.push_back(2 * twice * least);
  return limits;
}

/// Ends well, or is refused with a word, under every limit. `words_of`: the command for a folder
/// that nothing used before.
void expect_ends_under_limits(const std::string& verb, const std::vector<std::uint64_t>& limits,
                              const std::function<Words(const fs::path&)>& words_of) {
  const fs::path folder = Workshop::get().fresh();
  std::size_t ended_well = 0, named = 0;
  for (const std::uint64_t limit : limits) {
    const std::string text = std::to_string(limit / kMega);
    const Outcome outcome =
        run_program(words_of(folder / text), {.seconds = 20, .address_space_bytes = limit});
    constexpr int kNotLoaded = 127;  // by the loader, before anything of ours runs
    EXPECT_FALSE(outcome.hung) << verb << ", " << text << " MB";
    EXPECT_TRUE(outcome.code == 0 || outcome.code == 6 || outcome.code == kNotLoaded)
        << verb << ", " << text << " MB: " << outcome.text();
    ended_well += outcome.code == 0 ? 1 : 0;
    named += outcome.code == 6 ? 1 : 0;
  }
  std::printf("%s: %zu limits of the address space left enough, %zu were refused with a word\n",
              verb.c_str(), ended_well, named);
  EXPECT_GT(ended_well, 0U) << verb;
  EXPECT_GT(named, 0U) << verb;
}

TEST(HostileBounds, LimitsOfTheAddressSpaceEndWellOrAreNamed) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer takes more than any limit";
  const std::string data = Workshop::get().dataset().string();
  const std::string model = Workshop::get().model().string();
  const std::string image = data + "/imagesTr/" + Workshop::get().scribbled() + "_0000.nii.gz";
  const auto limits = limits_above(least_space(image));
  expect_ends_under_limits("info", limits, [&](const fs::path&) { return Words{"info", image}; });
  expect_ends_under_limits("check", limits, [&](const fs::path&) { return Words{"check", data}; });
  expect_ends_under_limits("predict", limits, [&](const fs::path& out) {
    return Words{"predict", "-m", model, image, "-o", out.string(), "--threads", "2"};
  });
  expect_ends_under_limits("train", limits, [&](const fs::path& out) {
    return Words{"train",     data,
                 "-o",        out.string(),
                 "--preset",  "phantom",
                 "--steps",   "2",
                 "--threads", "2",
                 "--set",     "network.width=4",
                 "--set",     "crop.size=32",
                 "--set",     "sampler.batch=3"};
  });
}

TEST(HostileBounds, SmallStacksDoNotCrashANetwork) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer takes more than any stack";
  const std::string model = Workshop::get().model().string();
  const std::string image = Workshop::get().dataset().string() + "/imagesTr/" +
                            Workshop::get().scribbled() + "_0000.nii.gz";
  const fs::path folder = Workshop::get().fresh();
  for (const std::uint64_t kilobytes : {100, 130, 400, 1000, 2000}) {
    const Outcome outcome =
        run_program({"predict", "-m", model, image, "-o",
                     (folder / std::to_string(kilobytes)).string(), "--threads", "2"},
                    {.seconds = 20, .stack_bytes = kilobytes * 1024});
    EXPECT_TRUE(outcome.code == 0 || outcome.code == 6) << kilobytes << ": " << outcome.text();
  }
}

/// Hears whether a file is opened by anybody.
class Watch {
 public:
  explicit Watch(const fs::path& path) : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (::inotify_add_watch(descriptor_, path.c_str(), IN_OPEN | IN_ACCESS) < 0) {
      throw std::runtime_error("cannot watch " + path.string());
    }
  }
  ~Watch() { ::close(descriptor_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  /// Since the last question.
  [[nodiscard]] bool opened() const {
    char events[4096];
    bool any = false;
    while (::read(descriptor_, events, sizeof events) > 0) any = true;
    return any;
  }

 private:
  int descriptor_;
};

/// Ways to write the path of a file that lies in `folder`/secret.raw, from `folder`/in.
std::vector<std::string> paths_to_secret(const fs::path& folder) {
  const std::string absolute = (folder / "secret.raw").string();
  return {"../secret.raw",
          absolute,
          "./../secret.raw",
          "..//secret.raw",
          "link.raw",
          "/proc/self/cwd/../" + absolute,
          "\"../secret.raw\"",
          "'../secret.raw'",
          " ../secret.raw ",
          "../in/../secret.raw",
          "file://" + absolute,
          "LIST\n../secret.raw",
          "../secret.%03d 1 1 1",
          "..\\secret.raw",
          "../secret.raw\t"};
}

std::vector<std::pair<std::string, std::string>> detached(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* key :
       {"data file", "datafile", "Data File", "DATAFILE", " data file", "data\tfile"}) {
    files.emplace_back("x.nrrd", replaced(sound_nrrd(""), "encoding: raw",
                                          "encoding: raw\n" + std::string(key) + ": " + path));
  }
  for (const char* key : {"ElementDataFile", "elementdatafile", "ELEMENTDATAFILE",
                          " ElementDataFile", "ElementDataFile "}) {
    files.emplace_back("x.mha", replaced(sound_mha(""), "ElementDataFile = LOCAL",
                                         std::string(key) + " = " + path));
    files.emplace_back("x.mhd", replaced(sound_mha(""), "ElementDataFile = LOCAL",
                                         std::string(key) + " = " + path));
    files.emplace_back("x.mha", replaced(sound_mha(), "Offset = 3 4 5",
                                         std::string(key) + " = " + path + "\nOffset = 3 4 5"));
  }
  return files;
}

TEST(HostileBounds, NoHeaderMakesTheProgramOpenAnotherFile) {
  const fs::path folder = Workshop::get().fresh();
  write(folder / "secret.raw", std::string(24, 's'));
  fs::create_directory(folder / "in");
  fs::create_symlink("../secret.raw", folder / "in" / "link.raw");
  const Watch watch(folder / "secret.raw");
  ASSERT_EQ(read_file(folder / "secret.raw").size(), 24U);
  ASSERT_TRUE(watch.opened()) << "the watch is deaf";
  std::size_t files = 0;
  Words command{"info"};
  for (const std::string& path : paths_to_secret(folder)) {
    for (const auto& [name, text] : detached(path)) {
      const std::string number = std::to_string(files++);
      write(folder / "in" / (number + name), text);
      command.push_back(number + name);
    }
  }
  const Outcome outcome = run_program(command, {}, folder / "in");
  EXPECT_FALSE(watch.opened());
  EXPECT_EQ(outcome.code, 4) << outcome.text();
  EXPECT_GE(outcome.error_lines().size(), files / 2) << "most are refused, some keep their pixels";
  std::printf("%zu headers that name another file, none opened\n", files);
}

TEST(HostileBounds, NoDescriptionMakesTheProgramOpenAnotherFile) {
  const fs::path folder = Workshop::get().fresh_dataset();
  write(folder.parent_path() / "secret.nii.gz", gzip(sound_nifti()));
  write(folder.parent_path() / "secret_0000.nii.gz", gzip(sound_nifti()));
  const Watch labels(folder.parent_path() / "secret.nii.gz");
  const Watch image(folder.parent_path() / "secret_0000.nii.gz");
  const std::string absolute = (folder.parent_path() / "secret").string();
  for (const std::string& id : {std::string("../secret"), std::string("../../secret"), absolute}) {
    write(folder / "splits_final.json",
          "[{\"train\": [\"" + id + "\"], \"val\": [\"" + id + "\"]}]");
    write(folder / "categories.json", "{\"" + id + "\": {\"0\": [\"LV\"]}}");
    EXPECT_EQ(run_program({"check", folder.string()}).code, 3) << id;
    EXPECT_EQ(run_program({"train", folder.string(), "-o", (folder.parent_path() / "run").string(),
                           "--preset", "phantom", "--steps", "1"})
                  .code,
              3)
        << id;
  }
  const fs::path model = Workshop::get().model();
  fs::copy(model, folder / "model");
  rewrite_card(folder / "model",
               [&](Json& card) { card["weights"]["file"] = "../../secret.nii.gz"; });
  EXPECT_EQ(run_program({"info", (folder / "model").string()}).code, 0);
  EXPECT_FALSE(labels.opened());
  EXPECT_FALSE(image.opened());
}

}  // namespace
}  // namespace medcl::hostile
