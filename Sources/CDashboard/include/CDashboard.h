/// The files of Dashboard, as they were when the program was built.
#pragma once
#include <stddef.h>

struct mystel_dashboard_file {
  /// From Dashboard on: `parts/dom.js`.
  const char *path;
  const unsigned char *bytes;
  size_t count;
};

extern const size_t mystel_dashboard_file_count;
/// The first of `mystel_dashboard_file_count` files that lie side by side.
const struct mystel_dashboard_file *mystel_dashboard_first(void);
