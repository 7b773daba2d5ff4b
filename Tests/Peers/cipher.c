#include "cipher.h"

#include <string.h>

static uint32_t rotl32(uint32_t value, unsigned bits) {
  return value << bits | value >> (32 - bits);
}

static void compress(uint32_t h[5], const uint8_t block[64]) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  // SHA-0: SHA-1 without the rotation of the message schedule.
  for (int i = 16; i < 80; i++) w[i] = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];

  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f, k;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i < 40) {
      f = b ^ c ^ d;
      k = 0x6ed9eba1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    } else {
      f = b ^ c ^ d;
      k = 0xca62c1d6;
    }
    uint32_t next = rotl32(a, 5) + f + e + k + w[i];
    e = d;
    d = c;
    c = rotl32(b, 30);
    b = a;
    a = next;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
}

void sha0(const uint8_t *message, size_t count, uint32_t digest[5]) {
  static const uint32_t initial[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  memcpy(digest, initial, sizeof initial);
  size_t at = 0;
  for (; count - at >= 64; at += 64) compress(digest, message + at);

  uint8_t last[128] = {0};
  size_t rest = count - at, padded = rest < 56 ? 64 : 128;
  memcpy(last, message + at, rest);
  last[rest] = 0x80;
  uint64_t bits = (uint64_t)count * 8;
  for (int i = 0; i < 8; i++) last[padded - 1 - i] = (uint8_t)(bits >> (8 * i));
  compress(digest, last);
  if (padded == 128) compress(digest, last + 64);
}

void keystream_init(struct keystream *stream, const uint8_t key[KEY_BYTES]) {
  uint8_t state[STATE_BYTES];
  for (int i = 0; i < STATE_BYTES; i++) state[i] = key[i % KEY_BYTES];
  state[0] = KEY_BYTES;
  for (int i = 0; i < STATE_BYTES; i += 20) {
    uint32_t digest[5];
    sha0(state, STATE_BYTES, digest);
    for (int j = 0; j < 20; j++) state[i + j] = (uint8_t)(digest[j / 4] >> (8 * (j % 4)));
  }
  memset(stream, 0, sizeof *stream);
  for (int i = 0; i < STATE_WORDS; i++)
    stream->words[i] = state[4 * i] | (uint32_t)state[4 * i + 1] << 8 |
                       (uint32_t)state[4 * i + 2] << 16 | (uint32_t)state[4 * i + 3] << 24;
}

static uint32_t next_word(struct keystream *stream) {
  static const uint32_t start[3] = {0, 55, 112}, size[3] = {55, 57, 58}, tap[3] = {31, 50, 39};
  uint32_t *b = stream->carry;
  uint32_t majority = (b[0] & b[1]) | (b[2] & (b[0] | b[1]));
  for (int g = 0; g < 3; g++) {
    if (b[g] != majority) continue;
    uint32_t i = stream->index[g];
    uint64_t total = (uint64_t)stream->words[start[g] + i] +
                     stream->words[start[g] + (i + tap[g]) % size[g]];
    stream->sum[g] = (uint32_t)total;
    stream->carry[g] = (uint32_t)(total >> 32);
    stream->index[g] = (i + 1) % size[g];
  }
  return stream->sum[0] ^ stream->sum[1] ^ stream->sum[2];
}

void keystream_apply(struct keystream *stream, uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (stream->unused == 0) {
      stream->word = next_word(stream);
      stream->unused = 4;
    }
    bytes[i] ^= (uint8_t)(stream->word >> (8 * (4 - stream->unused)));
    stream->unused--;
  }
}

static uint8_t rotated(const uint8_t key[KEY_BYTES], int index, int right) {
  return key[(unsigned)(index - right + 2 * KEY_BYTES) % KEY_BYTES];
}

void derive_ciphers(const struct session_keys *keys, bool legacy, struct keystream *to_server,
                    struct keystream *to_client) {
  int server1 = legacy ? 31 : 67, client2 = legacy ? -17 : -29, server2 = legacy ? 79 : 41;
  uint8_t key[KEY_BYTES];
  for (int i = 0; i < KEY_BYTES; i++)
    key[i] = rotated(keys->server1, i, server1) ^ keys->client1[i] ^
             rotated(keys->client2, i, client2);
  keystream_init(to_server, key);

  for (int i = 0; i < KEY_BYTES; i++) key[i] = rotated(keys->server2, i, server2);
  keystream_apply(to_server, key, KEY_BYTES);
  keystream_init(to_client, key);
}
