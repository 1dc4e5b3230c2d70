// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: the real disk with a fault at a chosen operation, and a power failure that forgets
// whatever was not synced. Header only, never linked into the library.
//
// Source: the idea of LevelDB's fault_injection_test.cc and SQLite's simulated crash VFS.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"

namespace medcl {

enum class Fault {
  kError,      ///< operation k fails without effect
  kTornWrite,  ///< as kError, but a write leaves its first half behind
  kCrash,      ///< operation k and every later one fail, as if the process were dead
};

/// Installs itself for its lifetime. Operations (create, append_to, append, sync, close, rename,
/// remove, sync_folder, create_folders) are counted from 0.
class FaultFileSystem : public FileSystem {
 public:
  explicit FaultFileSystem(std::size_t fail_at = SIZE_MAX, Fault fault = Fault::kError)
      : fail_at_(fail_at),
        fault_(fault),
        previous_(FileSystem::replace(nullptr)),
        real_(FileSystem::get()) {
    FileSystem::replace(this);
  }
  FaultFileSystem(const FaultFileSystem&) = delete;
  FaultFileSystem& operator=(const FaultFileSystem&) = delete;
  ~FaultFileSystem() override { FileSystem::replace(previous_); }

  [[nodiscard]] std::size_t operations() const { return operations_; }
  /// Numbers of the operations that stand for all: every one but the appends between the first and
  /// the last append to a file, which fail as their neighbours do.
  [[nodiscard]] std::vector<std::size_t> distinct_operations() const {
    std::vector<std::size_t> distinct;
    for (std::size_t n = 0; n < history_.size(); ++n) {
      const bool between = n > 0 && n + 1 < history_.size() && history_[n].append &&
                           history_[n] == history_[n - 1] && history_[n] == history_[n + 1];
      if (!between) distinct.push_back(n);
    }
    return distinct;
  }

  /// Brings the disk to the oldest state it may have after a power failure: appended bytes without
  /// sync are cut off, names created or changed without sync_folder are as before.
  void lose_power() {
    for (const auto& [path, size] : synced_bytes_) {
      std::error_code ignored;
      std::filesystem::resize_file(path, size, ignored);
    }
    for (auto entry = unsynced_names_.rbegin(); entry != unsynced_names_.rend(); ++entry) {
      undo(*entry);
    }
    synced_bytes_.clear();
    unsynced_names_.clear();
  }

  std::unique_ptr<WritableFile> create(const std::filesystem::path& path) override {
    step(path);
    auto file = real_.create(path);
    synced_bytes_[path] = 0;
    unsynced_names_.push_back({Change::kCreated, path, {}, std::nullopt});
    return std::make_unique<File>(*this, path, std::move(file));
  }

  std::unique_ptr<WritableFile> append_to(const std::filesystem::path& path) override {
    step(path);
    const bool existed = std::filesystem::exists(path);
    auto file = real_.append_to(path);
    synced_bytes_.try_emplace(path, existed ? std::filesystem::file_size(path) : 0);
    if (!existed) {
      unsynced_names_.push_back({Change::kCreated, path, {}, std::nullopt});
    }
    return std::make_unique<File>(*this, path, std::move(file));
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    step(to);
    auto old = content_of(to);
    real_.rename(from, to);
    if (const auto node = synced_bytes_.extract(from)) {
      synced_bytes_[to] = node.mapped();
    }
    unsynced_names_.push_back({Change::kRenamed, to, from, std::move(old)});
  }

  void rename_to_free(const std::filesystem::path& from, const std::filesystem::path& to) override {
    step(to);
    real_.rename_to_free(from, to);
    if (const auto node = synced_bytes_.extract(from)) {
      synced_bytes_[to] = node.mapped();
    }
    unsynced_names_.push_back({Change::kRenamed, to, from, std::nullopt});
  }

  void remove(const std::filesystem::path& path) override {
    step(path);
    auto old = content_of(path);
    real_.remove(path);
    synced_bytes_.erase(path);
    if (old) {
      unsynced_names_.push_back({Change::kRemoved, path, {}, std::move(old)});
    }
  }

  void sync_folder(const std::filesystem::path& folder) override {
    step(folder);
    real_.sync_folder(folder);
    std::erase_if(unsynced_names_,
                  [&](const Name& name) { return name.path.parent_path() == folder; });
  }

  void create_folders(const std::filesystem::path& folder) override {
    step(folder);
    const bool existed = std::filesystem::exists(folder);
    real_.create_folders(folder);
    if (!existed) {
      unsynced_names_.push_back({Change::kCreated, folder, {}, std::nullopt});
    }
  }

 private:
  using Content = std::optional<std::vector<std::uint8_t>>;
  enum class Change { kCreated, kRenamed, kRemoved };

  /// A change of a folder that a power failure undoes.
  struct Name {
    Change change;
    std::filesystem::path path, from;
    Content old;
  };

  struct Operation {
    std::filesystem::path path;
    bool append = false;
    bool operator==(const Operation&) const = default;
  };

  class File : public WritableFile {
   public:
    File(FaultFileSystem& owner, std::filesystem::path path, std::unique_ptr<WritableFile> file)
        : owner_(owner), path_(std::move(path)), file_(std::move(file)) {}
    void append(std::span<const std::uint8_t> bytes) override {
      if (owner_.fault_ == Fault::kTornWrite && owner_.operations_ == owner_.fail_at_) {
        file_->append(bytes.first(bytes.size() / 2));
      }
      owner_.step(path_, true);
      file_->append(bytes);
    }
    void sync() override {
      owner_.step(path_);
      file_->sync();
      owner_.synced_bytes_[path_] = std::filesystem::file_size(path_);
    }
    void close() override {
      owner_.step(path_);
      file_->close();
    }

   private:
    FaultFileSystem& owner_;
    std::filesystem::path path_;
    std::unique_ptr<WritableFile> file_;
  };

  void step(const std::filesystem::path& path, bool append = false) {
    const std::size_t operation = operations_++;
    history_.push_back({path, append});
    const bool dead = fault_ == Fault::kCrash && operation > fail_at_;
    if (operation == fail_at_ || dead) {
      fail(ErrorCode::kIo, {.what = "injected fault", .where = path.string()});
    }
  }

  static Content content_of(const std::filesystem::path& path) {
    return std::filesystem::exists(path) ? Content(read_file(path)) : std::nullopt;
  }

  static void undo(const Name& name) {
    std::error_code ignored;
    if (name.change == Change::kCreated) {
      std::filesystem::remove_all(name.path, ignored);
    } else if (name.change == Change::kRenamed) {
      std::filesystem::rename(name.path, name.from, ignored);
    }
    if (name.old) {
      FILE* file = std::fopen(name.path.c_str(), "wb");
      if (file != nullptr) {
        std::fwrite(name.old->data(), 1, name.old->size(), file);
        std::fclose(file);
      }
    }
  }

  std::size_t fail_at_;
  Fault fault_;
  FileSystem* previous_;
  FileSystem& real_;
  std::size_t operations_ = 0;
  std::vector<Operation> history_;
  std::map<std::filesystem::path, std::uintmax_t> synced_bytes_;
  std::vector<Name> unsynced_names_;
};

}  // namespace medcl
