package import NetworkAddresses
import RESPCore

/// How codes are minted: the same on all nodes of a service.
package struct CodeBounds: Sendable, Equatable {
    package let digits: ClosedRange<Int>
    /// How many codes may be live at once.
    package let mostLive: Int

    package init(digits: ClosedRange<Int>, mostLive: Int) {
        self.digits = digits
        self.mostLive = mostLive
    }

    var arguments: [RESPArgument] { [.integer(self.digits.lowerBound), .integer(self.digits.upperBound), .integer(self.mostLive)] }
}

/// The networks that what a client holds counts for: of IPv6 its /64, /56 and /48; an IPv4 address, or a subject, is one of each width.
package struct HolderNetworks: Sendable, Equatable {
    package let networks: [ClientPrefix]
    /// How many times a client's cap each may hold.
    package let factors: [Int]

    package init(_ client: ClientAddress) {
        switch client {
        case .v4, .subject:
            self.networks = Array(repeating: ClientPrefix(client, length: 32), count: 3)
            self.factors = [1, 1, 1]
        case .v6:
            self.networks = [64, 56, 48].map { ClientPrefix(client, length: $0) }
            self.factors = [1, 4, 8]
        }
    }

    package var text: String { self.networks.map(\.text).joined(separator: " ") }
}

/// A bucket of the tokens that guesses need.
package struct GuessBucket: Sendable, Equatable {
    package let network: ClientPrefix
    /// Milliseconds in which one token comes back.
    package let interval: Int
    package let tokens: Int

    package init(network: ClientPrefix, interval: Int, tokens: Int) {
        self.network = network
        self.interval = interval
        self.tokens = tokens
    }
}
