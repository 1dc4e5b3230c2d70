// SPDX-License-Identifier: Apache-2.0
// hostile_mutants [COUNT [SEED [FORMAT...]]]: damaged files of every format through the real
// program. No mutant may end it with a signal, keep it busy for 20 s or take 512 MB; each is either
// shown, and then agrees with itself, or refused in one line that names it. Many files go through
// one process; when that ends badly, each of them is tried alone, and the guilty are kept.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "medcl/core/file_system.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/gzip.h"
#include "tests/hostile/child.h"
#include "tests/hostile/craft.h"
#include "tests/hostile/mutate.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatch = 50;
constexpr Limits kLimits{.seconds = 20, .address_space_bytes = std::uint64_t{4} << 30};
constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;

struct Format {
  std::string name;
  /// Writes mutant `number` as `path` (a name without ending) and returns what to give to `info`.
  std::function<fs::path(const fs::path& path, RandomStream& random)> write_mutant;
};

struct Tally {
  std::size_t mutants = 0, accepted = 0, refused = 0, signals = 0, hangs = 0, unclear = 0;
  std::uint64_t peak_bytes = 0;

  [[nodiscard]] bool sound() const {
    return signals + hangs + unclear == 0 && peak_bytes <= kMostBytes &&
           accepted + refused == mutants;
  }
};

fs::path written(const fs::path& path, const Bytes& bytes) {
  write(path, bytes);
  return path;
}

Format plain(const std::string& name, const std::string& ending, const std::vector<Bytes>& sound) {
  return {name, [=](const fs::path& path, RandomStream& random) {
            const auto which =
                static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(sound.size())));
            return written(path.string() + ending, mutate(sound[which], random));
          }};
}

/// Half of the mutants are damaged inside the compressed stream, with a checksum that is right.
Format compressed_nifti() {
  return {"nii.gz", [](const fs::path& path, RandomStream& random) {
            const Bytes sound = sound_nifti();
            const Bytes bytes =
                random.chance(0.5) ? gzip(mutate(sound, random), 1) : mutate(gzip(sound), random);
            return written(path.string() + ".nii.gz", bytes);
          }};
}

std::vector<Bytes> foreign_files(bool nrrd) {
  const Bytes packed = gzip(Bytes(24, 'x'));
  if (nrrd) {
    return {to_bytes(sound_nrrd()),
            to_bytes(replaced(sound_nrrd(to_text(packed)), "encoding: raw", "encoding: gzip"))};
  }
  return {to_bytes(sound_mha()),
          to_bytes(replaced(sound_mha(to_text(packed)), "CompressedData = False",
                            "CompressedData = True"))};
}

Format dataset_description() {
  const Bytes sound = to_bytes(read_json(Workshop::get().dataset() / "dataset.json").dump(1));
  return {"dataset.json", [=](const fs::path& path, RandomStream& random) {
            fs::create_directories(path);
            for (const char* name : {"imagesTr", "labelsTr"}) {
              fs::create_directory_symlink(Workshop::get().dataset() / name, path / name);
            }
            write(path / "dataset.json", mutate(sound, random));
            return path;
          }};
}

/// Half of the mutants carry a checksum that is right, as somebody would forge it.
Format model_card() {
  const fs::path model = Workshop::get().model();
  const Bytes sound = to_bytes(read_json(model / "model.json").dump(1));
  return {"model.json", [=](const fs::path& path, RandomStream& random) {
            fs::create_directories(path);
            fs::create_symlink(model / "weights.safetensors", path / "weights.safetensors");
            write(path / "model.json", mutate(sound, random));
            if (random.chance(0.5)) {
              try {
                rewrite_card(path, [](Json&) {});
              } catch (const std::exception&) {  // no longer JSON: left as it is
              }
            }
            return path;
          }};
}

/// The pictures among the fixtures whose names have one of these endings.
std::vector<Bytes> pictures(const std::string& ending) {
  std::vector<Bytes> files;
  for (const auto& one : fs::directory_iterator(*fixtures_folder() / "pictures")) {
    if (one.path().extension() == ending) files.push_back(read_file(one.path()));
  }
  return files;
}

std::vector<Format> formats() {
  const Bytes tensors = safetensors_of(
      R"({"__metadata__": {"a": "b"}, "x": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},)"
      R"( "y": {"dtype": "I64", "shape": [2], "data_offsets": [24, 40]}})",
      40);

  const Bytes config =
      read_file(Workshop::get().model().parent_path() / "config.toml", std::uint64_t{1} << 20);
  return {
      plain("nii", ".nii", {sound_nifti()}),           compressed_nifti(),
      plain("nrrd", ".nrrd", foreign_files(true)),     plain("mha", ".mha", foreign_files(false)),
      plain("dicom", ".dcm", {sound_dicom()}),         plain("png", ".png", pictures(".png")),
      plain("jpeg", ".jpg", pictures(".jpg")),         plain("tiff", ".tif", pictures(".tif")),
      plain("safetensors", ".safetensors", {tensors}), dataset_description(),
      plain("config.toml", ".toml", {config}),         model_card()};
}

/// What `info` says of an accepted image must agree with itself.
bool consistent(const Json& shown) {
  if (shown.at("kind") != "image") return true;
  std::int64_t voxels = 1;
  for (const Json& side : shown.at("size")) voxels *= side.get<std::int64_t>();
  for (const Json& spacing : shown.at("spacing mm")) {
    if (!spacing.is_number() || !(spacing.get<double>() > 0)) return false;
  }
  return std::all_of(shown.at("channels").begin(), shown.at("channels").end(),
                     [&](const Json& one) { return one.at("voxels") == voxels; });
}

