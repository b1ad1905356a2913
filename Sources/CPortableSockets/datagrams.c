// For recvmmsg and struct in6_pktinfo. Only here: in the header it would change what other headers declare.
#define _GNU_SOURCE
#include "CPortableSockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(__APPLE__) && !defined(IPV6_RECVPKTINFO)
// Its headers have them only for those who define __APPLE_USE_RFC_3542, which headers that come as modules do not see.
#define IPV6_RECVPKTINFO 61
#define IPV6_PKTINFO 46
#endif

int psk_datagram_socket(int family) {
    int descriptor = socket(family, SOCK_DGRAM, 0);
    int on = 1;
    if (descriptor < 0) return -1;
    int asked = family == AF_INET6 ? setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
                                   : setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (asked == 0 && psk_adopt(descriptor) == 0) return descriptor;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

static void set_peer(struct psk_datagram *datagram) {
    uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
    uint16_t port = 0;
    if (datagram->peer.ss_family == AF_INET) {
        struct sockaddr_in peer;
        memcpy(&peer, &datagram->peer, sizeof peer);
        memcpy(address + 12, &peer.sin_addr, 4);
        port = peer.sin_port;
    } else if (datagram->peer.ss_family == AF_INET6) {
        struct sockaddr_in6 peer;
        memcpy(&peer, &datagram->peer, sizeof peer);
        memcpy(address, &peer.sin6_addr, 16);
        port = peer.sin6_port;
    }
    datagram->peer_high = datagram->peer_low = 0;
    for (int index = 0; index < 8; index++) {
        datagram->peer_high = datagram->peer_high << 8 | address[index];
        datagram->peer_low = datagram->peer_low << 8 | address[index + 8];
    }
    datagram->peer_port = ntohs(port);
}

// Keeps the address that the datagram was sent to as what makes it the sender's of the response. On a machine of several addresses the
// kernel would else choose one, and a client ignores what comes from another than it has asked. Which interface it came by is left out:
// that is for the routes to say.
static void set_local(struct psk_datagram *datagram, struct msghdr *message) {
    datagram->local_length = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        struct cmsghdr kept = *header;
        uint8_t value[sizeof(struct in6_pktinfo)];
        size_t length = 0;
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof info);
            info.ipi_ifindex = 0;
            memcpy(value, &info, length = sizeof info);
        } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof info);
            info.ipi6_ifindex = 0;
#ifndef __linux__
            // Only Linux is known to take the address of an IPv4 interface here.
            if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr)) continue;
#endif
            memcpy(value, &info, length = sizeof info);
        } else {
            continue;
        }
        // The header that it came with, and the value behind it.
        _Static_assert(sizeof datagram->local >= CMSG_SPACE(sizeof(struct in6_pktinfo)), "space for the larger of the two");
        memset(datagram->local, 0, sizeof datagram->local);
        memcpy(datagram->local, &kept, sizeof kept);
        memcpy(CMSG_DATA((struct cmsghdr *)(void *)datagram->local), value, length);
        datagram->local_length = CMSG_SPACE(length);
        return;
    }
}

static void prepare(struct msghdr *message, struct iovec *part, struct psk_datagram *datagram, size_t count, size_t local_length) {
    part->iov_base = datagram->bytes;
    part->iov_len = count;
    memset(message, 0, sizeof *message);
    message->msg_name = &datagram->peer;
    message->msg_iov = part;
    message->msg_iovlen = 1;
    message->msg_control = local_length > 0 ? datagram->local : NULL;
    message->msg_controllen = local_length;
}

static void received(struct psk_datagram *datagram, struct msghdr *message, size_t count) {
    datagram->count = count;
    datagram->is_cut = (message->msg_flags & MSG_TRUNC) != 0;
    datagram->peer_length = message->msg_namelen;
    set_peer(datagram);
    set_local(datagram, message);
}

int psk_receive_datagrams(int descriptor, struct psk_datagram *datagrams, int most) {
    struct iovec parts[psk_most_datagrams];
    if (most > psk_most_datagrams) most = psk_most_datagrams;
#ifdef __linux__
    struct mmsghdr messages[psk_most_datagrams];
    for (int index = 0; index < most; index++) {
        struct msghdr *message = &messages[index].msg_hdr;
        prepare(message, &parts[index], &datagrams[index], psk_datagram_space, sizeof datagrams[index].local);
        message->msg_namelen = sizeof datagrams[index].peer;
    }
    int count = recvmmsg(descriptor, messages, most, 0, NULL);
    for (int index = 0; index < count; index++) received(&datagrams[index], &messages[index].msg_hdr, messages[index].msg_len);
    return count;
#else
    for (int index = 0; index < most; index++) {
        struct msghdr message;
        prepare(&message, &parts[index], &datagrams[index], psk_datagram_space, sizeof datagrams[index].local);
        message.msg_namelen = sizeof datagrams[index].peer;
        ssize_t count = recvmsg(descriptor, &message, 0);
        if (count < 0) return index > 0 ? index : -1;
        received(&datagrams[index], &message, count);
    }
    return most;
#endif
}

int psk_send_datagrams(int descriptor, struct psk_datagram *datagrams, int count) {
    struct iovec parts[psk_most_datagrams];
    int ready = 0, sent = 0;
#ifdef __linux__
    struct mmsghdr messages[psk_most_datagrams];
#else
    struct msghdr messages[psk_most_datagrams];
#endif
    for (int index = 0; index < count && ready < psk_most_datagrams; index++) {
        if (datagrams[index].count == 0) continue;
#ifdef __linux__
        struct msghdr *message = &messages[ready].msg_hdr;
#else
        struct msghdr *message = &messages[ready];
#endif
        prepare(message, &parts[ready], &datagrams[index], datagrams[index].count, datagrams[index].local_length);
        message->msg_namelen = datagrams[index].peer_length;
        ready++;
    }
    // One that the system does not take is left out.
    for (int next = 0; next < ready;) {
#ifdef __linux__
        int taken = sendmmsg(descriptor, messages + next, ready - next, 0);
#else
        int taken = sendmsg(descriptor, &messages[next], 0) >= 0 ? 1 : -1;
#endif
        if (taken > 0) sent += taken;
        next += taken > 0 ? taken : 1;
    }
    return sent;
}
