import Logging

/// Lines that say the same, whatever their metadata.
struct LineKind: Hashable, Sendable {
    let level: Logger.Level
    let message: String
}

/// How many lines of one kind are written: anybody can cause some of them, as often as they can send a request.
struct LineLimiter: Sendable {
    static let usualPerSecond = 50
    /// Kinds that are counted apart. The program has a few dozen; all further ones count as one.
    static let mostKinds = 256

    enum Verdict: Equatable {
        /// `earlier`: lines of that kind that were left out in an earlier second, and not told of yet.
        case write(earlier: Int)
        /// `isFirst`: the first of its kind in this second.
        case leaveOut(isFirst: Bool)
    }

    private struct Window {
        var second: Int
        var written = 0
        var leftOut = 0
    }

    let perSecond: Int

    init(perSecond: Int = LineLimiter.usualPerSecond) { self.perSecond = perSecond }

    private static let others = LineKind(level: .info, message: "other lines")
    private var windows: [LineKind: Window] = [:]
    /// Kinds with lines that were left out.
    private(set) var pending = 0

    mutating func admit(_ kind: LineKind, second: Int) -> Verdict {
        let kind = self.windows[kind] == nil && self.windows.count >= Self.mostKinds ? Self.others : kind
        var window = self.windows[kind] ?? Window(second: second)
        defer { self.windows[kind] = window }
        var earlier = 0
        if window.second != second {
            earlier = window.leftOut
            if earlier > 0 { self.pending -= 1 }
            window = Window(second: second)
        }
        if window.written < self.perSecond {
            window.written += 1
            return .write(earlier: earlier)
        }
        window.leftOut += 1
        if window.leftOut == 1 { self.pending += 1 }
        return .leaveOut(isFirst: window.leftOut == 1)
    }

    /// What was left out before this second, or until now, and was not told of yet.
    mutating func takeLeftOut(before second: Int?) -> [(kind: LineKind, count: Int)] {
        guard self.pending > 0 else { return [] }
        var taken: [(kind: LineKind, count: Int)] = []
        for (kind, window) in self.windows where window.leftOut > 0 && window.second != second {
            taken.append((kind, window.leftOut))
            self.windows[kind]?.leftOut = 0
        }
        self.pending -= taken.count
        return taken.sorted { $0.kind.message < $1.kind.message }
    }
}

extension LineKind {
    /// `request … and 12,345 more`
    func summary(of count: Int) -> String {
        var digits = String(count)
        var grouped = ""
        while digits.utf8.count > 3 {
            grouped = "," + digits.suffix(3) + grouped
            digits.removeLast(3)
        }
        return "\(self.message) … and \(digits)\(grouped) more"
    }
}
