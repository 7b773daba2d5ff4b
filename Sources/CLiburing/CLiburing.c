#define _GNU_SOURCE
#include "CLiburing.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// What an operation that waits to be submitted points to: one an entry of the ring.
struct detail {
  struct __kernel_timespec time;
  struct msghdr message;
  struct iovec pieces[CLIBURING_PIECES];
};

struct cliburing {
  struct io_uring ring;
  struct io_uring_buf_ring *buffers;
  unsigned buffer_count;
  size_t buffers_length;
  unsigned given;
  unsigned entries;
  unsigned next_detail;
  struct detail *details;
  // Which descriptors the kernel keeps at hand for this ring, each in the slot of its own number.
  unsigned char *is_registered;
  unsigned file_count;
};

enum { BUFFER_GROUP = 0, NO_TAG = 0, MOST_FILES = 65536 };

static int add_buffers(cliburing *made, unsigned count) {
  made->buffer_count = count;
  made->buffers_length = count * sizeof(struct io_uring_buf);
  void *memory = mmap(
      NULL, made->buffers_length, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (memory == MAP_FAILED) return -errno;
  made->buffers = memory;
  io_uring_buf_ring_init(made->buffers);
  struct io_uring_buf_reg registration = {
      .ring_addr = (uintptr_t)memory, .ring_entries = count, .bgid = BUFFER_GROUP};
  return io_uring_register_buf_ring(&made->ring, &registration, 0);
}

// Without room for descriptors operations look them up each time, and are slower.
static void add_files(cliburing *made) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  unsigned count = limit.rlim_cur < MOST_FILES ? (unsigned)limit.rlim_cur : MOST_FILES;
  made->is_registered = calloc(count, 1);
  if (made->is_registered == NULL) return;
  if (io_uring_register_files_sparse(&made->ring, count) == 0) made->file_count = count;
}

int cliburing_open(unsigned entries, unsigned completions, unsigned buffers, cliburing **result) {
  cliburing *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  made->entries = entries;
  made->details = calloc(entries, sizeof(*made->details));
  if (made->details == NULL) {
    free(made);
    return -ENOMEM;
  }
  struct io_uring_params parameters = {
      .flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
               IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
      .cq_entries = completions};
  int status = io_uring_queue_init_params(entries, &made->ring, &parameters);
  if (status < 0) {
    free(made->details);
    free(made);
    return status;
  }
  status = add_buffers(made, buffers);
  if (status < 0) {
    cliburing_close(made);
    return status;
  }
  add_files(made);
  *result = made;
  return 0;
}

