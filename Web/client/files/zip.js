// An archive of files as they are, without compression (APPNOTE.TXT of PKWARE, 4.3 and 4.5.3). Its parts stay where they are, so that an
// archive of files on the disk needs no memory.

/** How much of a file is read at once, for its checksum. */
const CHECKSUM_READ_SIZE = 1024 * 1024;
/** From here on, a number needs the longer form. */
const LONG = 0xffff_ffff;
const UTF8_NAMES = 0x0800;
/** 4.5: the version that has the longer form. */
const VERSION = 45;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    return value;
});

export function crc32(bytes, before = 0) {
    let value = ~before;
    for (let index = 0; index < bytes.length; index += 1) value = CRC_TABLE[(value ^ bytes[index]) & 0xff] ^ (value >>> 8);
    return ~value >>> 0;
}

/** `entries`: {name, blob, modified}, the names with slashes, different from each other. */
export async function zipOf(entries) {
    return new Blob(await zipParts(entries));
}

export async function zipParts(entries) {
    const parts = [];
    const directory = [];
    let offset = 0;
    for (const { name, blob, modified } of entries) {
        const about = { name: new TextEncoder().encode(name), size: blob.size, crc: await checksumOf(blob), time: dosTime(modified), offset };
        const header = localHeader(about);
        parts.push(header, blob);
        directory.push(directoryHeader(about));
        offset += header.length + blob.size;
    }
    const directorySize = directory.reduce((sum, { length }) => sum + length, 0);
    return [...parts, ...directory, ...endOf({ count: entries.length, directorySize, offset })];
}

async function checksumOf(blob) {
    let checksum = 0;
    for (let at = 0; at < blob.size; at += CHECKSUM_READ_SIZE) {
        checksum = crc32(new Uint8Array(await blob.slice(at, at + CHECKSUM_READ_SIZE).arrayBuffer()), checksum);
    }
    return checksum;
}

/** Date and time in 32 bits, in the zone of this device, to two seconds. */
function dosTime(modified = Date.now()) {
    const time = new Date(modified);
    const year = Math.min(Math.max(time.getFullYear(), 1980), 2107) - 1980;
    const date = (year << 9) | ((time.getMonth() + 1) << 5) | time.getDate();
    return ((date << 16) | (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1)) >>> 0;
}

function localHeader({ name, size, crc, time }) {
    const extra = size >= LONG ? longNumbers([size, size]) : new Uint8Array();
    const short = Math.min(size, LONG);
    return concatenated(numbers([4, 0x0403_4b50], [2, VERSION], [2, UTF8_NAMES], [2, 0], [4, time], [4, crc], [4, short], [4, short],
        [2, name.length], [2, extra.length]), name, extra);
}

function directoryHeader({ name, size, crc, time, offset }) {
    const long = [...(size >= LONG ? [size, size] : []), ...(offset >= LONG ? [offset] : [])];
    const extra = long.length > 0 ? longNumbers(long) : new Uint8Array();
    const short = Math.min(size, LONG);
    return concatenated(numbers([4, 0x0201_4b50], [2, VERSION], [2, VERSION], [2, UTF8_NAMES], [2, 0], [4, time], [4, crc], [4, short], [4, short],
        [2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, Math.min(offset, LONG)]), name, extra);
}

function longNumbers(values) {
    return numbers([2, 1], [2, 8 * values.length], ...values.map((value) => [8, value]));
}

function endOf({ count, directorySize, offset }) {
    const end = numbers([4, 0x0605_4b50], [2, 0], [2, 0], [2, count], [2, count], [4, Math.min(directorySize, LONG)],
        [4, Math.min(offset, LONG)], [2, 0]);
    if (offset < LONG && directorySize < LONG) return [end];
    const long = numbers([4, 0x0606_4b50], [8, 44], [2, VERSION], [2, VERSION], [4, 0], [4, 0], [8, count], [8, count], [8, directorySize],
        [8, offset]);
    return [long, numbers([4, 0x0706_4b50], [4, 0], [8, offset + directorySize], [4, 1]), end];
}

/** Little-endian numbers, each with its length in bytes. */
function numbers(...fields) {
    const bytes = new Uint8Array(fields.reduce((sum, [length]) => sum + length, 0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [length, value] of fields) {
        if (length === 2) view.setUint16(at, value, true);
        else if (length === 4) view.setUint32(at, value, true);
        else view.setBigUint64(at, BigInt(value), true);
        at += length;
    }
    return bytes;
}

function concatenated(...parts) {
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
    }
    return bytes;
}
