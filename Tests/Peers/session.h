// What both ends of a session have in common: a socket, a queue with odd ways to cut it, the
// ciphers, and the packets to send and to expect.
#ifndef PEERS_SESSION_H
#define PEERS_SESSION_H

#include "cipher.h"
#include "proxyheader.h"
#include "traffic.h"

enum segmentation {
  SEGMENT_PACKETS,   // one write a packet
  SEGMENT_COALESCED, // one write for all there is; both client keys at once
  SEGMENT_RANDOM,    // cuts of 1...1448 bytes anywhere
  SEGMENT_BYTES,     // one byte a write
};

enum phase {
  PHASE_CONNECTING,
  PHASE_PROXY, // server: the PROXY header
  PHASE_HELLO, // client: the server's hello
  PHASE_KEY1,  // the other side's first key
  PHASE_KEY2,
  PHASE_VERSION, // server: C_CHECK_VERSION
  PHASE_LOGIN,   // server: C_LOGIN_ARBITER
  PHASE_PLAY,
  PHASE_CLOSED,
};
extern const char *const phase_names[];

struct session {
  int fd;
  uint64_t id;
  uint64_t random; // keys and cuts
  enum phase phase;
  enum segmentation segmentation;

  uint8_t gathered[PROXY_HEADER_MAX]; // of a message that is not complete yet
  size_t gathered_bytes;

  struct session_keys keys;
  struct keystream sending, receiving;
  struct checker checker;
  struct digest sent;
  struct traffic traffic;
  struct wishes wishes;
  double packets_due;
  bool said_bye, heard_bye, shut;

  uint8_t *queue;
  size_t queue_head, queue_tail, queue_capacity;

  uint64_t opened_ms, played_ms;
  char peer[64], proxied[64];
};

uint64_t now_ms(void);

void session_init(struct session *session, int fd, uint64_t id, uint64_t seed);
// Closes the socket and frees what it held. May be called twice.
void session_close(struct session *session);

void session_random_key(struct session *session, uint8_t key[KEY_BYTES]);
// Queues bytes as they are, before the ciphers exist.
void session_send_plain(struct session *session, const uint8_t *bytes, size_t count);
// Queues a packet, enciphered, and adds it to the digest.
void session_send_packet(struct session *session, uint8_t *packet, size_t count);
// Gathers a message of `wanted` bytes; true when it is complete. Moves bytes and count on.
bool session_gather(struct session *session, size_t wanted, const uint8_t **bytes, size_t *count);

// Queues what is due after `elapsed` seconds at `rate` packets a second, while there is room.
void session_play(struct session *session, double elapsed, double rate);
void session_say_bye(struct session *session);

// Writes what the segmentation allows in this turn; false when the socket is broken.
bool session_flush(struct session *session);
static inline bool session_flushed(const struct session *session) {
  return session->queue_head == session->queue_tail;
}

// Results of many sessions; both ends print the same form.
struct tally {
  uint64_t started, ok, failed;
  uint64_t sent_bytes, received_bytes;
  uint64_t sent_digest, received_digest; // sums over the sessions that went well
};
void tally_ok(struct tally *tally, const struct session *session);

#endif
