// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/draft.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <vector>

#include "medcl/core/system_error.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";
constexpr std::size_t kLongestStem = 160;
constexpr std::size_t kClockDigits = 19;  // nanoseconds since 1970, from 2001 to 2286

/// ".NAME.tmp-": how the drafts of a path begin.
std::string draft_prefix(const fs::path& path) {
  return "." + path.filename().string().substr(0, kLongestStem) + std::string(kMark);
}

/// Takes digits and, unless they end the text, one '-' from its front; the number of digits.
std::size_t take_number(std::string_view& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  if (text.starts_with('-') && text.size() > 1) text.remove_prefix(1);
  return digits;
}

enum class Owner { kAlive, kEnded, kUnknown };

/// Whether the process that holds the lock of a draft lives. `lock` then keeps others away.
Owner owner_of(const fs::path& draft, int& lock) {
  lock = ::open(draft.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat found {};
  if (lock < 0 || ::fstat(lock, &found) != 0 || found.st_uid != ::geteuid()) return Owner::kUnknown;
  if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) return Owner::kUnknown;
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return Owner::kEnded;
  return errno == EWOULDBLOCK ? Owner::kAlive : Owner::kUnknown;
}

void remove_if_abandoned(const fs::path& draft) {
  int lock = -1;
  if (owner_of(draft, lock) == Owner::kEnded) {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
  }
  if (lock >= 0) ::close(lock);
}

bool is_still_at(int descriptor, const fs::path& path) {
  struct stat held {
  }, named{};
  return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

std::string without_draft_names(const std::string& message) {
  const std::string text = "/" + message;  // a draft beside the current folder is one, too
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t slash = text.find("/.", at);
    if (slash == std::string::npos) break;
    // A draft's name ends with a digit; what follows it is no part of a name that it could have.
    std::size_t end = slash + 1;
    const std::size_t mark = text.find(kMark, end);
    const std::size_t next = text.find('/', end);
    if (mark == std::string::npos || mark > next) {
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    end = std::min(text.find_first_not_of("0123456789-", mark + kMark.size()), text.size());
    const std::string name = text.substr(slash + 1, end - slash - 1);
    if (!is_draft_name(name)) {
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    const std::string target = text.substr(slash + 2, mark - slash - 2);
    result += text.substr(at, slash - at) + "/" + target;
    at = end;
    // Inside a draft's folder lies the file under its own name, or a draft of that.
    if (text.compare(at, target.size() + 1, "/" + target) == 0) at += target.size() + 1;
    const std::string inner = "/." + target + std::string(kMark);
    if (text.compare(at, inner.size(), inner) == 0) {
      at = std::min(text.find_first_not_of("0123456789-", at + inner.size()), text.size());
    }
  }
  return (result + text.substr(at)).substr(1);
}

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

fs::path draft_name(const fs::path& path) {
  // The clock tells processes apart that share a folder but not a process table (containers).
  static std::atomic<std::uint64_t> counter{0};
  static const auto start = std::chrono::system_clock::now().time_since_epoch().count();
  std::string clock = std::to_string(start > 0 ? start : 0);
  clock.insert(0, kClockDigits - std::min(kClockDigits, clock.size()), '0');
  return path.parent_path() / (draft_prefix(path) + std::to_string(::getpid()) + "-" + clock + "-" +
                               std::to_string(counter++));
}

bool is_draft_name(std::string_view name) {
  const std::size_t mark = name.rfind(kMark);
  if (!name.starts_with('.') || mark == std::string_view::npos || mark < 2) return false;
  std::string_view numbers = name.substr(mark + kMark.size());
  const std::size_t process = take_number(numbers), clock = take_number(numbers),
                    count = take_number(numbers);
  return process > 0 && clock == kClockDigits && count > 0 && numbers.empty();
}

void remove_abandoned_drafts(const fs::path& folder) noexcept {
  try {
    std::error_code error;
    std::vector<fs::path> drafts;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (is_draft_name(entry->path().filename().string())) drafts.push_back(entry->path());
    }
    for (const fs::path& draft : drafts) remove_if_abandoned(draft);
  } catch (const std::exception&) {
    // What was left can wait for the next start.
  }
}

void remove_abandoned_drafts_once(const fs::path& folder) noexcept {
  try {
    static std::mutex mutex;
    static std::set<fs::path> done;
    {
      const std::scoped_lock lock(mutex);
      if (!done.insert(fs::absolute(folder).lexically_normal()).second) return;
    }
    remove_abandoned_drafts(folder);
  } catch (const std::exception&) {
    // As above.
  }
}

bool has_living_draft(const fs::path& path) {
  const std::string prefix = draft_prefix(path);
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder_of(path), error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix) || !is_draft_name(name)) continue;
    int lock = -1;
    const Owner owner = owner_of(entry->path(), lock);
    if (lock >= 0) ::close(lock);
    if (owner == Owner::kAlive) return true;
  }
  return false;
}

bool lock_draft(int descriptor, const fs::path& path) {
  static_cast<void>(::flock(descriptor, LOCK_EX | LOCK_NB));  // not every disk has locks
  return is_still_at(descriptor, path);
}

DraftFolder::DraftFolder(const fs::path& place, bool is_private) {
  int number = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    path_ = draft_name(place);
    number = ::mkdir(path_.c_str(), is_private ? 0700 : 0777) == 0 ? 0 : errno;
    if (number == EEXIST) continue;
    if (number != 0) break;
    lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    number = lock_ < 0 ? errno : 0;
    if (number == 0 && lock_draft(lock_, path_)) return;
    ::rmdir(path_.c_str());
    if (lock_ >= 0) ::close(lock_);
    if (number != 0) break;
    number = EAGAIN;  // another process took it for an abandoned one
  }
  fail_with_errno(number, "cannot write into the folder", folder_of(place));
}

DraftFolder::~DraftFolder() {
  const bool empty = !released_ && ::rmdir(path_.c_str()) == 0;
  // After the lock, whose descriptor may be the only one that is left for looking into the folder.
  if (lock_ >= 0) ::close(lock_);
  if (!released_ && !empty) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
}

}  // namespace medcl
