// What Mystel needs of Linux and Swift's C library modules leave out: epoll, affinity, spawning.
#ifndef MYSTEL_CLINUX_H
#define MYSTEL_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/// Writes the CPUs that the calling thread may run on, in ascending order; returns how many.
int clinux_allowed_cpus(int *cpus, int capacity);

/// Lets the calling thread run on one CPU only. Returns 0 or an errno value.
int clinux_pin_thread(int cpu);

/// Starts `path` on one CPU (-1: any), with standard output and error written to `output`.
///
/// The child receives SIGTERM when the thread that started it ends, so that none is left behind.
/// Returns the process id, or a negated errno value when `fork` fails; a failing `exec` shows as
/// exit status 127.
pid_t clinux_spawn(const char *path, char *const arguments[], int cpu, int output);

/// From now on SIGINT and SIGTERM only set the flag that `clinux_interrupted` returns.
void clinux_catch_interrupts(void);
int clinux_interrupted(void);

#endif
