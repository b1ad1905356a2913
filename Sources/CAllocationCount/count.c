#include "CAllocationCount.h"

#ifdef __GLIBC__
#include <errno.h>
#include <stddef.h>

// glibc's own entry points, which stay callable when a program defines malloc and its relatives itself.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t count;

void *malloc(size_t size) { count++; return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { count++; return __libc_calloc(number, size); }
// Growing in place is work too, so it counts.
void *realloc(void *old, size_t size) { count++; return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { count++; return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

bool allocation_count_is_real(void) { return true; }
uint64_t allocation_count(void) { return count; }
#else
bool allocation_count_is_real(void) { return false; }
uint64_t allocation_count(void) { return 0; }
#endif
