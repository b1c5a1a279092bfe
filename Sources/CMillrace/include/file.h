// What a file is, by one call: its number and the moment it was made, which `stat` does not tell on Linux.
#ifndef MILLRACE_FILE_H
#define MILLRACE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct millrace_file_status {
  uint64_t inode;
  int64_t size;
  /// Since 1970.
  int64_t modified_microseconds;
  /// Since 1970; 0: the file system does not keep it.
  int64_t born_nanoseconds;
  bool is_regular;
} millrace_file_status;

/// Of what the path leads to; null: of the descriptor. All of it is of one file, also when the path leads to another a moment later. Returns 0 or an errno. Any thread.
int millrace_file_status_get(int descriptor, const char *_Nullable path, millrace_file_status *status);

#pragma clang assume_nonnull end
#endif
