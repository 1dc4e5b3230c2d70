// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/system_error.h"

namespace medcl {
namespace {

/// What the handler of a signal may read at any moment: a list that only grows, whose entries are
/// published by `start` and used again once their file is closed.
struct Entry {
  std::atomic<const std::uint8_t*> start{nullptr};
  std::size_t size = 0;
  std::array<char, 1024> path{};
  Entry* next = nullptr;
};

std::atomic<Entry*> entries{nullptr};
std::mutex entries_mutex;
const char* program_name = "medcl";

void remember(std::span<const std::uint8_t> bytes, const std::filesystem::path& path) {
  const std::lock_guard lock(entries_mutex);
  Entry* entry = entries.load();
  while (entry != nullptr && entry->start.load() != nullptr) entry = entry->next;
  const bool made = entry == nullptr;
  if (made) entry = new Entry;
  const std::string name = one_line(path.string()).substr(0, entry->path.size() - 1);
  std::copy_n(name.c_str(), name.size() + 1, entry->path.begin());
  entry->size = bytes.size();
  if (made) entry->next = entries.load();
  entry->start.store(bytes.data());
  if (made) entries.store(entry);
}

void forget(std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(entries_mutex);
  for (Entry* entry = entries.load(); entry != nullptr; entry = entry->next) {
    if (entry->start.load() == bytes.data()) entry->start.store(nullptr);
  }
}

/// Only what may be called in the handler of a signal.
void say(const char* text) {
  const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(ignored);
}

void on_bus_error(int number, siginfo_t* info, void*) {
  const auto* address = static_cast<const std::uint8_t*>(info->si_addr);
  for (const Entry* entry = entries.load(); entry != nullptr; entry = entry->next) {
    const std::uint8_t* start = entry->start.load();
    // The last page of a mapping may reach beyond the file.
    if (start == nullptr || address < start || address >= start + entry->size + 4096) continue;
    say(program_name);
    say(": ");
    say(entry->path.data());
    say(": became shorter while it was read, or its disk failed; copy it again and start again "
        "(a training goes on with --resume)\n");
    ::_exit(static_cast<int>(ErrorCode::kIo));
  }
  ::signal(number, SIG_DFL);  // the access is tried again and ends the process
}

}  // namespace

void end_when_mapped_files_fail(const char* program) {
  program_name = program;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  const InputFile input = InputFile::open(path);
  if (input.size_bytes() > 0) {
    void* start =
        ::mmap(nullptr, input.size_bytes(), PROT_READ, MAP_PRIVATE, input.descriptor(), 0);
    if (start == MAP_FAILED) fail_with_errno(errno, "cannot read", path);
    file->bytes_ = {static_cast<const std::uint8_t*>(start), input.size_bytes()};
    remember(file->bytes_, path);
  }
  return file;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    forget(bytes_);
    ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
  }
}

}  // namespace medcl
