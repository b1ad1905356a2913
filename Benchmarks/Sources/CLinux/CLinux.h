#ifndef CLINUX_H
#define CLINUX_H

// What Linux has and Swift's module of its C library does not show.
#ifdef __linux__

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Zero, or -1 where there is no such CPU.
static inline int linux_pin_this_thread(unsigned int cpu) {
    // Longs, as the kernel takes them: 1,024 CPUs.
    unsigned long mask[1024 / (8 * sizeof(unsigned long))] = {0};
    if (cpu >= 1024) return -1;
    mask[cpu / (8 * sizeof(unsigned long))] |= 1UL << (cpu % (8 * sizeof(unsigned long)));
    return (int)syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask);
}

#endif
#endif
