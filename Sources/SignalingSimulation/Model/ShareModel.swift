import NetworkAddresses

/// Who may take more of what all share, as the contract has it: worked out anew each time from who holds what.
struct ShareModel {
    enum Verdict { case granted, overShare, exhausted }

    let bound: Int
    /// Of each thing that is held, whose it is and how much of it.
    let held: [(client: ClientAddress, amount: Int)]

    func verdict(on amount: Int, for client: ClientAddress) -> Verdict {
        let total = self.held.reduce(0) { $0 + $1.amount }
        if total + amount > self.bound { return .exhausted }
        // Nobody is limited before a quarter is all that is left.
        guard total + amount > self.bound - self.bound / 4 else { return .granted }
        return [0, 8, 16].contains { self.isAtShare(client, ignoring: $0) } ? .overShare : .granted
    }

    /// Of networks as wide as this, whether the client's holds as much as each may when one more comes.
    private func isAtShare(_ client: ClientAddress, ignoring bits: UInt64) -> Bool {
        var networks: [String: Int] = [:]
        for (holder, amount) in self.held where amount > 0 { networks[Self.network(holder, bits), default: 0] += amount }
        guard let own = networks[Self.network(client, bits)] else { return false }
        return own >= self.bound / (networks.count + 1)
    }

    private static func network(_ client: ClientAddress, _ bits: UInt64) -> String {
        switch client {
        case .v4(let address): "4-\(address)"
        case .v6(let high, _): "6-\(high >> bits)"
        case .subject(let hash): "s-\(hash)"
        }
    }
}
