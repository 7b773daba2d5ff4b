#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { HANDSHAKE_LIMIT_MS = 20000, GOODBYE_LIMIT_MS = 20000 };

struct client {
  const struct options *options;
  int epoll;
  struct session *sessions; // one slot a concurrent session
  uint64_t next_id, start_ms;
  bool ending;
  struct tally tally;
  uint64_t slowest_handshake_ms;
};

static void finish(struct client *client, struct session *session, const char *outcome) {
  if (strcmp(outcome, "ok") == 0) {
    tally_ok(&client->tally, session);
  } else {
    client->tally.failed++;
    printf("{\"event\":\"failed\",\"id\":%llu,\"phase\":\"%s\",\"outcome\":\"%s\",\"errno\":%d,"
           "\"received\":%llu,\"after_ms\":%llu}\n",
           (unsigned long long)session->id, phase_names[session->phase], outcome, errno,
           (unsigned long long)session->checker.digest.bytes,
           (unsigned long long)(now_ms() - session->opened_ms));
  }
  session_close(session);
}

static void start(struct client *client, unsigned slot) {
  const struct options *options = client->options;
  struct session *session = &client->sessions[slot];
  int fd = open_connection(options, slot);
  session_init(session, fd, client->next_id++, options->seed);
  client->tally.started++;
  if (fd < 0) {
    finish(client, session, "connect");
    return;
  }
  session->segmentation = options->segmentation;
  session->phase = PHASE_CONNECTING;
  session->wishes = (struct wishes){.seed = splitmix(&session->random),
                                    .burst_bytes = options->burst_bytes,
                                    .server_rate = options->server_rate};
  checker_init(&session->checker);
  struct epoll_event event = {.events = EPOLLOUT, .data.u32 = slot};
  epoll_ctl(client->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void connected(struct client *client, struct session *session, unsigned slot) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(session->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  if (error != 0) {
    finish(client, session, "connect");
    return;
  }
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = slot};
  epoll_ctl(client->epoll, EPOLL_CTL_MOD, session->fd, &event);
  session->phase = PHASE_HELLO;
  char own[64];
  describe_address(session->fd, false, own);
  const struct options *options = client->options;
  if (options->proxy != PROXY_NONE) {
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(40000 + slot % 20000)};
    source.sin_addr.s_addr = htonl(ntohl(options->claim.s_addr) + slot);
    uint8_t header[PROXY_HEADER_MAX];
    size_t count = write_proxy_header(options->proxy, &source,
                                      (const struct sockaddr_in *)&options->address, header);
    session_send_plain(session, header, count);
    snprintf(own, sizeof own, "%s:%u", inet_ntoa(source.sin_addr), 40000 + slot % 20000);
  }
  printf("{\"event\":\"session\",\"id\":%llu,\"seed\":\"%016llx\",\"source\":\"%s\"}\n",
         (unsigned long long)session->id, (unsigned long long)session->wishes.seed, own);
}

static void send_key(struct session *session, uint8_t key[KEY_BYTES]) {
  session_random_key(session, key);
  session_send_plain(session, key, KEY_BYTES);
}

// All four keys are there: what the server says is known from here on.
static void begin_play(struct client *client, struct session *session) {
  const struct options *options = client->options;
  derive_ciphers(&session->keys, false, &session->sending, &session->receiving);
  uint8_t packet[256];
  if (options->greeting) checker_expect(&session->checker, packet, write_greeting(packet));
  static const uint8_t reply[5] = {5, 0, OPCODE_CHECK_VERSION_REPLY & 0xff,
                                   OPCODE_CHECK_VERSION_REPLY >> 8, 1};
  checker_expect(&session->checker, reply, sizeof reply);
  checker_start(&session->checker, &session->wishes, false);
  traffic_init(&session->traffic, &session->wishes, true);
  session_send_packet(session, packet, write_check_version(packet, options->build));
  session_send_packet(session, packet, write_login(packet, &session->wishes));
  session->phase = PHASE_PLAY;
  session->played_ms = now_ms();
}

static const char *receive(struct client *client, struct session *session, uint8_t *bytes,
                           size_t count) {
  static const uint8_t hello[4] = {1, 0, 0, 0};
  bool together = session->segmentation == SEGMENT_COALESCED;
  const uint8_t *at = bytes;
  while (count > 0) {
    switch (session->phase) {
    case PHASE_HELLO:
      if (!session_gather(session, sizeof hello, &at, &count)) break;
      if (memcmp(session->gathered, hello, sizeof hello) != 0) return "hello_mismatch";
      send_key(session, session->keys.client1);
      if (together) send_key(session, session->keys.client2);
      session->phase = PHASE_KEY1;
      break;
    case PHASE_KEY1:
      if (!session_gather(session, KEY_BYTES, &at, &count)) break;
      memcpy(session->keys.server1, session->gathered, KEY_BYTES);
      if (!together) send_key(session, session->keys.client2);
      session->phase = PHASE_KEY2;
      break;
    case PHASE_KEY2:
      if (!session_gather(session, KEY_BYTES, &at, &count)) break;
      memcpy(session->keys.server2, session->gathered, KEY_BYTES);
      begin_play(client, session);
      break;
    default: {
      if (session->heard_bye) return "data_after_bye";
      uint8_t *rest = bytes + (at - bytes);
      keystream_apply(&session->receiving, rest, count);
      if (session->checker.digest.bytes == 0) {
        uint64_t took = now_ms() - session->opened_ms;
        if (took > client->slowest_handshake_ms) client->slowest_handshake_ms = took;
      }
      enum check_result result = checker_feed(&session->checker, rest, count);
      if (result == CHECK_WRONG) return "mismatch";
      session->heard_bye = result == CHECK_ENDED;
      count = 0;
    }
    }
  }
  return NULL;
}

