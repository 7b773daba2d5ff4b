#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t splitmix(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

void digest_init(struct digest *digest) {
  digest->value = 0xcbf29ce484222325u;
  digest->bytes = 0;
}

void digest_add(struct digest *digest, const uint8_t *bytes, size_t count) {
  uint64_t value = digest->value;
  for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * 0x100000001b3u;
  digest->value = value;
  digest->bytes += count;
}

static void put16(uint8_t *out, uint32_t value) {
  out[0] = (uint8_t)value;
  out[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *out, uint32_t value) {
  put16(out, value & 0xffff);
  put16(out + 2, value >> 16);
}

static void put_header(uint8_t *out, size_t length, uint32_t opcode) {
  put16(out, (uint32_t)length);
  put16(out + 2, opcode);
}

// Two elements of here, next, index, value; index 0 is the build.
size_t write_check_version(uint8_t *out, uint32_t build) {
  put_header(out, CHECK_VERSION_BYTES, OPCODE_CHECK_VERSION);
  put16(out + 4, 2);
  put16(out + 6, 8);
  put16(out + 8, 8);
  put16(out + 10, 20);
  put32(out + 12, 0);
  put32(out + 16, build);
  put16(out + 20, 20);
  put16(out + 22, 0);
  put32(out + 24, 1);
  put32(out + 28, 363186);
  return CHECK_VERSION_BYTES;
}

enum {
  NAME_AT = 23,
  NAME_CHARACTERS = 6,
  TICKET_AT = NAME_AT + 2 * NAME_CHARACTERS + 2,
  TICKET_BYTES = 50,
};

size_t write_login(uint8_t *out, const struct wishes *wishes) {
  memset(out, 0, LOGIN_BYTES);
  put_header(out, LOGIN_BYTES, OPCODE_LOGIN);
  put16(out + 4, NAME_AT);
  put16(out + 6, TICKET_AT);
  put16(out + 8, TICKET_BYTES);
  put32(out + 15, 6);
  put32(out + 19, 9204);
  for (int i = 0; i < NAME_CHARACTERS; i++) out[NAME_AT + 2 * i] = (uint8_t)"player"[i];
  char ticket[TICKET_BYTES + 1];
  snprintf(ticket, sizeof ticket, "%016llx%08x%08x%018d", (unsigned long long)wishes->seed,
           wishes->burst_bytes, wishes->server_rate, 0);
  memcpy(out + TICKET_AT, ticket, TICKET_BYTES);
  return LOGIN_BYTES;
}

bool read_login(const uint8_t packet[LOGIN_BYTES], struct wishes *wishes) {
  char ticket[TICKET_BYTES + 1] = {0};
  memcpy(ticket, packet + TICKET_AT, TICKET_BYTES);
  unsigned long long seed;
  if (sscanf(ticket, "%16llx%8x%8x", &seed, &wishes->burst_bytes, &wishes->server_rate) != 3)
    return false;
  wishes->seed = seed;
  uint8_t again[LOGIN_BYTES];
  write_login(again, wishes);
  return memcmp(again, packet, LOGIN_BYTES) == 0;
}

size_t write_greeting(uint8_t *out) {
  put_header(out, GREETING_BYTES, OPCODE_GREETING);
  memcpy(out + 4, "welcome!", 8);
  return GREETING_BYTES;
}

size_t write_bye(uint8_t *out, uint64_t packets) {
  put_header(out, BYE_BYTES, OPCODE_BYE);
  put32(out + 4, (uint32_t)packets);
  put32(out + 8, (uint32_t)(packets >> 32));
  return BYE_BYTES;
}

void traffic_init(struct traffic *traffic, const struct wishes *wishes, bool from_client) {
  traffic->seed = wishes->seed ^ (from_client ? 0x636c69656e740000u : 0x7365727665720000u);
  traffic->choices = traffic->seed;
  traffic->packets = 0;
  traffic->burst_left = from_client ? 0 : wishes->burst_bytes;
  traffic->from_client = from_client;
}

static size_t client_length(uint64_t draw) {
  switch (draw % 200) {
  case 0: return 4 + (draw >> 32) % (16384 - 4 + 1); // the longest that a client may send
  case 1: return 16384;
  case 2 ... 19: return 4;
  default: return 4 + (draw >> 32) % 597;
  }
}

static size_t server_length(uint64_t draw) {
  switch (draw % 400) {
  case 0: return PACKET_MAX;
  case 1 ... 3: return 4 + (draw >> 32) % (PACKET_MAX - 4 + 1);
  case 4 ... 39: return 4;
  case 40 ... 279: return 4 + (draw >> 32) % 97;
  default: return 4 + (draw >> 32) % 1997;
  }
}

// As at a real login: a few of the longest packets, more of medium size, many small ones.
static size_t burst_length(uint64_t draw) {
  switch (draw % 60) {
  case 0: return 65468;
  case 1 ... 4: return 16168;
  default: return 244;
  }
}

size_t traffic_next(struct traffic *traffic, uint8_t *out) {
  uint64_t draw = splitmix(&traffic->choices);
  size_t length = traffic->from_client ? client_length(draw)
                  : traffic->burst_left > 0 ? burst_length(draw)
                                            : server_length(draw);
  traffic->burst_left -= length < traffic->burst_left ? (uint32_t)length : traffic->burst_left;
  uint64_t body = traffic->seed ^ traffic->packets++ * 0xd1342543de82ef95u;
  put_header(out, length, 20000 + (uint32_t)(splitmix(&body) % 44000)); // below both log-in and bye
  size_t at = 4;
  for (; length - at >= 8; at += 8) {
    uint64_t word = splitmix(&body);
    memcpy(out + at, &word, 8);
  }
  uint64_t word = splitmix(&body);
  memcpy(out + at, &word, length - at);
  return length;
}

void checker_init(struct checker *checker) {
  memset(checker, 0, sizeof *checker);
  digest_init(&checker->digest);
  checker->packet = malloc(PACKET_MAX);
  if (checker->packet == NULL) abort();
}

void checker_start(struct checker *checker, const struct wishes *wishes, bool from_client) {
  traffic_init(&checker->expected, wishes, from_client);
}

void checker_expect(struct checker *checker, const uint8_t *bytes, size_t count) {
  if (checker->length + count > PACKET_MAX) abort();
  memcpy(checker->packet + checker->length, bytes, count);
  checker->length += count;
}

// At the border of two packets the other side may also say goodbye: only then.
static bool is_bye(const struct checker *checker, const uint8_t *bytes, size_t count) {
  uint8_t bye[BYE_BYTES];
  write_bye(bye, checker->expected.packets - 1);
  for (size_t i = 0; i < count && checker->at + i < 4; i++)
    if (bytes[i] != bye[checker->at + i]) return false;
  return memcmp(checker->header, bye, checker->at < 4 ? checker->at : 4) == 0;
}

// Turns the expected packet into the bye as soon as its header cannot be the packet's any more.
static void consider_bye(struct checker *checker, const uint8_t *bytes, size_t count) {
  if (checker->at >= 4 || checker->expected.packets == 0) return;
  size_t header = 4 - checker->at < count ? 4 - checker->at : count;
  bool differs = memcmp(bytes, checker->packet + checker->at, header) != 0;
  if (!differs || !is_bye(checker, bytes, header)) return;
  checker->length = write_bye(checker->packet, checker->expected.packets - 1);
  checker->ended = true;
}

enum check_result checker_feed(struct checker *checker, const uint8_t *bytes, size_t count) {
  digest_add(&checker->digest, bytes, count);
  while (count > 0) {
    if (checker->at == checker->length) {
      if (checker->ended) return CHECK_WRONG;
      checker->length = traffic_next(&checker->expected, checker->packet);
      checker->at = 0;
    }
    if (!checker->ended) consider_bye(checker, bytes, count);
    size_t part = checker->length - checker->at;
    if (part > count) part = count;
    if (memcmp(bytes, checker->packet + checker->at, part) != 0) return CHECK_WRONG;
    for (size_t i = 0; i < part && checker->at + i < 4; i++)
      checker->header[checker->at + i] = bytes[i];
    checker->at += part;
    bytes += part;
    count -= part;
  }
  return checker->ended && checker->at == checker->length ? CHECK_ENDED : CHECK_GOING_ON;
}

void checker_free(struct checker *checker) {
  free(checker->packet);
  checker->packet = NULL;
}
