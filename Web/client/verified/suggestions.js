// Words that somebody may have meant who typed something else.

const MOST_SUGGESTIONS = 4;
/** A longer piece is none of the words with a slip of the finger. */
const LONGEST_PIECE = 12;
const FARTHEST = 3;

/** The nearest first: suggested, and never taken instead. */
export function suggestionsFor(piece, list) {
    if (piece.length > LONGEST_PIECE) return [];
    const farthest = Math.max(1, Math.min(FARTHEST, Math.floor(piece.length / 2)));
    const near = list.map((word) => ({ word, distance: distanceTo(word, piece) })).filter(({ distance }) => distance <= farthest);
    near.sort((one, other) => one.distance - other.distance);
    return near.slice(0, MOST_SUGGESTIONS).map(({ word }) => word);
}

/** Of a beginning, only the distance to the same number of letters counts. */
function distanceTo(word, piece) {
    return Math.min(editDistance(word, piece), editDistance(word.slice(0, piece.length), piece) + 1);
}

/** How many letters have to be put in, taken out or replaced. */
export function editDistance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (let i = 1; i <= one.length; i += 1) {
        const next = [i];
        for (let j = 1; j <= other.length; j += 1) {
            next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
        }
        row = next;
    }
    return row[other.length];
}
