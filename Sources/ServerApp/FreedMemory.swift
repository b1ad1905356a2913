#if os(Linux)
import CLinuxSockets
#endif

/// Gives memory back to the system when a crowd of connections has gone. The memory that connections and rooms have freed lies in thousands
/// of gaps, which the allocator keeps for the next crowd and gives back only when asked.
struct FreedMemory {
    private var most = 0

    /// Fewer connections than this free too little memory to ask for.
    private static let crowd = 1024

    /// Called regularly with the number of open connections. Giving memory back takes some milliseconds for each 100 MB, so it is done only
    /// when half of the connections that were open have gone.
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
