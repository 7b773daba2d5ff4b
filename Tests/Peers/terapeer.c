// terapeer: a game server, players and intruders for the end-to-end tests, in one program.
//
//   terapeer server --listen ADDRESS:PORT [--proxy v1|v2] [--segment …] [--greeting]
//   terapeer client --connect ADDRESS:PORT --sessions N [--seconds S] [--rate R] …
//   terapeer flood --connect ADDRESS:PORT --kind silent|drip|stuck|onekey|empty --sessions N …
//
// Events and the result are JSON lines on standard output. Without --seconds it runs until
// standard input ends; --limit bounds that too. A client exits 0 only if every byte was right.
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

volatile int stop_requested;

static void request_stop(int signal) {
  (void)signal;
  stop_requested = 1;
}

static void fail(const char *what, const char *value) {
  fprintf(stderr, "terapeer: %s: %s\n", what, value);
  exit(2);
}

bool input_ended(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  if (poll(&input, 1, 0) <= 0) return false;
  char byte;
  return read(STDIN_FILENO, &byte, 1) <= 0;
}

void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void describe_address(int fd, bool peer, char out[64]) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char text[INET6_ADDRSTRLEN] = "?";
  out[0] = '\0';
  if ((peer ? getpeername : getsockname)(fd, (struct sockaddr *)&address, &length) != 0) return;
  if (address.ss_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    snprintf(out, 64, "%s:%u", text, ntohs(four->sin_port));
  } else {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    snprintf(out, 64, "[%s]:%u", text, ntohs(six->sin6_port));
  }
}

int open_connection(const struct options *options, unsigned index) {
  int fd = socket(options->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options->source.s_addr != 0) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(ntohl(options->source.s_addr) + index);
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0) {
      close(fd);
      return -1;
    }
  }
  if (connect(fd, (const struct sockaddr *)&options->address, options->address_length) != 0 &&
      errno != EINPROGRESS) {
    close(fd);
    return -1;
  }
  return fd;
}

// "address:port" or "[address]:port".
static void parse_address(struct options *options, const char *text) {
  char host[64] = {0};
  unsigned port;
  struct sockaddr_in *four = (struct sockaddr_in *)&options->address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)&options->address;
  if (sscanf(text, "[%63[^]]]:%u", host, &port) == 2 &&
      inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    options->address_length = sizeof *six;
  } else if (sscanf(text, "%63[^:]:%u", host, &port) == 2 &&
             inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    options->address_length = sizeof *four;
  } else {
    fail("not an address", text);
  }
}

static int choice(const char *text, const char *const *names) {
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp(text, names[i]) == 0) return i;
  fail("unknown choice", text);
  return 0;
}

enum option_code {
  LISTEN = 256, CONNECT, SESSIONS, SECONDS, LIMIT, RATE, SERVER_RATE, BURST, SEED, BUILD, SEGMENT,
  PROXY, SOURCE, CLAIM, HALF_CLOSE, GREETING, LAP, STAGGER, KIND, DRIP, OPEN_RATE,
};

static const struct option long_options[] = {
    {"listen", 1, 0, LISTEN},       {"connect", 1, 0, CONNECT},
    {"sessions", 1, 0, SESSIONS},   {"seconds", 1, 0, SECONDS},
    {"limit", 1, 0, LIMIT},         {"rate", 1, 0, RATE},
    {"server-rate", 1, 0, SERVER_RATE}, {"burst", 1, 0, BURST},
    {"seed", 1, 0, SEED},           {"build", 1, 0, BUILD},
    {"segment", 1, 0, SEGMENT},     {"proxy", 1, 0, PROXY},
    {"source", 1, 0, SOURCE},       {"claim", 1, 0, CLAIM},
    {"half-close", 0, 0, HALF_CLOSE}, {"greeting", 0, 0, GREETING},
    {"lap-ms", 1, 0, LAP},          {"stagger-ms", 1, 0, STAGGER},
    {"kind", 1, 0, KIND},           {"drip-ms", 1, 0, DRIP},
    {"open-rate", 1, 0, OPEN_RATE}, {0, 0, 0, 0},
};

static void parse_option(struct options *options, int code, const char *value) {
  static const char *const segments[] = {"packets", "coalesced", "random", "bytes", NULL};
  static const char *const proxies[] = {"none", "v1", "v2", NULL};
  static const char *const kinds[] = {"silent", "drip", "stuck", "onekey", "empty", NULL};
  switch (code) {
  case LISTEN:
  case CONNECT: parse_address(options, value); break;
  case SESSIONS: options->sessions = (unsigned)strtoul(value, NULL, 10); break;
  case SECONDS: options->seconds = strtod(value, NULL); break;
  case LIMIT: options->limit_seconds = strtod(value, NULL); break;
  case RATE: options->rate = strtod(value, NULL); break;
  case SERVER_RATE: options->server_rate = (uint32_t)strtoul(value, NULL, 10); break;
  case BURST: options->burst_bytes = (uint32_t)strtoul(value, NULL, 10); break;
  case SEED: options->seed = strtoull(value, NULL, 10); break;
  case BUILD: options->build = (uint32_t)strtoul(value, NULL, 10); break;
  case SEGMENT: options->segmentation = (enum segmentation)choice(value, segments); break;
  case PROXY: options->proxy = (enum proxy_version)choice(value, proxies); break;
  case SOURCE:
    if (inet_aton(value, &options->source) == 0) fail("not an address", value);
    break;
  case CLAIM:
    if (inet_aton(value, &options->claim) == 0) fail("not an address", value);
    break;
  case HALF_CLOSE: options->half_close = true; break;
  case GREETING: options->greeting = true; break;
  case LAP: options->lap_ms = (unsigned)strtoul(value, NULL, 10); break;
  case STAGGER: options->stagger_ms = (unsigned)strtoul(value, NULL, 10); break;
  case KIND: options->kind = (enum flood_kind)choice(value, kinds); break;
  case DRIP: options->drip_ms = (unsigned)strtoul(value, NULL, 10); break;
  case OPEN_RATE: options->opens_per_second = (unsigned)strtoul(value, NULL, 10); break;
  default: exit(2);
  }
}

int main(int count, char **arguments) {
  static const char *const modes[] = {"server", "client", "flood", NULL};
  if (count < 2) fail("usage", "terapeer server|client|flood --listen|--connect ADDRESS:PORT …");
  int mode = choice(arguments[1], modes);
  struct options options = {.sessions = 1, .rate = 20, .server_rate = 20, .burst_bytes = 400 * 1024,
                            .seed = 1, .build = 367081, .limit_seconds = 600, .drip_ms = 1000,
                            .opens_per_second = 2000};
  int code;
  while ((code = getopt_long(count - 1, arguments + 1, "", long_options, NULL)) != -1)
    parse_option(&options, code, optarg);
  if (options.address_length == 0) fail("missing", "--listen or --connect");

  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {.sa_handler = request_stop};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  raise_descriptor_limit();
  return mode == 0 ? run_server(&options) : mode == 1 ? run_client(&options) : run_flood(&options);
}
