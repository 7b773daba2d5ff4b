#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int clinux_allowed_cpus(int *cpus, int capacity) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  int count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < capacity; cpu++) {
    if (CPU_ISSET(cpu, &set)) cpus[count++] = cpu;
  }
  return count;
}

int clinux_pin_thread(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

pid_t clinux_spawn(const char *path, char *const arguments[], int cpu, int output) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child != 0) return child < 0 ? -errno : child;
  // Only async-signal-safe calls from here on: other threads may have held locks at the fork.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  if (cpu >= 0) clinux_pin_thread(cpu);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int input = open("/dev/null", O_RDONLY);
  if (input >= 0) dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execv(path, arguments);
  _exit(127);
}

static volatile sig_atomic_t interrupted = 0;

static void interrupt(int signal) {
  (void)signal;
  interrupted = 1;
}

void clinux_catch_interrupts(void) {
  struct sigaction action = {.sa_handler = interrupt};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int clinux_interrupted(void) { return interrupted; }
