// One io_uring with a ring of receive buffers, in the few calls that MystelRing makes.
//
// Everything but `cliburing_open` and `cliburing_close` belongs to one thread: the one that called
// `cliburing_begin`. Calls that prepare an operation cannot fail: they wait for a free entry. What is
// handed in by pointer is read when the operation is submitted, no later than the next
// `cliburing_turn`; the bytes of a send, and what `cliburing_read` fills, until the operation is over.
#ifndef MYSTEL_CLIBURING_H
#define MYSTEL_CLIBURING_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

typedef struct cliburing cliburing;

/// What became of an operation. A tag of 0 is of one that nobody asks about.
typedef struct {
  uint64_t tag;
  /// Bytes or 0, or a negated errno value.
  int32_t result;
  /// The receive buffer that holds the bytes; -1 for none.
  int32_t buffer;
  /// Whether the operation goes on.
  int32_t has_more;
} cliburing_completion;

/// A descriptor that becomes readable when 8 bytes are written to it; a negated errno value without.
int cliburing_event(void);

/// Makes a ring of `entries` operations, and `completions` that may be over at once, with room for
/// `buffers` receive buffers (a power of two).
///
/// Returns 0 or a negated errno value. Needs Linux 6.1.
int cliburing_open(unsigned entries, unsigned completions, unsigned buffers, cliburing **made);

/// Makes the ring the calling thread's, and gives the thread a name. Returns 0 or a negated errno value.
int cliburing_begin(cliburing *ring, const char *name);

/// Ends the ring; operations that are not over are cancelled.
void cliburing_close(cliburing *ring);

/// Has the kernel keep a socket at hand, which operations on it are faster for. It must be shut by
/// `cliburing_shut`, which closes it, when none of its operations is underway.
void cliburing_adopt(cliburing *ring, int descriptor);
void cliburing_shut(cliburing *ring, int descriptor);

/// Gives the kernel a buffer to receive into; `cliburing_publish` makes it so.
void cliburing_give(cliburing *ring, void *bytes, uint32_t length, uint16_t number);
void cliburing_publish(cliburing *ring);

/// Receives into buffers that were given: again and again, or once.
void cliburing_receive(cliburing *ring, int descriptor, int again, uint64_t tag);

/// How a send is over.
typedef enum {
  /// With the turn, and without a completion if the kernel has taken everything; otherwise with one:
  /// the bytes taken, or EAGAIN for none.
  CLIBURING_QUIET,
  /// With the turn, and with a completion.
  CLIBURING_AT_ONCE,
  /// When the kernel has taken something.
  CLIBURING_WAITS
} cliburing_send_kind;

/// The most pieces that one send has.
enum { CLIBURING_PIECES = 16 };

/// Sends once: pieces of memory, one after the other.
void cliburing_send(
    cliburing *ring, int descriptor, const struct iovec *pieces, unsigned count,
    cliburing_send_kind kind, uint64_t tag);

/// Connects; after `nanoseconds` the connection is given up (ECANCELED).
void cliburing_connect(
    cliburing *ring, int descriptor, const struct sockaddr *address, socklen_t length,
    uint64_t nanoseconds, uint64_t tag);

/// Is over when the peer has sent FIN or the connection broke.
void cliburing_watch_end(cliburing *ring, int descriptor, uint64_t tag);

/// Reads once from a descriptor that blocks.
void cliburing_read(cliburing *ring, int descriptor, void *bytes, unsigned count, uint64_t tag);

/// Cancels an operation; it ends as ECANCELED, or as what it was.
void cliburing_cancel(cliburing *ring, uint64_t tag);

/// Submits all that was prepared, and waits for a completion, at most `nanoseconds`; UINT64_MAX waits as
/// long as it takes.
///
/// Returns 0 or a negated errno value; a time that is up, and a signal, are no errors.
int cliburing_turn(cliburing *ring, uint64_t nanoseconds);

/// Takes completions out. Returns how many; 0 only where there are no more.
unsigned cliburing_take(cliburing *ring, cliburing_completion *into, unsigned most);

#endif
