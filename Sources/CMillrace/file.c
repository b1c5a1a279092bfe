#define _GNU_SOURCE
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int millrace_file_status_get(int descriptor, const char *path, millrace_file_status *status) {
#if defined(__linux__)
  struct statx found;
  const unsigned int wanted = STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME;
  const int code = path ? statx(AT_FDCWD, path, 0, wanted, &found) : statx(descriptor, "", AT_EMPTY_PATH, wanted, &found);
  if (code != 0) return errno;
  *status = (millrace_file_status){
      .inode = found.stx_ino,
      .size = (int64_t)found.stx_size,
      .modified_microseconds = found.stx_mtime.tv_sec * 1000000 + found.stx_mtime.tv_nsec / 1000,
      .born_nanoseconds =
          found.stx_mask & STATX_BTIME ? found.stx_btime.tv_sec * 1000000000 + found.stx_btime.tv_nsec : 0,
      .is_regular = S_ISREG(found.stx_mode),
  };
#else
  struct stat found;
  if ((path ? stat(path, &found) : fstat(descriptor, &found)) != 0) return errno;
  *status = (millrace_file_status){
      .inode = found.st_ino,
      .size = found.st_size,
      .modified_microseconds = found.st_mtimespec.tv_sec * 1000000 + found.st_mtimespec.tv_nsec / 1000,
      .born_nanoseconds = found.st_birthtimespec.tv_sec * 1000000000 + found.st_birthtimespec.tv_nsec,
      .is_regular = S_ISREG(found.st_mode),
  };
#endif
  return 0;
}
