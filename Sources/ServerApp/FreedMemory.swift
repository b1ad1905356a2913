#if os(Linux)
import CLinuxSockets
#endif

/// Gives memory back to the system when a crowd has gone. What connections and rooms have freed lies in thousands of gaps that the
/// allocator keeps for the next crowd; only when asked does it go through them.
struct FreedMemory {
    private var most = 0

    /// Fewer connections than this free nothing that is worth the asking.
    private static let crowd = 1024

    /// Told of the open connections now and then. Asking takes some milliseconds for each 100 MB, so it is done only when half of those
    /// that were open have gone.
    mutating func observe(open: Int) {
        if self.isWorthAsking(open: open) { Self.giveBack() }
    }

    mutating func isWorthAsking(open: Int) -> Bool {
        self.most = max(self.most, open)
        guard self.most >= Self.crowd, open <= self.most / 2 else { return false }
        self.most = open
        return true
    }

    private static func giveBack() {
        #if os(Linux)
        lsk_give_back_memory()
        #endif
    }
}
