#include "CSQLite.h"

#include <dlfcn.h>
#include <stddef.h>

#define FUNCTIONS(each) \
    each(int, libversion_number, (void)) \
    each(int, threadsafe, (void)) \
    each(int, open_v2, (const char *, csq_database **, int, const char *)) \
    each(int, close, (csq_database *)) \
    each(int, extended_errcode, (csq_database *)) \
    each(int, system_errno, (csq_database *)) \
    each(const char *, errmsg, (csq_database *)) \
    each(int, busy_timeout, (csq_database *, int)) \
    each(int, get_autocommit, (csq_database *)) \
    each(int, wal_checkpoint_v2, (csq_database *, const char *, int, int *, int *)) \
    each(int, db_config, (csq_database *, int, ...)) \
    each(void *, wal_hook, (csq_database *, int (*)(void *, csq_database *, const char *, int), void *)) \
    each(int, prepare_v3, (csq_database *, const char *, int, unsigned int, csq_statement **, const char **)) \
    each(int, step, (csq_statement *)) \
    each(int, reset, (csq_statement *)) \
    each(int, finalize, (csq_statement *)) \
    each(int, bind_null, (csq_statement *, int)) \
    each(int, bind_int64, (csq_statement *, int, long long)) \
    each(int, bind_double, (csq_statement *, int, double)) \
    each(int, bind_text, (csq_statement *, int, const char *, int, void (*)(void *))) \
    each(int, bind_blob, (csq_statement *, int, const void *, int, void (*)(void *))) \
    each(int, column_type, (csq_statement *, int)) \
    each(long long, column_int64, (csq_statement *, int)) \
    each(double, column_double, (csq_statement *, int)) \
    each(const void *, column_blob, (csq_statement *, int)) \
    each(int, column_bytes, (csq_statement *, int))

struct functions {
#define FIELD(result, name, parameters) result (*name) parameters;
    FUNCTIONS(FIELD)
};

static struct functions sqlite;

const char *csq_load(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return library;
    struct functions found;
    // The form that POSIX gives for what ISO C has no conversion for: from a pointer to data to one to a function.
#define FIND(result, name, parameters) \
    *(void **)&found.name = dlsym(handle, "sqlite3_" #name); \
    if (found.name == NULL) return "sqlite3_" #name;
    FUNCTIONS(FIND)
    sqlite = found;
    return NULL;
}

int csq_version(void) { return sqlite.libversion_number(); }
int csq_is_threadsafe(void) { return sqlite.threadsafe(); }

int csq_open(const char *path, csq_database **database, int flags) { return sqlite.open_v2(path, database, flags, NULL); }
int csq_close(csq_database *database) { return sqlite.close(database); }
int csq_extended_code(csq_database *database) { return sqlite.extended_errcode(database); }
int csq_system_error(csq_database *database) { return sqlite.system_errno(database); }
const char *csq_message(csq_database *database) { return sqlite.errmsg(database); }
int csq_busy_timeout(csq_database *database, int milliseconds) { return sqlite.busy_timeout(database, milliseconds); }
int csq_in_transaction(csq_database *database) { return !sqlite.get_autocommit(database); }
int csq_checkpoint(csq_database *database, int kind) { return sqlite.wal_checkpoint_v2(database, NULL, kind, NULL, NULL); }

// SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
int csq_keep_log(csq_database *database) { return sqlite.db_config(database, 1006, 1, NULL); }

static int count_log_pages(void *count, csq_database *database, const char *name, int pages) {
    (void)database;
    (void)name;
    *(int *)count = pages;
    return csq_ok;
}

void csq_count_log_pages(csq_database *database, int *pages) { sqlite.wal_hook(database, count_log_pages, pages); }

int csq_prepare(csq_database *database, const char *text, int length, csq_statement **statement) {
    // SQLITE_PREPARE_PERSISTENT: it is used again and again.
    return sqlite.prepare_v3(database, text, length, 1, statement, NULL);
}

int csq_step(csq_statement *statement) { return sqlite.step(statement); }
int csq_reset(csq_statement *statement) { return sqlite.reset(statement); }
int csq_finalize(csq_statement *statement) { return sqlite.finalize(statement); }

// SQLITE_TRANSIENT: SQLite makes a copy.
#define COPIED ((void (*)(void *))-1)
// To SQLite a null pointer is a null, not an empty value.
static const char nothing[1];

int csq_bind_null(csq_statement *statement, int index) { return sqlite.bind_null(statement, index); }
int csq_bind_integer(csq_statement *statement, int index, int64_t value) { return sqlite.bind_int64(statement, index, value); }
int csq_bind_real(csq_statement *statement, int index, double value) { return sqlite.bind_double(statement, index, value); }
int csq_bind_text(csq_statement *statement, int index, const void *bytes, int count) {
    return sqlite.bind_text(statement, index, bytes == NULL ? nothing : bytes, count, COPIED);
}
int csq_bind_blob(csq_statement *statement, int index, const void *bytes, int count) {
    return sqlite.bind_blob(statement, index, bytes == NULL ? nothing : bytes, count, COPIED);
}

int csq_column_type(csq_statement *statement, int column) { return sqlite.column_type(statement, column); }
int64_t csq_column_integer(csq_statement *statement, int column) { return sqlite.column_int64(statement, column); }
double csq_column_real(csq_statement *statement, int column) { return sqlite.column_double(statement, column); }
const void *csq_column_bytes(csq_statement *statement, int column) { return sqlite.column_blob(statement, column); }
int csq_column_count(csq_statement *statement, int column) { return sqlite.column_bytes(statement, column); }