int cliburing_event(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int cliburing_begin(cliburing *ring, const char *name) {
  pthread_setname_np(pthread_self(), name);
  int status = io_uring_enable_rings(&ring->ring);
  if (status < 0) return status;
  // Saves the kernel a look-up each turn; nothing depends on it.
  io_uring_register_ring_fd(&ring->ring);
  return 0;
}

void cliburing_close(cliburing *ring) {
  io_uring_queue_exit(&ring->ring);
  if (ring->buffers != NULL) munmap(ring->buffers, ring->buffers_length);
  free(ring->details);
  free(ring->is_registered);
  free(ring);
}

void cliburing_adopt(cliburing *ring, int descriptor) {
  if ((unsigned)descriptor >= ring->file_count) return;
  ring->is_registered[descriptor] =
      io_uring_register_files_update(&ring->ring, (unsigned)descriptor, &descriptor, 1) == 1;
}

void cliburing_shut(cliburing *ring, int descriptor) {
  int none = -1;
  if ((unsigned)descriptor < ring->file_count && ring->is_registered[descriptor]) {
    io_uring_register_files_update(&ring->ring, (unsigned)descriptor, &none, 1);
    ring->is_registered[descriptor] = 0;
  }
  close(descriptor);
}

void cliburing_give(cliburing *ring, void *bytes, uint32_t length, uint16_t number) {
  io_uring_buf_ring_add(
      ring->buffers, bytes, length, number, io_uring_buf_ring_mask(ring->buffer_count),
      (int)ring->given);
  ring->given += 1;
}

void cliburing_publish(cliburing *ring) {
  io_uring_buf_ring_advance(ring->buffers, (int)ring->given);
  ring->given = 0;
}

static void submit_some(cliburing *ring) {
  // Only a kernel without memory takes none: it will have some again.
  if (io_uring_submit(&ring->ring) <= 0) poll(NULL, 0, 1);
}

// Makes room for that many entries that must be submitted together.
static void make_room(cliburing *ring, unsigned count) {
  while (io_uring_sq_space_left(&ring->ring) < count) submit_some(ring);
}

// The place of the entry that is taken next: its last user has been submitted.
static struct detail *next_detail(cliburing *ring) {
  struct detail *detail = &ring->details[ring->next_detail];
  ring->next_detail = (ring->next_detail + 1) % ring->entries;
  return detail;
}

static struct io_uring_sqe *entry(cliburing *ring) {
  make_room(ring, 1);
  return io_uring_get_sqe(&ring->ring);
}

// An entry has its descriptor's number in any case.
static void aim(cliburing *ring, struct io_uring_sqe *sqe, int descriptor) {
  if ((unsigned)descriptor < ring->file_count && ring->is_registered[descriptor])
    sqe->flags |= IOSQE_FIXED_FILE;
}

void cliburing_receive(cliburing *ring, int descriptor, int again, uint64_t tag) {
  struct io_uring_sqe *sqe = entry(ring);
  if (again) {
    io_uring_prep_recv_multishot(sqe, descriptor, NULL, 0, 0);
  } else {
    io_uring_prep_recv(sqe, descriptor, NULL, 0, 0);
  }
  aim(ring, sqe, descriptor);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = BUFFER_GROUP;
  io_uring_sqe_set_data64(sqe, tag);
}

void cliburing_send(
    cliburing *ring, int descriptor, const struct iovec *pieces, unsigned count,
    cliburing_send_kind kind, uint64_t tag) {
  int flags = MSG_NOSIGNAL;
  if (count > CLIBURING_PIECES) count = CLIBURING_PIECES;
  if (kind != CLIBURING_WAITS) flags |= MSG_DONTWAIT;
  // With MSG_WAITALL an operation that has sent less has failed, and failures are always told.
  if (kind == CLIBURING_QUIET) flags |= MSG_WAITALL;
  struct io_uring_sqe *sqe = entry(ring);
  if (count == 1) {
    io_uring_prep_send(sqe, descriptor, pieces->iov_base, pieces->iov_len, flags);
  } else {
    struct detail *detail = next_detail(ring);
    memcpy(detail->pieces, pieces, count * sizeof(*pieces));
    detail->message = (struct msghdr){.msg_iov = detail->pieces, .msg_iovlen = count};
    io_uring_prep_sendmsg(sqe, descriptor, &detail->message, (unsigned)flags);
  }
  aim(ring, sqe, descriptor);
  if (kind == CLIBURING_QUIET) sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(sqe, tag);
}

void cliburing_connect(
    cliburing *ring, int descriptor, const struct sockaddr *address, socklen_t length,
    uint64_t nanoseconds, uint64_t tag) {
  make_room(ring, 2);
  struct __kernel_timespec *time = &next_detail(ring)->time;
  time->tv_sec = (int64_t)(nanoseconds / 1000000000);
  time->tv_nsec = (long long)(nanoseconds % 1000000000);
  struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
  io_uring_prep_connect(sqe, descriptor, address, length);
  aim(ring, sqe, descriptor);
  sqe->flags |= IOSQE_IO_LINK;
  io_uring_sqe_set_data64(sqe, tag);
  sqe = io_uring_get_sqe(&ring->ring);
  io_uring_prep_link_timeout(sqe, time, 0);
  io_uring_sqe_set_data64(sqe, NO_TAG);
}

void cliburing_watch_end(cliburing *ring, int descriptor, uint64_t tag) {
  struct io_uring_sqe *sqe = entry(ring);
  io_uring_prep_poll_add(sqe, descriptor, POLLRDHUP);
  aim(ring, sqe, descriptor);
  io_uring_sqe_set_data64(sqe, tag);
}

void cliburing_read(cliburing *ring, int descriptor, void *bytes, unsigned count, uint64_t tag) {
  struct io_uring_sqe *sqe = entry(ring);
  io_uring_prep_read(sqe, descriptor, bytes, count, 0);
  io_uring_sqe_set_data64(sqe, tag);
}

void cliburing_cancel(cliburing *ring, uint64_t tag) {
  struct io_uring_sqe *sqe = entry(ring);
  io_uring_prep_cancel64(sqe, tag, 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(sqe, NO_TAG);
}

int cliburing_turn(cliburing *ring, uint64_t nanoseconds) {
  int status;
  if (nanoseconds == 0) {
    status = io_uring_submit_and_get_events(&ring->ring);
  } else if (nanoseconds == UINT64_MAX) {
    status = io_uring_submit_and_wait(&ring->ring, 1);
  } else {
    struct io_uring_cqe *first;
    struct __kernel_timespec time = {
        .tv_sec = (int64_t)(nanoseconds / 1000000000),
        .tv_nsec = (long long)(nanoseconds % 1000000000)};
    status = io_uring_submit_and_wait_timeout(&ring->ring, &first, 1, &time, NULL);
  }
  // All of it: a quiet send that was not even tried would pass for one that is done.
  while (io_uring_sq_ready(&ring->ring) > 0) submit_some(ring);
  return status >= 0 || status == -ETIME || status == -EINTR || status == -EBUSY ? 0 : status;
}

unsigned cliburing_take(cliburing *ring, cliburing_completion *into, unsigned most) {
  struct io_uring_cqe *cqes[256];
  if (most > 256) most = 256;
  unsigned count = io_uring_peek_batch_cqe(&ring->ring, cqes, most);
  for (unsigned i = 0; i < count; i++) {
    into[i].tag = cqes[i]->user_data;
    into[i].result = cqes[i]->res;
    into[i].buffer =
        cqes[i]->flags & IORING_CQE_F_BUFFER ? (int32_t)(cqes[i]->flags >> IORING_CQE_BUFFER_SHIFT)
                                             : -1;
    into[i].has_more = (cqes[i]->flags & IORING_CQE_F_MORE) != 0;
  }
  io_uring_cq_advance(&ring->ring, count);
  return count;
}
