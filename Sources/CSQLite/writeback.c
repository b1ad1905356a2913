#define _GNU_SOURCE
#include "CSQLite.h"

#ifdef __linux__
#include <fcntl.h>

void csq_begin_writing(int descriptor) { (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }
#else
void csq_begin_writing(int descriptor) { (void)descriptor; }
#endif
