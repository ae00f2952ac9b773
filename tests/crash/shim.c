/* Stands between a program and its files, to end it or to fill its disk at a chosen moment.
 *
 * Loaded with LD_PRELOAD. Counts the calls that change regular files. At call CRASH_AT it does what CRASH_HOW says: `before` kills the
 * process before the call, `half` after half of the bytes were written, `full` lets this call and all later writes fail with "no space left".
 * With CRASH_AT=0 it only counts, and writes the count to the file CRASH_COUNT when the program ends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long made;
static long crash_at = -1;
static char how[16];

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("CRASH_AT"), *mode = getenv("CRASH_HOW");
  crash_at = at ? atol(at) : -1;
  strncpy(how, mode ? mode : "before", sizeof how - 1);
  /* Children, such as the compiler's, are left alone. */
  unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("CRASH_COUNT");
  if (crash_at != 0 || !path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld", atomic_load(&made));
  fclose(file);
}

static int is_file(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

/* 0: go on. 1: kill now. 2: write half, then kill. 3: no space left. */
static int moment(void) {
  long now = atomic_fetch_add(&made, 1) + 1;
  if (crash_at <= 0) return 0;
  if (!strcmp(how, "full")) return now >= crash_at ? 3 : 0;
  if (now != crash_at) return 0;
  return !strcmp(how, "half") ? 2 : 1;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  if (is_file(fd)) switch (moment()) {
    case 1: die(); break;
    case 2: real(fd, bytes, count / 2); die(); break;
    case 3: errno = ENOSPC; return -1;
  }
  return real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = dlsym(RTLD_NEXT, "writev");
  if (is_file(fd)) switch (moment()) {
    case 1: die(); break;
    case 2: real(fd, parts, count / 2); die(); break;
    case 3: errno = ENOSPC; return -1;
  }
  return real(fd, parts, count);
}

#define CHANGES(result, name, arguments, values)                                   \
  result name arguments {                                                          \
    static result(*real) arguments;                                                \
    if (!real) real = dlsym(RTLD_NEXT, #name);                                     \
    switch (moment()) {                                                            \
      case 1: case 2: die(); break;                                                \
      case 3: errno = ENOSPC; return -1;                                           \
    }                                                                              \
    return real values;                                                            \
  }

CHANGES(int, rename, (const char *from, const char *to), (from, to))
CHANGES(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
CHANGES(int, ftruncate64, (int fd, off_t length), (fd, length))
CHANGES(int, fdatasync, (int fd), (fd))
CHANGES(int, fsync, (int fd), (fd))

/* Removing and cutting need no space, but may be the last thing that happens. */
int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = dlsym(RTLD_NEXT, "unlink");
  switch (moment()) {
    case 1: case 2: die(); break;
  }
  return real(path);
}
