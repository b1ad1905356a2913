// What Swift's Glibc module lacks (epoll, eventfd, accept4), with names and types that Swift imports correctly.
#ifndef C_LINUX_SOCKETS_H
#define C_LINUX_SOCKETS_H

#ifdef __linux__
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// The headers declare these as enumerators, whose signs differ between C libraries.
static const uint32_t lsk_readable = EPOLLIN;
static const uint32_t lsk_writable = EPOLLOUT;
static const uint32_t lsk_ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
static const uint32_t lsk_input_ended = EPOLLRDHUP;
static const uint32_t lsk_edge_triggered = EPOLLET;
static const uint32_t lsk_exclusive = EPOLLEXCLUSIVE;

static inline int lsk_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int lsk_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Each event carries the tag that was given here.
static inline int lsk_control(int epoll, int operation, int descriptor, uint32_t tag, uint32_t events) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = (uint64_t)tag << 32 | (uint32_t)descriptor;
    return epoll_ctl(epoll, operation, descriptor, &event);
}
static inline int lsk_add(int epoll, int descriptor, uint32_t tag, uint32_t events) {
    return lsk_control(epoll, EPOLL_CTL_ADD, descriptor, tag, events);
}
static inline int lsk_modify(int epoll, int descriptor, uint32_t tag, uint32_t events) {
    return lsk_control(epoll, EPOLL_CTL_MOD, descriptor, tag, events);
}
static inline int lsk_remove(int epoll, int descriptor) { return lsk_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

// A listener's next connection, non-blocking, with its peer's address.
int lsk_accept(int listener, struct sockaddr_storage *address);
// Gives the free memory in the allocator's gaps back to the system. Other C libraries keep less, and have no such call.
void lsk_give_back_memory(void);
// The name that tools show for the calling thread; at most 15 bytes.
void lsk_name_thread(const char *name);
// A write to a connection that is gone is an error here, not a signal.
static inline ssize_t lsk_send(int descriptor, const void *bytes, size_t count) { return send(descriptor, bytes, count, MSG_NOSIGNAL); }
#endif

#endif
