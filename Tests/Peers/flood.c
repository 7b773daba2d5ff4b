#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

// A connection that misbehaves. Its life is measured from the connect to the end the other
// side makes.
struct intruder {
  int fd;
  bool connected, spoke;
  unsigned hello_bytes;
  uint64_t opened_ms, dripped_ms;
};

struct flood {
  const struct options *options;
  int epoll;
  struct intruder *intruders;
  unsigned opened;
  uint64_t random, refused, closed, received_bytes, shortest_ms, longest_ms;
};

static void end(struct flood *flood, struct intruder *intruder, uint64_t now) {
  close(intruder->fd);
  intruder->fd = -1;
  if (!intruder->connected) {
    flood->refused++;
    return;
  }
  uint64_t life = now - intruder->opened_ms;
  if (flood->closed++ == 0 || life < flood->shortest_ms) flood->shortest_ms = life;
  if (life > flood->longest_ms) flood->longest_ms = life;
}

static void open_due(struct flood *flood, uint64_t now, uint64_t start) {
  const struct options *options = flood->options;
  uint64_t due = (now - start) * options->opens_per_second / 1000 + 1;
  while (flood->opened < options->sessions && flood->opened < due) {
    struct intruder *intruder = &flood->intruders[flood->opened];
    intruder->opened_ms = intruder->dripped_ms = now;
    intruder->fd = open_connection(options, flood->opened);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = flood->opened++};
    if (intruder->fd < 0) {
      flood->refused++;
    } else {
      epoll_ctl(flood->epoll, EPOLL_CTL_ADD, intruder->fd, &event);
    }
  }
}

static void speak(struct flood *flood, struct intruder *intruder, size_t count) {
  uint8_t bytes[KEY_BYTES];
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)splitmix(&flood->random);
  ssize_t ignored = send(intruder->fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)ignored; // a broken socket shows itself in the next read
}

static void handle(struct flood *flood, struct intruder *intruder, struct epoll_event *event,
                   uint64_t now) {
  enum flood_kind kind = flood->options->kind;
  if (!intruder->connected) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(intruder->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      end(flood, intruder, now);
      return;
    }
    intruder->connected = true;
    struct epoll_event reads = {.events = EPOLLIN, .data = event->data};
    epoll_ctl(flood->epoll, EPOLL_CTL_MOD, intruder->fd, &reads);
    if (kind == FLOOD_EMPTY) end(flood, intruder, now);
    return;
  }
  uint8_t bytes[4096];
  ssize_t count = recv(intruder->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count > 0) {
    flood->received_bytes += (uint64_t)count;
    intruder->hello_bytes += (unsigned)count;
    bool speaks = kind == FLOOD_STUCK || kind == FLOOD_ONE_KEY;
    if (speaks && !intruder->spoke && intruder->hello_bytes >= 4) {
      intruder->spoke = true;
      speak(flood, intruder, kind == FLOOD_STUCK ? KEY_BYTES - 1 : KEY_BYTES);
    }
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    end(flood, intruder, now);
  }
}

static unsigned drip_and_count(struct flood *flood, uint64_t now) {
  unsigned open = 0;
  for (unsigned i = 0; i < flood->opened; i++) {
    struct intruder *intruder = &flood->intruders[i];
    if (intruder->fd < 0) continue;
    open++;
    if (flood->options->kind != FLOOD_DRIP || !intruder->connected) continue;
    if (now - intruder->dripped_ms < flood->options->drip_ms) continue;
    intruder->dripped_ms = now;
    speak(flood, intruder, 1);
  }
  return open;
}

int run_flood(const struct options *options) {
  struct flood flood = {.options = options,
                        .epoll = epoll_create1(EPOLL_CLOEXEC),
                        .random = options->seed,
                        .intruders = calloc(options->sessions, sizeof(struct intruder))};
  if (flood.intruders == NULL) abort();
  uint64_t start = now_ms(), turned = start;
  bool announced = false;
  unsigned open = 0;
  for (;;) {
    struct epoll_event events[512];
    int count = epoll_wait(flood.epoll, events, 512, 5);
    uint64_t now = now_ms();
    for (int i = 0; i < count; i++) {
      struct intruder *intruder = &flood.intruders[events[i].data.u32];
      if (intruder->fd >= 0) handle(&flood, intruder, &events[i], now);
    }
    if (now - turned < 5) continue;
    turned = now;
    open_due(&flood, now, start);
    open = drip_and_count(&flood, now);
    bool all = flood.opened == options->sessions;
    if (all && !announced) {
      printf("{\"event\":\"opened\",\"connections\":%u,\"after_ms\":%llu}\n", flood.opened,
             (unsigned long long)(now - start));
      announced = true;
    }
    double age = (double)(now - start) / 1000;
    bool over = options->seconds > 0 ? age >= options->seconds : input_ended();
    if ((all && open == 0) || over || stop_requested || age >= options->limit_seconds) break;
  }
  printf("{\"event\":\"result\",\"opened\":%u,\"refused\":%llu,\"closed\":%llu,\"open\":%u,"
         "\"shortest_ms\":%llu,\"longest_ms\":%llu,\"received_bytes\":%llu}\n",
         flood.opened, (unsigned long long)flood.refused, (unsigned long long)flood.closed, open,
         (unsigned long long)flood.shortest_ms, (unsigned long long)flood.longest_ms,
         (unsigned long long)flood.received_bytes);
  return 0;
}
