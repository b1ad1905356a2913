// Scans bytes sixteen at a time, since Swift's own vectors compare lane by lane.
#ifndef C_BYTE_SCAN_H
#define C_BYTE_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t cbs_sixteen __attribute__((vector_size(16)));
typedef uint64_t cbs_words __attribute__((vector_size(16)));

// Each of a word's eight lanes is 0 or all ones: the position in memory of the first that is not 0.
static inline size_t cbs_first(uint64_t lanes) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (size_t)__builtin_clzll(lanes) / 8;
#else
    return (size_t)__builtin_ctzll(lanes) / 8;
#endif
}

// How many of `count` bytes precede the first that a JSON string cannot hold unescaped: a quote, a backslash, a control character.
static inline size_t cbs_plain_json(const uint8_t *_Nonnull bytes, size_t count) {
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        cbs_sixteen sixteen;
        memcpy(&sixteen, bytes + index, 16);
        cbs_words hits = (cbs_words)((sixteen == '"') | (sixteen == '\\') | (sixteen < 0x20));
        if (hits[0]) return index + cbs_first(hits[0]);
        if (hits[1]) return index + 8 + cbs_first(hits[1]);
    }
    for (; index < count; index++) {
        if (bytes[index] == '"' || bytes[index] == '\\' || bytes[index] < 0x20) break;
    }
    return index;
}

#endif
