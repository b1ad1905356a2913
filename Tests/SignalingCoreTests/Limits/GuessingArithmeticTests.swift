import Foundation
import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Plays an hour of guessing in simulated time, and holds the table of the threat model to what comes of it.
@Suite struct GuessingArithmeticTests {
    /// How the guesser's networks lie.
    enum Layout: String, CaseIterable {
        case spread = "far apart"
        case packed24 = "in as few IPv4 /24 as hold them"
        case packed48 = "in one IPv6 /48, evenly"

        /// Address `number` of so many.
        func address(_ number: Int, of count: Int) -> ClientAddress {
            switch self {
            case .spread: .v4(UInt32(number) << 8)
            case .packed24: .v4(0x0A00_0000 + UInt32(number))
            case .packed48: .v6(high: 0x2001_0DB8_0000_0000 | UInt64(number * (65_536 / count)), low: 1)
            }
        }
    }

    private static let counts = [1, 256, 1_000, 65_536]
    private static let liveCodes = [1, 10, 100]

    @Test func theTableOfTheThreatModelIsTrue() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/threat-model.md"), encoding: .utf8)
        let lines = Set(page.split(separator: "\n"))
        for layout in Layout.allCases {
            for count in Self.counts where layout == .spread || count > 1 {
                // With codes of one length nothing depends on what was guessed before, so a thousand stand for more.
                let some = min(count, 1_000)
                let before = Self.windowGuesses(some)
                let after = Self.bucketGuesses(layout, count)
                var cells = [Self.number(count), layout.rawValue]
                for live in Self.liveCodes {
                    let stolen = Theft.hour(of: before, live: live, digitsMax: 4) * Double(count) / Double(some)
                    let rest = Theft.hour(of: after, live: live, digitsMax: 6)
                    cells.append("\(Self.rounded(stolen)) → \(Self.rounded(rest))")
                }
                let row = "| \(cells.joined(separator: " | ")) |"
                let isSaid = lines.contains(row[...])
                #expect(isSaid, "docs/threat-model.md should say: \(row)")
            }
        }
    }

    // MARK: - How many guesses are looked at, each minute of an hour

    /// The window of 0.2: each address or /64 for itself.
    private static func windowGuesses(_ count: Int) -> [Int] {
        var limiter = WindowLimiter(limit: 30)
        let one = (0..<60).map { minute -> Int in
            (0..<60).reduce(0) { sum, second in
                var guesses = sum
                let now = MonotonicTime(nanoseconds: 0) + .seconds(Int64(minute * 60 + second))
                while limiter.admit(ClientAddress.v4(1).limiterKey, now: now) == .admitted { guesses += 1 }
                return guesses
            }
        }
        return one.map { $0 * count }
    }

    /// The guesser keeps eight waiting wherever it can. Networks that share no bucket do alike, so one of them is played: an address, a /24 or
    /// a /48. In the last, and where all 256 of a /24 guess, a few of them can use up all that the others could.
    private static func bucketGuesses(_ layout: Layout, _ count: Int) -> [Int] {
        let group = layout == .spread ? 1 : layout == .packed24 ? min(count, 256) : count
        let busy = min(group, 16)
        var limiter = GuessLimiter(limit: 30)
        let clients = (0..<busy).map { layout.address($0 * (group / busy), of: count) }
        var line: [(client: ClientAddress, since: MonotonicTime, until: MonotonicTime)] = []
        let one = (0..<60).map { minute -> Int in
            var guesses = 0
            for tick in 0..<240 {
                let now = MonotonicTime(nanoseconds: 0) + .milliseconds(Int64(minute * 60_000 + tick * 250))
                for waiting in line.filter({ $0.until <= now }) where limiter.call(waiting.client, since: waiting.since, now: now) == .look
                {
                    limiter.recordFailure(waiting.client, now: now)
                    guesses += 1
                }
                line.removeAll { $0.until <= now }
                for client in clients {
                    while case let verdict = limiter.arrive(client, now: now) {
                        if case .refused = verdict { break }
                        if case .wait(let until) = verdict {
                            line.append((client, now, until))
                        } else {
                            limiter.recordFailure(client, now: now)
                            guesses += 1
                        }
                    }
                }
            }
            return guesses
        }
        return one.map { Int((Double($0) * Double(count) / Double(group)).rounded()) }
    }

    // MARK: - Spelling

    /// Two digits that count.
    private static func rounded(_ value: Double) -> String {
        if value < 0.005 { return "0" }
        if value < 9.95 { return String(format: "%.*f", value < 0.995 ? 2 : 1, value) }
        let digits = Int(log10(value))
        let unit = Int(pow(10, Double(max(0, digits - 1))))
        return Self.number(Int((value / Double(unit)).rounded()) * unit)
    }

    private static func number(_ value: Int) -> String {
        value < 1_000 ? String(value) : Self.number(value / 1_000) + "," + String(String(value % 1_000 + 1_000).dropFirst())
    }
}

