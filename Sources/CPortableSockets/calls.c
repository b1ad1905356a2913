// For accept4 and struct ucred. Only here: in the header it would change what other headers declare.
#define _GNU_SOURCE
#include "CPortableSockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int psk_adopt(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

#ifndef SOCK_CLOEXEC
// Closes what could not be set up, and keeps the reason.
static int adopted(int descriptor) {
    if (descriptor < 0) return -1;
    if (psk_adopt(descriptor) == 0) {
#ifdef SO_NOSIGPIPE
        int on = 1;
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
        return descriptor;
    }
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}
#endif

int psk_socket(int family) {
#ifdef SOCK_CLOEXEC
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
    return adopted(socket(family, SOCK_STREAM, 0));
#endif
}

int psk_accept(int listener) {
#ifdef SOCK_CLOEXEC
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    return adopted(accept(listener, NULL, NULL));
#endif
}

int psk_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

void psk_close(int descriptor) { close(descriptor); }

static int option(int descriptor, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

int psk_is_tcp_listener(int descriptor) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (option(descriptor, SO_TYPE) != SOCK_STREAM || option(descriptor, SO_ACCEPTCONN) <= 0) return 0;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return 0;
    return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

int psk_peer_user(int descriptor, uid_t *user) {
#ifdef __linux__
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *user = peer.uid;
    return 0;
#else
    gid_t group;
    return getpeereid(descriptor, user, &group);
#endif
}

// Space for the descriptors of one message, aligned as their header has to be.
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(psk_most_descriptors * sizeof(int))];
};

ssize_t psk_send(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count) {
    // sendmsg does not change what it sends.
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    if (passed_count > psk_most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    if (passed_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(passed_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(passed_count * sizeof(int));
        memcpy(CMSG_DATA(header), passed, passed_count * sizeof(int));
    }
    // A write to a connection that is gone is an error, not a signal; where there is no such flag, the socket has an option for that.
#ifdef MSG_NOSIGNAL
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
#else
    return sendmsg(descriptor, &message, 0);
#endif
}

ssize_t psk_receive(int descriptor, void *bytes, size_t capacity, int *passed, size_t *passed_count) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    size_t count = 0;
    int has_excess = 0;
    *passed_count = 0;
#ifdef MSG_CMSG_CLOEXEC
    ssize_t received = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC);
#else
    ssize_t received = recvmsg(descriptor, &message, 0);
#endif
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t there = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < there; index++) {
            int one;
            memcpy(&one, CMSG_DATA(header) + index * sizeof one, sizeof one);
            if (count < psk_most_descriptors) {
                fcntl(one, F_SETFD, FD_CLOEXEC);
                passed[count++] = one;
            } else {
                close(one);
                has_excess = 1;
            }
        }
    }
    // With MSG_CTRUNC some did not fit, or the process may have no more.
    if (has_excess || message.msg_flags & MSG_CTRUNC) {
        while (count > 0) close(passed[--count]);
        errno = EMSGSIZE;
        return -1;
    }
    *passed_count = count;
    return received;
}
