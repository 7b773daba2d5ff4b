// Counts what the test process allocates, by standing in front of the C library's allocator.
#ifndef MYSTEL_CALLOCATIONS_H
#define MYSTEL_CALLOCATIONS_H

#include <stdint.h>

/// Allocations made so far by the calling thread.
uint64_t callocations_count(void);

#endif
