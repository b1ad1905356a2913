// Calls on sockets that systems spell differently, or that Swift cannot spell. What a call returns is -1 where it failed, with errno.
#ifndef C_PORTABLE_SOCKETS_H
#define C_PORTABLE_SOCKETS_H

#include <stddef.h>
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

#endif
