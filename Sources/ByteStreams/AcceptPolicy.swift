package import FairShares
import NIOConcurrencyHelpers
package import NetworkAddresses
import Synchronization
package import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// When a server accepts connections, whichever transport it accepts them with. One policy is shared by all loops that accept.
///
/// While as many connections are open as may be, accepting rests, and clients wait in the kernel's queue; it goes on when a connection
/// closes. When accept itself fails, most likely because the system has no descriptor left, accepting rests until a connection closes or
/// `pauseAfterFailure` is over. The first failure of a row is reported, the others are not; a connection that is accepted ends the row.
///
/// Where clients share the connections, whose a connection is shows only when it is accepted. So a few more are accepted than clients may
/// hold: one of a client that holds its share already is closed at once, and for one of another a connection that nobody needs is closed,
/// of whoever holds most.
package final class AcceptPolicy: Sendable {
    /// After accept failed, or while nothing is left, how long until it is tried again, unless a connection closes first.
    package static let pauseAfterFailure = TimeSpan.milliseconds(200)

    /// Whether accept failed for what happened to the one connection that it was to return, so that the next may be accepted at once:
    /// Linux passes on errors of the network that are pending on the new socket, and accept(2) says to retry after them.
    package static func concernsOneConnection(_ code: CInt) -> Bool {
        #if os(Linux)
        if code == ENONET { return true }
        #endif
        switch code {
        case ECONNABORTED, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP: return true
        default: return false
        }
    }

    /// Connections of any kind that may be open at once.
    package let limit: Int
    /// Who holds how many of them.
    private let shares: ClientShares?
    private let openCount = Atomic<Int>(0)
    private let isResting = Atomic<Bool>(false)
    private let isFailing = Atomic<Bool>(false)
    private let report: @Sendable (any Error) -> Void
    private let goOn = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)
    private let makeSpace = NIOLockedValueBox<(@Sendable (ClientShares) -> Void)?>(nil)

    package init(limit: Int, shares: ClientShares? = nil, report: @escaping @Sendable (any Error) -> Void) {
        self.limit = limit
        self.shares = shares
        self.report = report
    }

    /// Connections that are open.
    package var open: Int { self.openCount.load(ordering: .relaxed) }

    /// What is called, on any loop, when whoever rests from accepting may go on. Set before the first connection; nil once nobody accepts
    /// any more, so that the policy does not keep alive what did.
    package func whenAcceptingGoesOn(_ goOn: (@Sendable () -> Void)?) { self.goOn.withLockedValue { $0 = goOn } }

    /// What is called, on any loop, when a connection is to be closed that nobody needs, of whoever holds most. Set like the other.
    package func whenSpaceIsNeeded(_ makeSpace: (@Sendable (ClientShares) -> Void)?) {
        self.makeSpace.withLockedValue { $0 = makeSpace }
    }

    /// Asks for space, if it is clients that leave none: called now and then by whoever rests for that reason. True if it is to be asked
    /// again after a while.
    package func askForSpace() -> Bool {
        guard let shares = self.shares, self.open >= self.limit else { return false }
        self.makeSpace.withLockedValue { $0 }?(shares)
        return true
    }

    /// Asked before each accept. After false the caller rests until it is told to go on, and asks again then. It may be told before it has
    /// come to rest: whoever is told on a loop of its own finds that call behind what it is doing.
    package func mayAccept() -> Bool {
        if self.open < self.limit { return true }
        self.isResting.store(true, ordering: .releasing)
        // Pairs with the fence in `closed`: either that one sees the note, or this one sees that there is space. A note that is left
        // behind wakes the acceptors once for nothing.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return self.open < self.limit
    }

    /// A connection of this peer was accepted. After false it is to be closed at once, and counts for nothing.
    package func opened(by peer: ClientAddress) -> Bool {
        if self.isFailing.load(ordering: .relaxed) { self.isFailing.store(false, ordering: .relaxed) }
        if let shares = self.shares {
            switch shares.takePlace(.connections, for: peer) {
            case .granted: break
            case .grantedInPlaceOfAnother: self.makeSpace.withLockedValue { $0 }?(shares)
            case .refused: return false
            }
        }
        self.openCount.add(1, ordering: .relaxed)
        return true
    }

    /// A connection is closed, and its descriptor free.
    package func closed(by peer: ClientAddress) {
        self.shares?.give(.connections, for: peer)
        self.openCount.subtract(1, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard self.isResting.load(ordering: .relaxed), self.isResting.exchange(false, ordering: .acquiringAndReleasing) else { return }
        self.goOn.withLockedValue { $0 }?()
    }

    /// Accept failed, and would fail again at once: the caller rests until it is told to go on, or until `pauseAfterFailure` is over.
    package func failed(_ error: any Error) {
        self.isResting.store(true, ordering: .releasing)
        if !self.isFailing.exchange(true, ordering: .relaxed) { self.report(error) }
    }
}
