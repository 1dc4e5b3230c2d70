// SPDX-License-Identifier: Apache-2.0
// Runs before every library that the program loads: a limit of the address space (`ulimit -v`) that
// leaves too little for them is answered here. OpenBLAS takes a buffer for each thread when it is
// loaded, before main(), and where it gets none it asks for ever.
#include "app/address_space.h"

// Sanitizers are not ready at that time, and limits of the address space mean nothing to them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEDCL_IS_WATCHED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEDCL_IS_WATCHED
#endif
#endif

#if defined(__linux__) && !defined(MEDCL_IS_WATCHED)

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr unsigned long kMegabyte = 1UL << 20;
constexpr unsigned long kBeside = 48 * kMegabyte;  // what other libraries take

unsigned long number_at(const char* text) {
  unsigned long number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = 10 * number + (*text - '0');
  return number;
}

/// The value of a variable as a number; 0 where it is not set.
unsigned long variable(char** environment, const char* name) {
  const std::size_t length = std::strlen(name);
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
      return number_at(*environment + length + 1);
    }
  }
  return 0;
}

/// Number `field` of /proc/self/statm in bytes: 0 = all that is mapped, 5 = data and stack.
unsigned long bytes_in_use(int field) {
  char text[128] = {};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t length = file >= 0 ? ::read(file, text, sizeof text - 1) : 0;
  if (file >= 0) ::close(file);
  const char* at = text;
  for (; field > 0 && at != nullptr; --field) at = std::strchr(at + 1, ' ');
  if (length <= 0 || at == nullptr) return 0;
  return number_at(*at == ' ' ? at + 1 : at) * static_cast<unsigned long>(::sysconf(_SC_PAGESIZE));
}

/// What a limit leaves; the largest number where there is none.
unsigned long left_below(decltype(RLIMIT_AS) resource, int field) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return ~0UL;
  const unsigned long used = bytes_in_use(field);
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

unsigned long space_left() {
  const unsigned long space = left_below(RLIMIT_AS, 0), data = left_below(RLIMIT_DATA, 5);
  return space < data ? space : data;
}

void append(char* text, const char* more) { std::strcat(text, more); }

void append(char* text, unsigned long number) {
  char digits[24] = {};
  int at = 23;
  do digits[--at] = static_cast<char>('0' + number % 10);
  while ((number /= 10) > 0);
  append(text, digits + at);
}

[[noreturn]] void refuse(unsigned long needed, unsigned long left) {
  char text[256] = "medcl: not enough address space (expected ";
  append(text, needed / kMegabyte);
  append(text, " MB for the libraries, found ");
  append(text, left / kMegabyte);
  append(text,
         "); raise the limit (ulimit -v, ulimit -d), or use fewer threads (OMP_NUM_THREADS)\n");
  static_cast<void>(!::write(STDERR_FILENO, text, std::strlen(text)));
  ::_exit(static_cast<int>(ErrorCode::kOutOfResources));
}

void check_address_space(int, char**, char** environment) {
  require_address_space(kBeside + threads_of_blas(environment) * kBlasBufferBytes);
}

using Start = void(int, char**, char**);
/// The loader calls what stands here before the constructors of all libraries.
[[gnu::section(".preinit_array"), gnu::used]] Start* const kFirst = check_address_space;

}  // namespace

unsigned long threads_of_blas(char** environment) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  const bool known = ::sched_getaffinity(0, sizeof cores, &cores) == 0;
  const unsigned long all = known ? static_cast<unsigned long>(CPU_COUNT(&cores)) : 1;
  for (const char* name : {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const unsigned long wanted = variable(environment, name);
    if (wanted > 0) return wanted < all ? wanted : all;
  }
  return all;
}

bool is_address_space_limited() { return space_left() != ~0UL; }

void require_address_space(unsigned long needed_bytes) {
  const unsigned long left = space_left();
  if (left < needed_bytes) refuse(needed_bytes, left);
}

}  // namespace medcl

#else

namespace medcl {

unsigned long threads_of_blas(char**) { return 1; }
bool is_address_space_limited() { return false; }
void require_address_space(unsigned long) {}

}  // namespace medcl

#endif
