// The cipher of the game, written from the protocol's description alone. It shares nothing with
// the Swift code, so that the two can be wrong only independently.
#ifndef PEERS_CIPHER_H
#define PEERS_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEY_BYTES = 128, STATE_WORDS = 170, STATE_BYTES = 680 };

// Three generators of 55, 57 and 58 constant words; only their positions move.
struct keystream {
  uint32_t words[STATE_WORDS];
  uint32_t index[3];
  uint32_t sum[3];
  uint32_t carry[3];
  uint32_t word;   // the last word produced
  unsigned unused; // its bytes not yet taken, 0...3
};

struct session_keys {
  uint8_t client1[KEY_BYTES];
  uint8_t server1[KEY_BYTES];
  uint8_t client2[KEY_BYTES];
  uint8_t server2[KEY_BYTES];
};

// Five words; written big-endian they are the digest.
void sha0(const uint8_t *message, size_t count, uint32_t digest[5]);

void keystream_init(struct keystream *stream, const uint8_t key[KEY_BYTES]);

// XORs the stream onto bytes in place and moves on by as many; any chunking gives the same result.
void keystream_apply(struct keystream *stream, uint8_t *bytes, size_t count);

// Both directions, each at its first payload byte. Legacy rotations are those below patch 45.
void derive_ciphers(const struct session_keys *keys, bool legacy, struct keystream *to_server,
                    struct keystream *to_client);

#endif