void keep(const fs::path& mutant, const std::string& why, const std::string& text) {
  const fs::path kept = fs::temp_directory_path() / "medcl_guilty_mutants" / mutant.filename();
  fs::create_directories(kept.parent_path());
  std::error_code ignored;
  fs::remove_all(kept, ignored);
  fs::copy(mutant, kept, fs::copy_options::recursive | fs::copy_options::copy_symlinks, ignored);
  std::printf("%s: %s: %s\n", why.c_str(), kept.c_str(), text.c_str());
}

/// Accepted paths and how they were shown; throws when stdout is not what --json promises.
std::map<std::string, Json> shown_paths(const Outcome& outcome,
                                        const std::vector<fs::path>& paths) {
  std::map<std::string, Json> shown;
  if (paths.size() == 1) {
    if (outcome.code == 0) shown[paths[0].string()] = parse_json(outcome.out, "stdout");
    return shown;
  }
  for (const Json& one : parse_json(outcome.out, "stdout")) {
    shown[one.at("path").get<std::string>()] = one;
  }
  return shown;
}

void judge(const Outcome& outcome, const std::vector<fs::path>& paths, Tally& tally) {
  const auto shown = shown_paths(outcome, paths);
  const auto lines = outcome.error_lines();
  for (const fs::path& path : paths) {
    const auto named = std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      const std::string start = "medcl info: " + path.string();
      return (line.starts_with(start + ":") || line.starts_with(start + "/")) &&
             line.find("internal check failed") == std::string::npos;
    });
    const auto found = shown.find(path.string());
    const bool accepted = found != shown.end() && named == 0 && consistent(found->second);
    const bool refused = found == shown.end() && named == 1;
    tally.accepted += accepted ? 1 : 0;
    tally.refused += refused ? 1 : 0;
    if (!accepted && !refused) {
      ++tally.unclear;
      keep(path, "unclear", found != shown.end() ? found->second.dump() : outcome.text());
    }
  }
}

Outcome show(const std::vector<fs::path>& paths) {
  Words command{"info", "--json"};
  for (const fs::path& path : paths) command.push_back(path.string());
  return run_program(command, kLimits);
}

void try_all(const std::vector<fs::path>& paths, Tally& tally) {
  const Outcome outcome = show(paths);
  tally.peak_bytes = std::max(tally.peak_bytes, outcome.peak_bytes);
  if (outcome.peak_bytes > kMostBytes && paths.size() == 1) {
    keep(paths[0], "takes " + std::to_string(outcome.peak_bytes >> 20) + " MB", outcome.text());
  }
  const bool greedy = outcome.peak_bytes > kMostBytes && paths.size() > 1;
  if (outcome.signal == 0 && !outcome.hung && !greedy) {
    try {
      judge(outcome, paths, tally);
    } catch (const std::exception& error) {
      tally.unclear += paths.size();
      std::printf("stdout is not what --json promises: %s; %s\n", error.what(),
                  outcome.text().c_str());
    }
  } else if (paths.size() > 1) {
    for (const fs::path& path : paths) try_all({path}, tally);
  } else {
    ++(outcome.hung ? tally.hangs : tally.signals);
    keep(paths[0], outcome.hung ? "hangs" : "signal " + std::to_string(outcome.signal),
         outcome.text());
  }
}

Tally run(const Format& format, std::size_t count, std::uint64_t seed) {
  Tally tally;
  for (std::size_t first = 0; first < count; first += kBatch) {
    const TestFolder folder;
    std::vector<fs::path> paths;
    for (std::size_t n = first; n < std::min(count, first + kBatch); ++n) {
      RandomStream random({.seed = seed,
                           .epoch = static_cast<std::uint32_t>(n),
                           .sample = static_cast<std::uint32_t>(format.name.size()),
                           .purpose = Purpose::kTest});
      paths.push_back(format.write_mutant(folder / ("mutant" + std::to_string(n)), random));
    }
    tally.mutants += paths.size();
    try_all(paths, tally);
  }
  return tally;
}

int run_formats(std::size_t count, std::uint64_t seed, const std::set<std::string>& wanted) {
  std::printf("%-13s %8s %9s %8s %8s %6s %8s %8s\n", "format", "mutants", "accepted", "refused",
              "signals", "hangs", "unclear", "peak MB");
  bool sound = true;
  for (const Format& format : formats()) {
    if (!wanted.empty() && wanted.count(format.name) == 0) continue;
    const Tally tally = run(format, count, seed);
    std::printf("%-13s %8zu %9zu %8zu %8zu %6zu %8zu %8zu\n", format.name.c_str(), tally.mutants,
                tally.accepted, tally.refused, tally.signals, tally.hangs, tally.unclear,
                static_cast<std::size_t>(tally.peak_bytes >> 20));
    std::fflush(stdout);
    sound = sound && tally.sound();
  }
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace medcl::hostile

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::size_t count = words.empty() ? 60 : std::strtoul(words[0].c_str(), nullptr, 10);
  const std::uint64_t seed = words.size() < 2 ? 1 : std::strtoull(words[1].c_str(), nullptr, 10);
  const std::set<std::string> wanted(words.begin() + std::min<std::ptrdiff_t>(2, argc - 1),
                                     words.end());
  return medcl::hostile::run_formats(count, seed, wanted);
}
