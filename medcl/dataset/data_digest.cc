// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/data_digest.h"

#include <sys/stat.h>

#include <ctime>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 32;
/// A file that changed so lately may change again without another time.
constexpr std::int64_t kSettledSeconds = 2;

std::string time_text(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

/// What changes whenever the content does; empty for a file of the last seconds, which is not
/// trusted.
std::string stamp_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "";
  const std::int64_t settled = std::time(nullptr) - kSettledSeconds;
  if (status.st_mtim.tv_sec > settled || status.st_ctim.tv_sec > settled) return "";
  return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         time_text(status.st_mtim) + " " + time_text(status.st_ctim);
}

}  // namespace

FileDigests::FileDigests(fs::path file) : file_(std::move(file)) {
  try {
    if (!is_there(file_)) return;
    const Json json = read_json(file_);
    reading_json("not a list of hashes", file_.string(), [&] {
      for (const auto& [path, one] : json.items()) {
        known_[path] = {one.at(0).get<std::string>(), one.at(1).get<std::string>()};
      }
    });
  } catch (const Error&) {
    known_.clear();
  }
  had_any_ = !known_.empty();
}

std::string FileDigests::of(const fs::path& path) {
  const std::string name = fs::absolute(path).lexically_normal().string();
  const std::string stamp = stamp_of(path);
  const auto found = known_.find(name);
  if (!stamp.empty() && found != known_.end() && found->second.stamp == stamp) {
    return found->second.sha256;
  }
  std::string sha256 = sha256_of_file(path);
  const bool is_other = found == known_.end() || found->second.sha256 != sha256;
  if (had_any_ && is_other) other_.push_back(path);
  // Of a file that changed while it was read, nothing is kept.
  if (!stamp.empty() && stamp_of(path) == stamp) {
    known_[name] = {stamp, sha256};
    changed_ = true;
  }
  return sha256;
}

void FileDigests::keep() const {
  if (!changed_) return;
  Json json = Json::object();
  for (const auto& [path, one] : known_) json[path] = {one.stamp, one.sha256};
  try {
    make_folders(file_.parent_path());
    write_json(file_, json);
  } catch (const Error&) {  // such as a folder that is only read
  }
}

std::string data_digest(const Dataset& dataset, bool test_cases, FileDigests& known,
                        const std::function<void()>& poll) {
  Json record;
  for (const char* name : {"dataset.json", "categories.json"}) {
    const fs::path file = dataset.root / name;
    if (is_there(file)) record[name] = read_json(file);
  }
  record["splits"] = splits_to_json(dataset.splits);
  Json& files = record["files"] = Json::object();
  const auto add = [&](const fs::path& file) {
    if (poll) poll();
    files[file.lexically_relative(dataset.root).generic_string()] = known.of(file);
  };
  for (const auto* cases : {&dataset.cases, test_cases ? &dataset.test_cases : nullptr}) {
    if (cases == nullptr) continue;
    for (const Case& one : *cases) {
      for (const fs::path& image : one.images) add(image);
      if (one.labels) add(*one.labels);
    }
  }
  return sha256_hex(json_text(record)).substr(0, kDigits);
}

}  // namespace medcl
