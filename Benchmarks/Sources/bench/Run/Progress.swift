import Foundation

/// A line a second on standard error, which on a terminal takes the place of the last.
final class Progress {
    var prefix = ""
    private let isTerminal = isatty(2) == 1
    private var due: UInt64 = 0

    func isDue(_ now: UInt64) -> Bool {
        guard now >= self.due else { return false }
        let isFirst = self.due == 0
        self.due = now + 1_000_000_000
        return !isFirst
    }

    func show(_ text: String) {
        self.write(self.isTerminal ? "\r\u{1B}[K\(self.prefix): \(text)" : "\(self.prefix): \(text)\n")
    }

    /// Leaves the terminal's line empty for what comes next.
    func end() {
        if self.isTerminal { self.write("\r\u{1B}[K") }
        self.due = 0
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
