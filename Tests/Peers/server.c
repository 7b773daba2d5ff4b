#define _GNU_SOURCE // accept4
#include "options.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

// Every session has a slot; slots of ended sessions are used again.
struct server {
  const struct options *options;
  int listener, epoll;
  struct session **slots;
  size_t slot_count;
  struct tally tally;
  uint64_t accepted, probes, incomplete, local_checks;
};

static void drop(struct server *server, struct session *session, const char *outcome) {
  bool good = strcmp(outcome, "ok") == 0;
  bool probe = session->phase <= PHASE_KEY1 && session->gathered_bytes == 0;
  if (good) {
    tally_ok(&server->tally, session);
  } else if (probe) {
    server->probes++;
  } else if (session->phase < PHASE_PLAY) {
    server->incomplete++;
  } else {
    server->tally.failed++;
  }
  printf("{\"event\":\"close\",\"id\":%llu,\"phase\":\"%s\",\"outcome\":\"%s\",\"probe\":%s}\n",
         (unsigned long long)session->id, phase_names[session->phase], outcome,
         probe ? "true" : "false");
  session_close(session);
}

static void send_second_key(struct server *server, struct session *session) {
  session_random_key(session, session->keys.server2);
  session_send_plain(session, session->keys.server2, KEY_BYTES);
  derive_ciphers(&session->keys, false, &session->receiving, &session->sending);
  checker_init(&session->checker);
  if (server->options->greeting) { // leaves in one write with the key, if writes are coalesced
    uint8_t packet[GREETING_BYTES];
    session_send_packet(session, packet, write_greeting(packet));
  }
}

static void send_hello(struct session *session) {
  static const uint8_t hello[4] = {1, 0, 0, 0};
  session_send_plain(session, hello, sizeof hello);
}

static const char *read_header(struct server *server, struct session *session,
                               const uint8_t **bytes, size_t *count) {
  while (*count > 0) { // byte by byte, so that nothing behind the header is taken
    session->gathered[session->gathered_bytes++] = *(*bytes)++;
    --*count;
    size_t used;
    enum proxy_result result =
        read_proxy_header(server->options->proxy, session->gathered, session->gathered_bytes,
                          &used, session->proxied);
    if (result == PROXY_INVALID || session->gathered_bytes == PROXY_HEADER_MAX)
      return "proxy_invalid";
    if (result == PROXY_INCOMPLETE) continue;
    session->gathered_bytes = 0;
    session->phase = PHASE_KEY1;
    if (result == PROXY_LOCAL) server->local_checks++;
    printf("{\"event\":\"proxied\",\"id\":%llu,\"source\":\"%s\"}\n",
           (unsigned long long)session->id, session->proxied);
    send_hello(session);
    return NULL;
  }
  return NULL;
}

static const char *read_version(struct server *server, struct session *session) {
  uint8_t wanted[CHECK_VERSION_BYTES];
  write_check_version(wanted, server->options->build);
  keystream_apply(&session->receiving, session->gathered, CHECK_VERSION_BYTES);
  if (memcmp(wanted, session->gathered, CHECK_VERSION_BYTES) != 0) return "version_mismatch";
  digest_add(&session->checker.digest, wanted, sizeof wanted);
  uint8_t reply[5] = {5, 0, OPCODE_CHECK_VERSION_REPLY & 0xff, OPCODE_CHECK_VERSION_REPLY >> 8, 1};
  session_send_packet(session, reply, sizeof reply);
  session->phase = PHASE_LOGIN;
  return NULL;
}

static const char *read_ticket(struct session *session) {
  keystream_apply(&session->receiving, session->gathered, LOGIN_BYTES);
  if (!read_login(session->gathered, &session->wishes)) return "login_mismatch";
  digest_add(&session->checker.digest, session->gathered, LOGIN_BYTES);
  checker_start(&session->checker, &session->wishes, true);
  traffic_init(&session->traffic, &session->wishes, false);
  session->phase = PHASE_PLAY;
  printf("{\"event\":\"login\",\"id\":%llu,\"seed\":\"%016llx\",\"peer\":\"%s\","
         "\"proxied\":\"%s\"}\n",
         (unsigned long long)session->id, (unsigned long long)session->wishes.seed, session->peer,
         session->proxied);
  return NULL;
}

// Takes bytes from the client; a text says what was wrong with them.
static const char *receive(struct server *server, struct session *session, uint8_t *bytes,
                           size_t count) {
  const uint8_t *at = bytes;
  const char *fault = NULL;
  while (count > 0 && fault == NULL) {
    switch (session->phase) {
    case PHASE_PROXY:
      fault = read_header(server, session, &at, &count);
      break;
    case PHASE_KEY1:
      if (!session_gather(session, KEY_BYTES, &at, &count)) break;
      memcpy(session->keys.client1, session->gathered, KEY_BYTES);
      printf("{\"event\":\"key\",\"id\":%llu}\n", (unsigned long long)session->id);
      session_random_key(session, session->keys.server1);
      session_send_plain(session, session->keys.server1, KEY_BYTES);
      session->phase = PHASE_KEY2;
      break;
    case PHASE_KEY2:
      if (!session_gather(session, KEY_BYTES, &at, &count)) break;
      memcpy(session->keys.client2, session->gathered, KEY_BYTES);
      send_second_key(server, session);
      session->phase = PHASE_VERSION;
      break;
    case PHASE_VERSION:
      if (session_gather(session, CHECK_VERSION_BYTES, &at, &count))
        fault = read_version(server, session);
      break;
    case PHASE_LOGIN:
      if (session_gather(session, LOGIN_BYTES, &at, &count)) fault = read_ticket(session);
      break;
    default: {
      if (session->heard_bye) return "data_after_bye";
      uint8_t *rest = bytes + (at - bytes);
      keystream_apply(&session->receiving, rest, count);
      enum check_result result = checker_feed(&session->checker, rest, count);
      if (result == CHECK_WRONG) return "mismatch";
      session->heard_bye = result == CHECK_ENDED;
      count = 0;
    }
    }
  }
  return fault;
}

