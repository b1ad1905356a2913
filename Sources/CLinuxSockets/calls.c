// Only here: in the header it would change what other headers declare, and Swift's Glibc module was built without it.
#define _GNU_SOURCE
#include "CLinuxSockets.h"

#ifdef __linux__
#include <pthread.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __linux__
int lsk_accept(int listener, struct sockaddr_storage *address) {
    socklen_t length = sizeof *address;
    // A peer without an address leaves this as it is.
    address->ss_family = AF_UNSPEC;
    return accept4(listener, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void lsk_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void lsk_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
#endif
