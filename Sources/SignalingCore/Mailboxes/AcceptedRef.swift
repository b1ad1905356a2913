/// Up to which `ref` a side's items were stored, so that a client which lost its connection can send again whatever it has no answer
/// for, without knowing how much of it had arrived. It outlives the connection: that is the case it is for.
struct AcceptedRef: Sendable, Equatable {
    /// Whose numbers these are: the `sid` of the connection that sent them. Empty at first, which is nobody's.
    private var sid = ""
    private var last: UInt64 = 0

    /// Whether this was stored already. Refs rise, so one at or below the last was.
    func covers(_ ref: UInt64, of sid: String?) -> Bool {
        guard let sid, !sid.isEmpty else { return false }
        return ref <= self.last && sid == self.sid
    }

    /// An item with this ref is stored now. Another client's refs begin anew; one without a `sid` cannot come back for its own.
    mutating func advance(to ref: UInt64, of sid: String?) {
        guard let sid, !sid.isEmpty else { return }
        self.sid = sid
        self.last = ref
    }
}
