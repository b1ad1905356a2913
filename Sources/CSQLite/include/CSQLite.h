// SQLite's functions that the store uses, looked up in the system's library when a store is opened. So the server builds without SQLite's
// header and runs without its library where no store is asked for. The names and types below are SQLite's interface, which it has promised
// to keep since 2004; its documentation (sqlite.org/c3ref) says what each function does.
#ifndef C_SQLITE_H
#define C_SQLITE_H

#include <stdint.h>

typedef struct csq_database csq_database;
typedef struct csq_statement csq_statement;

// Result codes; what is beyond the lowest byte tells more of the same.
static const int csq_ok = 0;
static const int csq_error = 1;
static const int csq_perm = 3;
static const int csq_busy = 5;
static const int csq_locked = 6;
static const int csq_nomem = 7;
static const int csq_readonly = 8;
static const int csq_ioerr = 10;
static const int csq_corrupt = 11;
static const int csq_full = 13;
static const int csq_cantopen = 14;
static const int csq_notadb = 26;
static const int csq_row = 100;
static const int csq_done = 101;

// How to open: what may be done to the file, whether its name is a URI, and that threads take turns without SQLite's help.
static const int csq_open_readonly = 0x1;
static const int csq_open_readwrite = 0x2;
static const int csq_open_create = 0x4;
static const int csq_open_uri = 0x40;
static const int csq_open_nomutex = 0x8000;

// Types of values.
static const int csq_integer = 1;
static const int csq_float = 2;
static const int csq_text = 3;
static const int csq_blob = 4;
static const int csq_null = 5;

// Kinds of checkpoints.
static const int csq_checkpoint_passive = 0;
static const int csq_checkpoint_truncate = 3;

// Loads the library and looks everything up. Null, or what there is not: the library itself or one of its functions. Nothing below may be
// called before that.
const char *csq_load(const char *library);

int csq_version(void);
int csq_is_threadsafe(void);

int csq_open(const char *path, csq_database **database, int flags);
int csq_close(csq_database *database);
int csq_extended_code(csq_database *database);
int csq_system_error(csq_database *database);
const char *csq_message(csq_database *database);
int csq_busy_timeout(csq_database *database, int milliseconds);
int csq_in_transaction(csq_database *database);
int csq_checkpoint(csq_database *database, int kind);
// The write-ahead log is left as it is when the last connection closes.
int csq_keep_log(csq_database *database);
// Keeps the number of pages in the write-ahead log there; it has to outlive the connection.
void csq_count_log_pages(csq_database *database, int *pages);

int csq_prepare(csq_database *database, const char *text, int length, csq_statement **statement);
int csq_step(csq_statement *statement);
int csq_reset(csq_statement *statement);
int csq_finalize(csq_statement *statement);
// These copy what they are given.
int csq_bind_null(csq_statement *statement, int index);
int csq_bind_integer(csq_statement *statement, int index, int64_t value);
int csq_bind_real(csq_statement *statement, int index, double value);
int csq_bind_text(csq_statement *statement, int index, const void *bytes, int count);
int csq_bind_blob(csq_statement *statement, int index, const void *bytes, int count);
int csq_column_type(csq_statement *statement, int column);
int64_t csq_column_integer(csq_statement *statement, int column);
double csq_column_real(csq_statement *statement, int column);
// The bytes of a text or a blob, until the statement goes on; their number has to be asked for behind them.
const void *csq_column_bytes(csq_statement *statement, int column);
int csq_column_count(csq_statement *statement, int column);

// Has the system begin to write to the disk what it holds of a file, and waits for nothing. Without effect where only Linux's call would do.
void csq_begin_writing(int descriptor);

#endif
