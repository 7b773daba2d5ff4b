#include "proxyheader.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static enum proxy_result read_v1(const uint8_t *bytes, size_t count, size_t *used,
                                 char source[64]) {
  char line[108] = {0};
  size_t length = count < 107 ? count : 107;
  memcpy(line, bytes, length);
  char *end = strstr(line, "\r\n");
  if (end == NULL) return length == 107 ? PROXY_INVALID : PROXY_INCOMPLETE;
  *used = (size_t)(end + 2 - line);
  *end = '\0';
  char family[8], from[46], to[46];
  unsigned from_port, to_port;
  if (strncmp(line, "PROXY UNKNOWN", 13) == 0) {
    strcpy(source, "local");
    return PROXY_LOCAL;
  }
  if (sscanf(line, "PROXY %7s %45s %45s %u %u", family, from, to, &from_port, &to_port) != 5)
    return PROXY_INVALID;
  snprintf(source, 64, strcmp(family, "TCP6") == 0 ? "[%s]:%u" : "%s:%u", from, from_port);
  return PROXY_PROXIED;
}

static enum proxy_result read_v2(const uint8_t *bytes, size_t count, size_t *used,
                                 char source[64]) {
  size_t known = count < 12 ? count : 12;
  if (memcmp(bytes, signature, known) != 0) return PROXY_INVALID;
  if (count < 16) return PROXY_INCOMPLETE;
  size_t length = (size_t)bytes[14] << 8 | bytes[15];
  if (length > PROXY_HEADER_MAX - 16) return PROXY_INVALID;
  if (count < 16 + length) return PROXY_INCOMPLETE;
  *used = 16 + length;
  if (bytes[12] == 0x20) {
    strcpy(source, "local");
    return PROXY_LOCAL;
  }
  char address[INET6_ADDRSTRLEN];
  const uint8_t *at = bytes + 16;
  if (bytes[12] == 0x21 && bytes[13] == 0x11 && length >= 12) {
    inet_ntop(AF_INET, at, address, sizeof address);
    snprintf(source, 64, "%s:%u", address, (unsigned)at[8] << 8 | at[9]);
    return PROXY_PROXIED;
  }
  if (bytes[12] == 0x21 && bytes[13] == 0x21 && length >= 36) {
    inet_ntop(AF_INET6, at, address, sizeof address);
    snprintf(source, 64, "[%s]:%u", address, (unsigned)at[32] << 8 | at[33]);
    return PROXY_PROXIED;
  }
  return PROXY_INVALID;
}

enum proxy_result read_proxy_header(enum proxy_version version, const uint8_t *bytes, size_t count,
                                    size_t *used, char source[64]) {
  return version == PROXY_V1 ? read_v1(bytes, count, used, source)
                             : read_v2(bytes, count, used, source);
}

size_t write_proxy_header(enum proxy_version version, const struct sockaddr_in *source,
                          const struct sockaddr_in *destination, uint8_t out[PROXY_HEADER_MAX]) {
  if (version == PROXY_V1) {
    char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &source->sin_addr, from, sizeof from);
    inet_ntop(AF_INET, &destination->sin_addr, to, sizeof to);
    return (size_t)snprintf((char *)out, PROXY_HEADER_MAX, "PROXY TCP4 %s %s %u %u\r\n", from, to,
                            ntohs(source->sin_port), ntohs(destination->sin_port));
  }
  memcpy(out, signature, 12);
  memcpy(out + 12, "\x21\x11\x00\x0c", 4);
  memcpy(out + 16, &source->sin_addr, 4);
  memcpy(out + 20, &destination->sin_addr, 4);
  memcpy(out + 24, &source->sin_port, 2);
  memcpy(out + 26, &destination->sin_port, 2);
  return 28;
}
