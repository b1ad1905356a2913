import SignalingCore
import TimeKeeping

/// Takes out of the file what has ended by itself, and gives unused space back, in steps of a few milliseconds.
final class Upkeep {
    private enum Chore { case codes(after: Int64), redemptions, space }

    private let database: Database
    private let lastCode: Statement
    private let dropCodes: Statement
    private let lastRedemption: Statement
    private let firstRedemption: Statement
    private let dropRedemptions: Statement
    private let mortals: Statement
    private let unusedPages: Statement
    private let giveBack: Statement
    private var chore = Chore.codes(after: .min)

    /// Codes or redemptions are left.
    private(set) var hasMortals = true

    /// Rows that a step looks at.
    private static let rows = 4096
    /// Pages that a step gives back, and that are kept for what comes next.
    private static let pages = 256

    init(_ database: Database) throws(DatabaseFault) {
        self.database = database
        self.lastCode = try database.prepare(
            "SELECT max(code) FROM (SELECT code FROM codes WHERE code > ?1 ORDER BY code LIMIT \(Self.rows))")
        self.dropCodes = try database.prepare("DELETE FROM codes WHERE code > ?1 AND code <= ?2 AND expires <= ?3")
        self.lastRedemption = try database.prepare(
            "SELECT max(number) FROM (SELECT number FROM redemptions ORDER BY number LIMIT \(Self.rows))")
        self.firstRedemption = try database.prepare("SELECT min(number) FROM redemptions")
        // One that would be remembered for longer than any was written before the clock was set back.
        self.dropRedemptions = try database.prepare(
            "DELETE FROM redemptions WHERE number <= ?1 AND (forgotten <= ?2 OR forgotten > ?2 + \(RecentRedemptions.memory.milliseconds))")
        self.mortals = try database.prepare("SELECT EXISTS (SELECT 1 FROM codes) OR EXISTS (SELECT 1 FROM redemptions)")
        self.unusedPages = try database.prepare("PRAGMA freelist_count")
        self.giveBack = try database.prepare("PRAGMA incremental_vacuum(\(Self.pages))")
    }

    /// False if it was the last step of a round.
    func step(_ now: UnixMilliseconds) throws(DatabaseFault) -> Bool {
        switch self.chore {
        case .codes(let after):
            guard let last = try self.lastCode.number(.integer(after)) else {
                self.chore = .redemptions
                return true
            }
            try self.dropCodes.run(.integer(after), .integer(last), .integer(now))
            self.chore = .codes(after: last)
            return true
        case .redemptions:
            if let last = try self.lastRedemption.number() {
                try self.dropRedemptions.run(.integer(last), .integer(now))
                // What comes behind one that is still remembered is, too.
                guard let first = try self.firstRedemption.number(), first <= last else { return true }
            }
            self.hasMortals = try self.mortals.number() != 0
            self.chore = .space
            return true
        case .space:
            let unused = try self.unusedPages.number() ?? 0
            if unused > Self.pages {
                try self.giveBack.run()
                if try self.unusedPages.number() ?? 0 < unused { return true }
            }
            self.chore = .codes(after: .min)
            return false
        }
    }
}
