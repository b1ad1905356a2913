// Calls on sockets that systems spell differently, or that Swift cannot spell. What a call returns is -1 where it failed, with errno.
#ifndef C_PORTABLE_SOCKETS_H
#define C_PORTABLE_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// A stream socket that never blocks, and that no other program inherits.
int psk_socket(int family);
// The next connection of a listener, set up like that.
int psk_accept(int listener);
// Sets a descriptor up like that which came from elsewhere.
int psk_adopt(int descriptor);
// A second descriptor for the same socket, which no other program inherits.
int psk_duplicate(int descriptor);
void psk_close(int descriptor);

// Whether this is a TCP socket that listens.
int psk_is_tcp_listener(int descriptor);

// The user whose process is at the other end of a Unix socket.
int psk_peer_user(int descriptor, uid_t *user);

// Descriptors that one message holds at the most.
enum { psk_most_descriptors = 4 };
// Sends bytes and descriptors in one message; the result is how many bytes went out.
ssize_t psk_send(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count);
// Receives a message, and closes its descriptors where they are too many. `passed` has space for psk_most_descriptors; none of them is
// inherited by other programs. The result is how many bytes came, 0 at the connection's end.
ssize_t psk_receive(int descriptor, void *bytes, size_t capacity, int *passed, size_t *passed_count);

// A datagram socket that never blocks, that no other program inherits, and that tells of each datagram which of the machine's addresses it
// was sent to.
int psk_datagram_socket(int family);

// Bytes of a datagram that are kept, and datagrams that one call receives, or sends, at the most.
enum { psk_datagram_space = 1280, psk_most_datagrams = 32 };
struct psk_datagram {
    // Who sent it. IPv4 addresses are IPv4-mapped ones.
    uint64_t peer_high, peer_low;
    uint16_t peer_port;
    // Longer than the space, in which its beginning is.
    uint8_t is_cut;
    uint32_t count;
    uint8_t bytes[psk_datagram_space];
    // Where a response comes from and goes to.
    uint32_t local_length;
    _Alignas(8) uint8_t local[64];
    socklen_t peer_length;
    struct sockaddr_storage peer;
};
// Their place, since Swift has no arrays of this length.
static inline uint8_t *psk_bytes(struct psk_datagram *datagram) { return datagram->bytes; }
// Receives what has come; the result is how many datagrams.
int psk_receive_datagrams(int descriptor, struct psk_datagram *datagrams, int most);
// Sends those that have bytes to whom each was received from, from the address that it was sent to. The result is how many went out.
int psk_send_datagrams(int descriptor, struct psk_datagram *datagrams, int count);

#endif
