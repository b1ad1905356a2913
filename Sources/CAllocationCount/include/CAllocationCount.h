// Counts the allocations of the program that this is linked into. Elsewhere than with glibc it counts nothing.
#ifndef C_ALLOCATION_COUNT_H
#define C_ALLOCATION_COUNT_H
#include <stdbool.h>
#include <stdint.h>

bool allocation_count_is_real(void);
uint64_t allocation_count(void);
#endif
