package import ByteStreams
package import EngineScripts
import NIOConcurrencyHelpers
import NIOCore
package import NameResolution
import NetworkAddresses
package import PassThrough
import TimeKeeping

/// Finds out where nodes are to be connected to, by the addresses that they say.
package final class NodeDirectory: Sendable {
    /// What a host is spoken to with that is to be reached by TLS. It may fail where the name cannot be one of a certificate.
    package typealias MakeTLS = @Sendable (_ host: String) throws -> any ClientTLS

    /// How long what a name stands for is believed.
    private static let memory = TimeSpan.seconds(30)
    private static let most = 1024

    private struct Entry: Sendable {
        let address: SocketAddress
        let found: MonotonicTime
    }

    private let resolver: HostResolver
    private let makeTLS: MakeTLS
    /// By the nodes' names, too: a process that begins anew, perhaps elsewhere, has another.
    private struct Key: Hashable {
        let node: NodeID
        let address: NodeAddress
    }

    private let entries = NIOLockedValueBox<[Key: Entry]>([:])

    package init(resolver: HostResolver = HostResolver(), makeTLS: @escaping MakeTLS) {
        self.resolver = resolver
        self.makeTLS = makeTLS
    }

    /// Called on this context's loop; `done` is called on it, perhaps from within.
    package func find(_ lease: NodeLease, in context: LoopContext, _ done: @escaping (Result<HomeNode, NodeUnknown>) -> Void) {
        guard let address = NodeAddress(lease.address) else {
            return done(.failure(NodeUnknown("it says no address: set NODE_ADDRESS there, as there is more than one node")))
        }
        let (key, now) = (Key(node: lease.node, address: address), context.clock.now())
        if let entry = self.entries.withLockedValue({ $0[key] }), now - entry.found < Self.memory {
            return done(self.home(lease, address, entry.address))
        }
        self.resolver.resolve(host: address.host, port: address.port, in: context) { result in
            switch result {
            case .failure(let error): done(.failure(NodeUnknown("\(address.host): \(error)")))
            case .success(let found):
                // There is at least one.
                guard let first = found.first else { return done(.failure(NodeUnknown("\(address.host) has no address"))) }
                self.entries.withLockedValue { entries in
                    if entries.count >= Self.most { entries = [:] }
                    entries[key] = Entry(address: first, found: now)
                }
                done(self.home(lease, address, first))
            }
        }
    }

    private func home(_ lease: NodeLease, _ address: NodeAddress, _ socket: SocketAddress) -> Result<HomeNode, NodeUnknown> {
        do {
            let tls = address.usesTLS ? try self.makeTLS(address.host) : nil
            return .success(HomeNode(lease.node.text, at: socket, host: address.host, place: lease.address, tls: tls))
        } catch {
            return .failure(NodeUnknown("\(error)"))
        }
    }
}

/// Why a node cannot be connected to.
package struct NodeUnknown: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
