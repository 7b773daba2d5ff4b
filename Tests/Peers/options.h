// The command line, parsed once.
#ifndef PEERS_OPTIONS_H
#define PEERS_OPTIONS_H

#include "session.h"

#include <netinet/in.h>

enum flood_kind {
  FLOOD_SILENT,  // connect and wait
  FLOOD_DRIP,    // one byte a second
  FLOOD_STUCK,   // 127 of 128 key bytes, then wait
  FLOOD_ONE_KEY, // a whole key, then wait
  FLOOD_EMPTY,   // connect and close
};

struct options {
  struct sockaddr_storage address; // to listen on or connect to
  socklen_t address_length;
  enum segmentation segmentation;
  enum proxy_version proxy;
  uint64_t seed;
  uint32_t build;
  unsigned sessions;
  double seconds; // 0: until standard input ends
  double limit_seconds;
  double rate; // packets a second and session, from the client
  uint32_t server_rate;
  uint32_t burst_bytes;
  unsigned lap_ms; // sessions last so long, and a new one follows; 0: one long session
  unsigned stagger_ms;
  bool half_close;
  bool greeting;
  struct in_addr source; // of the first connection, in host order one up for each further; 0: any
  struct in_addr claim;  // the same for the source in the PROXY header
  enum flood_kind kind;
  unsigned drip_ms;
  unsigned opens_per_second;
};

int run_server(const struct options *options);
int run_client(const struct options *options);
int run_flood(const struct options *options);

// Open sockets are many: takes all descriptors that the hard limit allows.
void raise_descriptor_limit(void);
// Connects without blocking, from options->source + index where one is set; -1 on failure.
int open_connection(const struct options *options, unsigned index);
// Whether standard input is at its end; never blocks.
bool input_ended(void);
// "address:port" of a socket's own end, or of its peer.
void describe_address(int fd, bool peer, char out[64]);

extern volatile int stop_requested; // SIGTERM or SIGINT came

#endif
