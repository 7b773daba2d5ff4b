/// The files of Packs/tera, as they were when the program was built.
#pragma once
#include <stddef.h>

struct mystel_pack_file {
  /// From Packs/tera on: `layouts/session.layout`.
  const char *path;
  const unsigned char *bytes;
  size_t count;
};

extern const size_t mystel_pack_file_count;
/// The first of `mystel_pack_file_count` files that lie side by side.
const struct mystel_pack_file *mystel_pack_first(void);
