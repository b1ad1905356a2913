// Words that somebody may have meant who typed something else.

private let mostSuggestions = 4
/// A longer piece is none of the words with a slip of the finger.
private let longestPiece = 12
private let farthest = 3

/// The nearest first.
func suggestions(for piece: String, in list: [String]) -> [String] {
    let letters = Array(piece.unicodeScalars)
    guard letters.count <= longestPiece else { return [] }
    let limit = max(1, min(farthest, letters.count / 2))
    let near = list.enumerated().map { (distance: distance(from: Array($1.unicodeScalars), to: letters), index: $0, word: $1) }
    return near.filter { $0.distance <= limit }.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(mostSuggestions).map(
        \.word)
}

/// Of a beginning, only the distance to the same number of letters counts.
private func distance(from word: [Unicode.Scalar], to piece: [Unicode.Scalar]) -> Int {
    min(editDistance(word[...], piece), editDistance(word.prefix(piece.count), piece) + 1)
}

/// How many letters have to be put in, taken out or replaced.
private func editDistance(_ one: ArraySlice<Unicode.Scalar>, _ other: [Unicode.Scalar]) -> Int {
    var row = Array(0...other.count)
    for (i, letter) in one.enumerated() {
        var next = [i + 1]
        for j in other.indices {
            next.append(min(row[j + 1] + 1, next[j] + 1, row[j] + (letter == other[j] ? 0 : 1)))
        }
        row = next
    }
    return row[other.count]
}