/// A guesser against real codes. What a guess wins on average is added up, and whenever it is a whole code, one is redeemed.
private struct Theft {
    private var book: CodeBook
    private var budget = FailureBudget()
    private var random = SplitMix64(seed: 1)
    private var held: [Int: [(code: Code, expires: MonotonicTime)]] = [:]
    private var share = 0.0
    private var stolen = 0
    private var window: (end: MonotonicTime, isOver: Bool)?
    private var grownToTheLongest: MonotonicTime?

    /// Codes stolen in an hour in which so many are live at any time.
    static func hour(of guesses: [Int], live: Int, digitsMax: Int) -> Double {
        var theft = Theft(book: CodeBook(digits: 4, digitsMax: digitsMax, maxTTL: .minutes(10)))
        for (minute, count) in guesses.enumerated() {
            for second in 0..<60 {
                let now = MonotonicTime(nanoseconds: 0) + .seconds(Int64(minute * 60 + second))
                theft.keep(live, now: now)
                theft.guess(count * (second + 1) / 60 - count * second / 60, live: live, now: now)
            }
        }
        return Double(theft.stolen) + theft.share
    }

    /// People mint what has expired or was stolen.
    private mutating func keep(_ live: Int, now: MonotonicTime) {
        self.book.sweep(now: now)
        for digits in self.held.keys { self.held[digits]?.removeAll { $0.expires <= now } }
        self.replace(live, now: now)
    }

    private mutating func replace(_ live: Int, now: MonotonicTime) {
        while self.held.values.reduce(0, { $0 + $1.count }) < live {
            // They do not all begin in one second.
            let life = TimeSpan.seconds(Int64(self.random.next() % 600) + 1)
            let room = RoomID(high: 1, low: 1)
            guard case .minted(let code, let expires) = self.book.mint(ttl: life, room: room, client: .v4(1), now: now, using: &self.random)
            else { return }
            self.held[code.digits, default: []].append((code, expires))
        }
    }

    /// The guesser knows how many codes of each length are live, and tries the length that promises most.
    private mutating func guess(_ count: Int, live: Int, now: MonotonicTime) {
        var left = Double(count)
        while left > 0 {
            let chances = self.held.map { (digits: $0.key, chance: Double($0.value.count) / Double(Code.spaceSize(digits: $0.key))) }
            guard let (digits, chance) = chances.max(by: { $0.chance < $1.chance }), chance > 0 else { break }
            let needed = (1 - self.share) / chance
            if needed > left {
                self.share += left * chance
                break
            }
            left -= needed
            self.share = 0
            let code = self.held[digits]?.removeFirst()
            if let code, case .redeemed = self.book.redeem(code.code, now: now) { self.stolen += 1 }
            self.replace(live, now: now)
        }
        self.fail(count, now: now)
    }

    /// Nearly all guesses fail. Once a window is over its budget, further ones change nothing in it; nor do they while codes are as long as
    /// they may be, and have been for less than most of the time for which they stay so.
    private mutating func fail(_ count: Int, now: MonotonicTime) {
        if let grown = self.grownToTheLongest, now - grown < .minutes(8) { return }
        if let window = self.window, now < window.end, window.isOver { return }
        if self.window.map({ now >= $0.end }) ?? true { self.window = (now + FailureBudget.window, false) }
        let guessing = self.book.guessing(now: now)
        for _ in 0..<count where self.budget.recordFailure(now: now, live: guessing.live, space: guessing.space) == .exceeded {
            self.window?.isOver = true
            self.book.raiseFloor(now: now)
            if self.book.floorDigits(now: now) == self.book.digitsMax { self.grownToTheLongest = now }
            return
        }
    }
}
