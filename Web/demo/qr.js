// QR codes (ISO/IEC 18004): text as bytes, error correction level M, versions 1 to 40.
//
// Text becomes data words, these become blocks with check words, and the blocks a symbol (qr-symbol.js) with the mask that reads best.

import { QRSymbol } from "./qr-symbol.js";
import { BLOCKS, CHECK_WORDS, MASKS, MAX_VERSION } from "./qr-tables.js";
import { checkWords } from "./reed-solomon.js";

const BYTE_MODE = 0b0100;
const PADDING = [0b1110_1100, 0b0001_0001];

export class TextTooLongError extends Error {
    constructor(bytes) {
        super(`a QR code of level M holds at most 2331 bytes, and this text has ${bytes}: shorten it`);
        this.name = "TextTooLongError";
    }
}

/** The smallest symbol that holds the text, as `{version, mask, size, isDark(x, y)}`. The caller may choose the mask. */
export function encode(text, { mask: forcedMask } = {}) {
    const bytes = new TextEncoder().encode(text);
    const { version, dataSize } = smallestFit(bytes.length);
    const words = withCheckWords(dataWords(bytes, version, dataSize), version);
    const masks = forcedMask === undefined ? [...MASKS.keys()] : [forcedMask];
    const candidates = masks.map((mask) => {
        const symbol = new QRSymbol(version);
        symbol.place(words, MASKS[mask]);
        symbol.drawFormat(mask);
        return { symbol, mask, penalty: symbol.penalty() };
    });
    const { symbol, mask } = candidates.reduce((best, other) => (other.penalty < best.penalty ? other : best));
    return { version, mask, size: symbol.size, isDark: (x, y) => symbol.isDark(x, y) };
}

function smallestFit(byteCount) {
    for (let version = 1; version <= MAX_VERSION; version += 1) {
        const dataSize = Math.floor(new QRSymbol(version).freeModules / 8) - BLOCKS[version - 1] * CHECK_WORDS[version - 1];
        if (4 + lengthBits(version) + 8 * byteCount <= 8 * dataSize) return { version, dataSize };
    }
    throw new TextTooLongError(byteCount);
}

function lengthBits(version) {
    return version < 10 ? 8 : 16;
}

/** Mode, length, the bytes, an end mark, and padding up to the symbol's size. */
function dataWords(bytes, version, dataSize) {
    const bits = BYTE_MODE.toString(2).padStart(4, "0") + bytes.length.toString(2).padStart(lengthBits(version), "0");
    // Mode and length end in the middle of a word, so every byte straddles two; four zero bits of the end mark fill the last one.
    const all = bits + Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("") + "0000";
    const words = new Uint8Array(dataSize);
    for (let index = 0; index < dataSize; index += 1) {
        const word = all.slice(8 * index, 8 * index + 8);
        words[index] = word === "" ? PADDING[(index - all.length / 8) % 2] : Number.parseInt(word, 2);
    }
    return words;
}

/** Splits the words into blocks and interleaves their data, then their check words, so that a blot damages every block a little. */
function withCheckWords(data, version) {
    const blockCount = BLOCKS[version - 1];
    const checkCount = CHECK_WORDS[version - 1];
    const shortSize = Math.floor(data.length / blockCount);
    const shortBlocks = blockCount - (data.length % blockCount);
    const blocks = [];
    for (let index = 0, start = 0; index < blockCount; index += 1) {
        const end = start + shortSize + (index < shortBlocks ? 0 : 1);
        blocks.push(data.subarray(start, end));
        start = end;
    }
    return [...byTurns(blocks), ...byTurns(blocks.map((block) => checkWords(block, checkCount)))];
}

function* byTurns(blocks) {
    const longest = blocks.at(-1).length;
    for (let index = 0; index < longest; index += 1) {
        for (const block of blocks) {
            if (index < block.length) yield block[index];
        }
    }
}
