// What two peers say to each other: a stream of packets that follows from a seed, so that the
// receiver can check every byte without a copy of what was sent.
#ifndef PEERS_TRAFFIC_H
#define PEERS_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  OPCODE_CHECK_VERSION = 19900,
  OPCODE_CHECK_VERSION_REPLY = 19901,
  OPCODE_LOGIN = 64460, // C_LOGIN_ARBITER of build 367081
  OPCODE_GREETING = 10032,
  OPCODE_BYE = 65534, // the last packet of a direction; its body counts the packets before it
  PACKET_MAX = 65535,
  BYE_BYTES = 12,
  CHECK_VERSION_BYTES = 32,
  LOGIN_BYTES = 87,
  GREETING_BYTES = 12,
};

uint64_t splitmix(uint64_t *state);

// A digest of a whole direction. FNV-1a: order matters, so no byte can be swapped unseen.
struct digest {
  uint64_t value;
  uint64_t bytes;
};
void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const uint8_t *bytes, size_t count);

// What the client asks for in its login ticket.
struct wishes {
  uint64_t seed;
  uint32_t burst_bytes; // sent by the server straight after the login
  uint32_t server_rate; // packets a second
};

size_t write_check_version(uint8_t *out, uint32_t build);
size_t write_login(uint8_t *out, const struct wishes *wishes);
bool read_login(const uint8_t packet[LOGIN_BYTES], struct wishes *wishes);
size_t write_greeting(uint8_t *out);
size_t write_bye(uint8_t *out, uint64_t packets);

// One direction's packets, in order.
struct traffic {
  uint64_t choices; // state that picks lengths and opcodes
  uint64_t seed;
  uint64_t packets;
  uint32_t burst_left;
  bool from_client;
};
void traffic_init(struct traffic *traffic, const struct wishes *wishes, bool from_client);

// The next packet, whole. `out` has room for PACKET_MAX bytes.
size_t traffic_next(struct traffic *traffic, uint8_t *out);

enum check_result { CHECK_GOING_ON, CHECK_ENDED, CHECK_WRONG };

// The receiving end: compares bytes as they come with the packets that ought to come.
struct checker {
  struct traffic expected;
  struct digest digest;
  uint8_t *packet; // the packet expected now, or the bye once its header was seen
  size_t length, at;
  uint8_t header[4];
  bool ended;
};
void checker_init(struct checker *checker);
void checker_start(struct checker *checker, const struct wishes *wishes, bool from_client);
// Bytes that must come before the packets: at most PACKET_MAX in all.
void checker_expect(struct checker *checker, const uint8_t *bytes, size_t count);
enum check_result checker_feed(struct checker *checker, const uint8_t *bytes, size_t count);
void checker_free(struct checker *checker);

#endif
