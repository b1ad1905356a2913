/// The codes that are out. Codes are few and are used again, so a guess may hit one that was minted for somebody else meanwhile; this
/// tells such a hit from a code that worked twice.
final class CodeRegister {
    struct Minted {
        var code: String
        var appID: String
        /// Until then it surely works, on the generator's clock.
        var livesUntil: UInt64
    }

    private var live: [String: Minted] = [:]
    /// Rooms whose code somebody redeemed by a chance hit, who has not noticed yet.
    private var taken: Set<String> = []

    /// Enters a code; false where it was out already, for certain.
    func minted(_ code: Minted, at now: UInt64) -> Bool {
        let isUnique = self.live[code.code].map { $0.livesUntil <= now } ?? true
        self.live[code.code] = code
        return isUnique
    }

    /// Its owner redeems it, or lets it expire: from now on it may be given out again.
    func release(_ code: Minted) {
        if self.live[code.code]?.appID == code.appID { self.live[code.code] = nil }
    }

    /// Somebody redeemed a code that was no longer theirs, and it led to this room. From now on the code may be given out again.
    func hit(_ code: String, _ appID: String) {
        self.taken.insert(appID)
        if self.live[code]?.appID == appID { self.live[code] = nil }
    }

    /// Whether a code's owner was too late because of such a hit.
    func wasHit(_ appID: String) -> Bool { self.taken.remove(appID) != nil }
}
