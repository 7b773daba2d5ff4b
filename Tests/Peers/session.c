#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  QUEUE_ENOUGH = 128 * 1024, // no new packet is made while so much waits
  CUTS_PER_TURN = 64,
};

const char *const phase_names[] = {"connecting", "proxy", "hello", "key1",  "key2",
                                   "version",    "login", "play",  "closed"};

uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void session_init(struct session *session, int fd, uint64_t id, uint64_t seed) {
  memset(session, 0, sizeof *session);
  session->fd = fd;
  session->id = id;
  session->random = seed ^ id * 0x9e3779b97f4a7c15u;
  session->opened_ms = now_ms();
  digest_init(&session->sent);
}

void session_close(struct session *session) {
  if (session->fd >= 0) close(session->fd);
  session->fd = -1;
  session->phase = PHASE_CLOSED;
  checker_free(&session->checker);
  free(session->queue);
  session->queue = NULL;
  session->queue_head = session->queue_tail = session->queue_capacity = 0;
}

void session_random_key(struct session *session, uint8_t key[KEY_BYTES]) {
  for (int i = 0; i < KEY_BYTES; i += 8) {
    uint64_t word = splitmix(&session->random);
    memcpy(key + i, &word, 8);
  }
}

void session_send_plain(struct session *session, const uint8_t *bytes, size_t count) {
  if (session->queue_head > 0 && session_flushed(session))
    session->queue_head = session->queue_tail = 0;
  if (session->queue_tail + count > session->queue_capacity) {
    size_t waiting = session->queue_tail - session->queue_head;
    if (waiting > 0) memmove(session->queue, session->queue + session->queue_head, waiting);
    session->queue_head = 0;
    session->queue_tail = waiting;
    while (waiting + count > session->queue_capacity)
      session->queue_capacity = session->queue_capacity ? session->queue_capacity * 2 : 1024;
    session->queue = realloc(session->queue, session->queue_capacity);
    if (session->queue == NULL) abort();
  }
  memcpy(session->queue + session->queue_tail, bytes, count);
  session->queue_tail += count;
}

void session_send_packet(struct session *session, uint8_t *packet, size_t count) {
  digest_add(&session->sent, packet, count);
  keystream_apply(&session->sending, packet, count);
  session_send_plain(session, packet, count);
}

bool session_gather(struct session *session, size_t wanted, const uint8_t **bytes, size_t *count) {
  size_t part = wanted - session->gathered_bytes;
  if (part > *count) part = *count;
  memcpy(session->gathered + session->gathered_bytes, *bytes, part);
  session->gathered_bytes += part;
  *bytes += part;
  *count -= part;
  if (session->gathered_bytes < wanted) return false;
  session->gathered_bytes = 0;
  return true;
}

void session_play(struct session *session, double elapsed, double rate) {
  if (session->said_bye) return;
  session->packets_due += elapsed * rate;
  if (session->packets_due > rate + 1) session->packets_due = rate + 1; // no more than 1 s late
  uint8_t packet[PACKET_MAX];
  while ((session->packets_due >= 1 || session->traffic.burst_left > 0) &&
         session->queue_tail - session->queue_head < QUEUE_ENOUGH) {
    if (session->traffic.burst_left == 0) session->packets_due -= 1;
    size_t count = traffic_next(&session->traffic, packet);
    session_send_packet(session, packet, count);
    if (session->segmentation == SEGMENT_PACKETS && !session_flush(session)) return;
  }
}

void session_say_bye(struct session *session) {
  if (session->said_bye) return;
  uint8_t packet[BYE_BYTES];
  write_bye(packet, session->traffic.packets);
  session_send_packet(session, packet, sizeof packet);
  session->said_bye = true;
}

static size_t cut(struct session *session, size_t waiting) {
  size_t most = session->segmentation == SEGMENT_BYTES    ? 1
                : session->segmentation == SEGMENT_RANDOM ? 1 + splitmix(&session->random) % 1448
                                                          : waiting;
  return most < waiting ? most : waiting;
}

bool session_flush(struct session *session) {
  bool odd = session->segmentation >= SEGMENT_RANDOM;
  // One cut a turn while keys are exchanged: the other side then really reads them in pieces.
  int cuts = !odd || session->phase >= PHASE_PLAY ? CUTS_PER_TURN : 1;
  for (; cuts > 0 && !session_flushed(session); cuts--) {
    size_t count = cut(session, session->queue_tail - session->queue_head);
    ssize_t sent = send(session->fd, session->queue + session->queue_head, count,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
    session->queue_head += (size_t)sent;
    if ((size_t)sent < count) return true;
  }
  return true;
}

void tally_ok(struct tally *tally, const struct session *session) {
  tally->ok++;
  tally->sent_bytes += session->sent.bytes;
  tally->received_bytes += session->checker.digest.bytes;
  tally->sent_digest += session->sent.value;
  tally->received_digest += session->checker.digest.value;
}