static void accept_all(struct server *server) {
  for (;;) {
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    size_t slot = 0;
    while (slot < server->slot_count && server->slots[slot]->phase != PHASE_CLOSED) slot++;
    if (slot == server->slot_count) {
      server->slots = realloc(server->slots, ++server->slot_count * sizeof *server->slots);
      if (server->slots == NULL || !(server->slots[slot] = malloc(sizeof(struct session)))) abort();
    }
    struct session *session = server->slots[slot];
    session_init(session, fd, server->accepted++, server->options->seed);
    session->segmentation = server->options->segmentation;
    describe_address(fd, true, session->peer);
    session->phase = server->options->proxy == PROXY_NONE ? PHASE_KEY1 : PHASE_PROXY;
    if (session->phase == PHASE_KEY1) send_hello(session);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = slot};
    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
    printf("{\"event\":\"accept\",\"id\":%llu,\"peer\":\"%s\"}\n", (unsigned long long)session->id,
           session->peer);
  }
}

static void read_session(struct server *server, struct session *session) {
  static uint8_t bytes[256 * 1024];
  ssize_t count = recv(session->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    bool done = session->heard_bye && session->shut;
    drop(server, session, done ? "ok" : "reset");
  } else if (count == 0) {
    if (!session->heard_bye) {
      drop(server, session, "closed");
    } else if (session->shut) {
      drop(server, session, "ok");
    } else { // the client's half-close: what is left for it still goes out
      struct epoll_event none = {.events = 0};
      epoll_ctl(server->epoll, EPOLL_CTL_DEL, session->fd, &none);
    }
  } else {
    const char *fault = receive(server, session, bytes, (size_t)count);
    if (fault != NULL) drop(server, session, fault);
  }
}

static void turn(struct server *server, double elapsed) {
  for (size_t i = 0; i < server->slot_count; i++) {
    struct session *session = server->slots[i];
    if (session->phase == PHASE_CLOSED) continue;
    if (session->phase == PHASE_PLAY) {
      session_play(session, elapsed, session->wishes.server_rate);
      if (session->heard_bye && session->traffic.burst_left == 0) session_say_bye(session);
    }
    if (!session_flush(session)) {
      drop(server, session, session->shut ? "ok" : "broken");
    } else if (session->said_bye && session_flushed(session) && !session->shut) {
      session->shut = true;
      shutdown(session->fd, SHUT_WR);
      // A half-closed client was taken out; take it in again to see the end.
      struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
      epoll_ctl(server->epoll, EPOLL_CTL_ADD, session->fd, &event);
    }
  }
}

static int print_result(const struct server *server) {
  const struct tally *tally = &server->tally;
  size_t open = 0;
  for (size_t i = 0; i < server->slot_count; i++) open += server->slots[i]->phase != PHASE_CLOSED;
  printf("{\"event\":\"result\",\"accepted\":%llu,\"ok\":%llu,\"failed\":%llu,\"incomplete\":%llu,"
         "\"probes\":%llu,\"local_checks\":%llu,\"open\":%zu,\"to_server_bytes\":%llu,"
         "\"to_client_bytes\":%llu,\"to_server_digest\":\"%016llx\","
         "\"to_client_digest\":\"%016llx\"}\n",
         (unsigned long long)server->accepted, (unsigned long long)tally->ok,
         (unsigned long long)tally->failed, (unsigned long long)server->incomplete,
         (unsigned long long)server->probes, (unsigned long long)server->local_checks, open,
         (unsigned long long)tally->received_bytes, (unsigned long long)tally->sent_bytes,
         (unsigned long long)tally->received_digest, (unsigned long long)tally->sent_digest);
  return tally->failed == 0 ? 0 : 1;
}

int run_server(const struct options *options) {
  struct server server = {.options = options, .epoll = epoll_create1(EPOLL_CLOEXEC)};
  int on = 1;
  int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  server.listener = socket(options->address.ss_family, kind, 0);
  setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server.listener, (const struct sockaddr *)&options->address, options->address_length) ||
      listen(server.listener, 4096)) {
    perror("listen");
    return 2;
  }
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &event);
  char own[64];
  describe_address(server.listener, false, own);
  printf("{\"event\":\"listening\",\"address\":\"%s\"}\n", own);

  int tick = options->segmentation >= SEGMENT_RANDOM ? 1 : 2;
  uint64_t last = now_ms(), deadline = last + (uint64_t)(options->limit_seconds * 1000);
  while (!stop_requested && !input_ended() && last < deadline) {
    struct epoll_event events[256];
    int count = epoll_wait(server.epoll, events, 256, tick);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u64 == UINT64_MAX) {
        accept_all(&server);
      } else {
        struct session *session = server.slots[events[i].data.u64];
        if (session->phase != PHASE_CLOSED) read_session(&server, session);
      }
    }
    uint64_t now = now_ms();
    if (now - last >= (uint64_t)tick) {
      turn(&server, (double)(now - last) / 1000);
      last = now;
    }
  }
  return print_result(&server);
}