static void read_session(struct client *client, struct session *session) {
  static uint8_t bytes[256 * 1024];
  ssize_t count = recv(session->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) finish(client, session, "reset");
  } else if (count == 0) {
    errno = 0;
    bool done = session->heard_bye && session->said_bye && session_flushed(session);
    finish(client, session, done ? "ok" : "closed");
  } else {
    const char *fault = receive(client, session, bytes, (size_t)count);
    if (fault != NULL) finish(client, session, fault);
  }
}

static void turn_session(struct client *client, struct session *session, double elapsed,
                         uint64_t now) {
  const struct options *options = client->options;
  if (session->phase == PHASE_PLAY) {
    bool lap_over = options->lap_ms > 0 && now - session->played_ms >= options->lap_ms;
    // Until the server has spoken the login may still be under way: no goodbye before.
    bool heard = session->checker.digest.bytes > 0;
    if ((client->ending || lap_over) && heard) session_say_bye(session);
    session_play(session, elapsed, options->rate);
  }
  if (!session_flush(session)) {
    finish(client, session, "broken");
    return;
  }
  if (options->half_close && session->said_bye && session_flushed(session) && !session->shut) {
    session->shut = true;
    shutdown(session->fd, SHUT_WR);
  }
  uint64_t age = now - session->opened_ms;
  if (session->phase < PHASE_PLAY && age > HANDSHAKE_LIMIT_MS)
    finish(client, session, "handshake_timeout");
}

// Starts, plays and ends sessions; false when all is over.
static bool turn(struct client *client, double elapsed) {
  const struct options *options = client->options;
  uint64_t now = now_ms(), age = now - client->start_ms;
  bool open = false;
  for (unsigned i = 0; i < options->sessions; i++) {
    struct session *session = &client->sessions[i];
    if (session->phase == PHASE_CLOSED) {
      bool first = session->opened_ms == 0;
      bool due = age >= (uint64_t)i * options->stagger_ms;
      bool again = options->lap_ms > 0 && !client->ending && now - session->opened_ms > 50;
      if (due && (first || again)) start(client, i);
      open |= first && !due;
    } else {
      turn_session(client, session, elapsed, now);
    }
    open |= session->phase != PHASE_CLOSED;
  }
  return open || !client->ending;
}

static int print_result(const struct client *client, bool overdue) {
  const struct tally *tally = &client->tally;
  bool good = !overdue && tally->failed == 0 && tally->ok == tally->started && tally->ok > 0;
  printf("{\"event\":\"result\",\"sessions\":%llu,\"ok\":%llu,\"failed\":%llu,\"overdue\":%s,"
         "\"to_server_bytes\":%llu,\"to_client_bytes\":%llu,\"to_server_digest\":\"%016llx\","
         "\"to_client_digest\":\"%016llx\",\"slowest_handshake_ms\":%llu}\n",
         (unsigned long long)tally->started, (unsigned long long)tally->ok,
         (unsigned long long)tally->failed, overdue ? "true" : "false",
         (unsigned long long)tally->sent_bytes, (unsigned long long)tally->received_bytes,
         (unsigned long long)tally->sent_digest, (unsigned long long)tally->received_digest,
         (unsigned long long)client->slowest_handshake_ms);
  return good ? 0 : 1;
}

int run_client(const struct options *options) {
  struct client client = {.options = options, .epoll = epoll_create1(EPOLL_CLOEXEC)};
  client.sessions = calloc(options->sessions, sizeof *client.sessions);
  if (client.sessions == NULL) abort();
  for (unsigned i = 0; i < options->sessions; i++) {
    client.sessions[i].fd = -1;
    client.sessions[i].phase = PHASE_CLOSED;
  }
  int tick = options->segmentation >= SEGMENT_RANDOM ? 1 : 2;
  uint64_t last = client.start_ms = now_ms(), ending_ms = 0;
  bool overdue = false;
  while (!overdue) {
    struct epoll_event events[256];
    int count = epoll_wait(client.epoll, events, 256, tick);
    for (int i = 0; i < count; i++) {
      struct session *session = &client.sessions[events[i].data.u32];
      if (session->phase == PHASE_CONNECTING) {
        connected(&client, session, events[i].data.u32);
      } else if (session->phase != PHASE_CLOSED) {
        read_session(&client, session);
      }
    }
    uint64_t now = now_ms();
    if (now - last < (uint64_t)tick) continue;
    double age = (double)(now - client.start_ms) / 1000;
    bool over = options->seconds > 0 ? age >= options->seconds : input_ended();
    if (!client.ending && (over || stop_requested || age >= options->limit_seconds)) {
      client.ending = true;
      ending_ms = now;
    }
    if (!turn(&client, (double)(now - last) / 1000)) break;
    last = now;
    overdue = client.ending && now - ending_ms > GOODBYE_LIMIT_MS;
  }
  return print_result(&client, overdue);
}
