// The PROXY protocol as these peers need it: TCP over IPv4 and IPv6, both versions.
#ifndef PEERS_PROXYHEADER_H
#define PEERS_PROXYHEADER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum proxy_version { PROXY_NONE, PROXY_V1, PROXY_V2 };
enum { PROXY_HEADER_MAX = 536 };

enum proxy_result { PROXY_INCOMPLETE, PROXY_INVALID, PROXY_PROXIED, PROXY_LOCAL };

// Reads a header at the start of bytes. On PROXIED and LOCAL `used` is its length, and `source`
// is "address:port" or "local".
enum proxy_result read_proxy_header(enum proxy_version version, const uint8_t *bytes, size_t count,
                                    size_t *used, char source[64]);

// Writes a header for an IPv4 connection; returns its length.
size_t write_proxy_header(enum proxy_version version, const struct sockaddr_in *source,
                          const struct sockaddr_in *destination, uint8_t out[PROXY_HEADER_MAX]);

#endif
