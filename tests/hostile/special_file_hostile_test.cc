// SPDX-License-Identifier: Apache-2.0
// Pipes, sockets and devices in the place of files, and paths that the system refuses: every input
// of every verb answers at once with exit code 4 and one line that names the path.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/hostile/child.h"
#include "tests/hostile/craft.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

/// Puts something at a path that does not exist.
using Put = std::function<void(const fs::path&)>;

void put_pipe(const fs::path& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }

void put_socket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  ASSERT_LT(name.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, name.c_str(), name.size());
  const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(made);
}

void put_device(const fs::path& path) { fs::create_symlink("/dev/zero", path); }
void put_loop(const fs::path& path) { fs::create_symlink(path.filename(), path); }

/// One input of one verb: the file that is replaced, and the command that reads it.
struct Input {
  std::string name;
  std::function<fs::path(const fs::path& folder)> file;
  std::function<Words(const fs::path& folder)> command;
};

std::vector<Input> plain_inputs() {
  std::vector<Input> all;
  for (const char* name : {"x.nii", "x.nii.gz", "x.nrrd", "x.mha", "x.dcm", "x.safetensors",
                           "x.pth", "x.toml", "model.json"}) {
    all.push_back({std::string("info ") + name,
                   [=](const fs::path& folder) { return folder / name; },
                   [=](const fs::path& folder) {
                     return Words{"info", (folder / name).string()};
                   }});
  }
  const auto in = [](const char* file) {
    return [=](const fs::path& folder) { return folder / file; };
  };
  all.push_back(
      {"convert", in("x.pth"), [](const fs::path& folder) {
         return Words{"convert", (folder / "x.pth").string(), (folder / "y.safetensors").string()};
       }});
  all.push_back({"scribble", in("x.nii.gz"), [](const fs::path& folder) {
                   return Words{"scribble", "--labels", (folder / "x.nii.gz").string(), "-o",
                                (folder / "y.nii.gz").string()};
                 }});
  all.push_back({"train --config", in("x.toml"), [](const fs::path& folder) {
                   return Words{"train",    (folder / "data").string(),
                                "-o",       (folder / "run").string(),
                                "--config", (folder / "x.toml").string()};
                 }});
  return all;
}

std::vector<Input> inputs_of_a_dataset() {
  std::vector<Input> all;
  const std::string id = Workshop::get().scribbled();
  for (const std::string& name : {std::string("dataset.json"), std::string("splits_final.json"),
                                  "imagesTr/" + id + "_0000.nii.gz"}) {
    all.push_back({"info or check " + name, [=](const fs::path& folder) { return folder / name; },
                   [=](const fs::path& folder) {
                     return name == "dataset.json" || name == "splits_final.json"
                                ? Words{"check", folder.string()}
                                : Words{"info", (folder / name).string()};
                   }});
  }
  return all;
}

/// Empty when the program ended at once with the wanted code and named the file.
std::string complaint(const Outcome& outcome, const fs::path& file) {
  if (outcome.hung) return "hung";
  if (outcome.code != 4) return "another exit code";
  const std::vector<std::string> lines = outcome.error_lines();
  if (lines.size() != 1) return "not one line";
  if (lines[0].find(file.string() + ": ") == std::string::npos) return "the path is not named";
  for (const char* raw : {"filesystem error", "exception", "0x", "Success"}) {
    if (lines[0].find(raw) != std::string::npos) return "a raw text";
  }
  return "";
}

void expect_answers(const std::vector<Input>& inputs, const std::function<fs::path()>& folder_of,
                    const Put& put, const std::string& found) {
  for (const Input& input : inputs) {
    const fs::path folder = folder_of();
    const fs::path file = input.file(folder);
    fs::remove(file);
    put(file);
    const Outcome outcome = run_program(input.command(folder), {.seconds = 10});
    EXPECT_EQ(complaint(outcome, file), "") << input.name << ": " << outcome.text();
    EXPECT_NE(outcome.err.find(found), std::string::npos) << input.name << ": " << outcome.text();
  }
}

TEST(HostileSpecial, PipesSocketsAndDevicesAreRefusedAtOnce) {
  const auto folder = [] { return Workshop::get().fresh(); };
  const auto dataset = [] { return Workshop::get().fresh_dataset(); };
  for (const auto& [put, found] :
       {std::pair<Put, const char*>(put_pipe, "found a FIFO"),
        std::pair<Put, const char*>(put_socket, "found a socket"),
        std::pair<Put, const char*>(put_device, "found a character device")}) {
    expect_answers(plain_inputs(), folder, put, found);
    expect_answers(inputs_of_a_dataset(), dataset, put, found);
  }
}

TEST(HostileSpecial, LoopsOfLinksAndLongNamesAreNamed) {
  const auto folder = [] { return Workshop::get().fresh(); };
  expect_answers(plain_inputs(), folder, put_loop, "symbolic link");
  const fs::path name = folder() / (std::string(300, 'n') + ".nii.gz");
  const Outcome outcome = run_program({"info", name.string()}, {.seconds = 10});
  EXPECT_EQ(complaint(outcome, name), "") << outcome.text();
  EXPECT_NE(outcome.err.find("name too long"), std::string::npos) << outcome.text();
}

TEST(HostileSpecial, FoldersWithoutPermissionAreNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  for (const Input& input : plain_inputs()) {
    if (!input.name.starts_with("info")) continue;  // others may look at their output first
    const fs::path folder = Workshop::get().fresh() / "locked";
    fs::create_directory(folder);
    write(input.file(folder), std::string("x"));
    fs::permissions(folder, fs::perms::none);
    const Outcome outcome = run_program(input.command(folder), {.seconds = 10});
    fs::permissions(folder, fs::perms::owner_all);
    EXPECT_EQ(complaint(outcome, input.file(folder)), "") << input.name << ": " << outcome.text();
    EXPECT_NE(outcome.err.find("ermission"), std::string::npos) << outcome.text();
  }
}

}  // namespace
}  // namespace medcl::hostile
