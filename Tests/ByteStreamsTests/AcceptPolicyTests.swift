import ByteStreams
import FairShares
import MetricsCore
import NIOConcurrencyHelpers
import NetworkAddresses
import SignalingTestKit
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct AcceptPolicyTests {
    private struct AcceptFailed: Error {}

    /// A policy, how often it said to go on, and how often it reported.
    private struct Subject: Sendable {
        let policy: AcceptPolicy
        private let wakeUps = NIOLockedValueBox(0)
        private let reports: NIOLockedValueBox<Int>

        init(limit: Int) {
            let reports = NIOLockedValueBox(0)
            self.reports = reports
            self.policy = AcceptPolicy(limit: limit) { _ in reports.withLockedValue { $0 += 1 } }
            self.policy.whenAcceptingGoesOn { [wakeUps] in wakeUps.withLockedValue { $0 += 1 } }
        }

        var wakeUpCount: Int { self.wakeUps.withLockedValue { $0 } }
        var reportCount: Int { self.reports.withLockedValue { $0 } }
    }

    // MARK: - The limit

    @Test func itRestsAtTheLimitAndGoesOnWhenOneCloses() {
        let subject = Subject(limit: 2)
        let policy = subject.policy
        for open in 0..<2 {
            #expect(policy.open == open && policy.mayAccept())
            _ = policy.opened(by: .v4(1))
        }
        #expect(policy.open == 2 && !policy.mayAccept())
        #expect(subject.wakeUpCount == 0)
        policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 1 && policy.open == 1 && policy.mayAccept())
    }

    @Test func nobodyIsWokenWhereNobodyRests() {
        let subject = Subject(limit: 2)
        let policy = subject.policy
        for _ in 0..<3 {
            #expect(policy.mayAccept())
            _ = policy.opened(by: .v4(1))
            policy.closed(by: .v4(1))
        }
        for _ in 0..<2 { _ = policy.opened(by: .v4(1)) }
        policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 0)
    }

    @Test func itWakesOnceForAllWhoRestAndAgainForThoseWhoRestAgain() {
        let subject = Subject(limit: 1)
        let policy = subject.policy
        _ = policy.opened(by: .v4(1))
        _ = policy.opened(by: .v4(1))
        for _ in 0..<3 { #expect(!policy.mayAccept()) }
        policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 1)
        // It is full still: whoever was woken asks, and rests again.
        #expect(!policy.mayAccept())
        policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 2)
        #expect(policy.mayAccept())
    }

    @Test func nobodyIsWokenAnyMoreWhenNobodyAcceptsAnyMore() {
        let subject = Subject(limit: 1)
        _ = subject.policy.opened(by: .v4(1))
        #expect(!subject.policy.mayAccept())
        subject.policy.whenAcceptingGoesOn(nil)
        subject.policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 0)
    }

    // MARK: - Shares

    /// With as many connections as clients share, and a few more accepted to see whose they are.
    private func sharing(_ bound: Int, limit: Int) -> (policy: AcceptPolicy, shares: ClientShares, asked: NIOLockedValueBox<Int>) {
        let shares = ClientShares(
            ShareBook(bounds: [.connections: bound]), proxies: TrustedProxies(blocks: [AddressBlock("10.0.0.0/8")].compactMap { $0 }))
        let policy = AcceptPolicy(limit: limit, shares: shares) { Issue.record($0) }
        let asked = NIOLockedValueBox(0)
        policy.whenSpaceIsNeeded { _ in asked.withLockedValue { $0 += 1 } }
        return (policy, shares, asked)
    }

    @Test func aGreedyClientIsRefusedPastItsShareAndOthersAreNot() {
        let (policy, shares, asked) = self.sharing(100, limit: 110)
        for _ in 0..<75 { #expect(policy.opened(by: .v4(1))) }
        for _ in 0..<5 { #expect(!policy.opened(by: .v4(1))) }
        #expect(policy.open == 75 && shares.refusals[.connections] == 5)
        for client in 2...26 { #expect(policy.opened(by: .v4(UInt32(client)))) }
        #expect(policy.open == 100 && asked.withLockedValue { $0 } == 0)
        // Nothing is left: whoever holds nothing gets the place of one of whoever holds most.
        #expect(policy.opened(by: .v4(27)))
        #expect(asked.withLockedValue { $0 } == 1)
        #expect(!policy.opened(by: .v4(1)))
        // As many as are accepted to be looked at, and then it rests.
        for client in 28...36 { #expect(policy.opened(by: .v4(UInt32(client)))) }
        #expect(!policy.mayAccept() && policy.askForSpace() && asked.withLockedValue { $0 } == 11)
        policy.closed(by: .v4(1))
        #expect(policy.mayAccept() && !policy.askForSpace())
    }

    @Test func whatComesThroughAProxyIsNobodysHereAndIsGivenBackAsSuch() {
        let (policy, shares, _) = self.sharing(20, limit: 30)
        for _ in 0..<20 { #expect(policy.opened(by: .v4(0x0A00_0001))) }
        #expect(shares.clientCount == 0 && shares.total(.connections) == 20)
        for _ in 0..<20 { policy.closed(by: .v4(0x0A00_0001)) }
        #expect(shares.total(.connections) == 0)
    }

    // MARK: - Failures

    @Test func theFirstFailureOfARowIsReported() {
        let subject = Subject(limit: 10)
        let policy = subject.policy
        for row in 1...3 {
            for _ in 0..<3 { policy.failed(AcceptFailed()) }
            #expect(subject.reportCount == row)
            // A connection that closes does not end the row, one that is accepted does.
            policy.closed(by: .v4(1))
            policy.failed(AcceptFailed())
            #expect(subject.reportCount == row)
            _ = policy.opened(by: .v4(1))
        }
    }

    @Test func whoRestsAfterAFailureGoesOnWhenOneCloses() {
        let subject = Subject(limit: 10)
        let policy = subject.policy
        _ = policy.opened(by: .v4(1))
        policy.failed(AcceptFailed())
        #expect(subject.wakeUpCount == 0)
        policy.closed(by: .v4(1))
        #expect(subject.wakeUpCount == 1)
    }

    @Test func aFailureOnManyLoopsAtOnceIsReportedOnce() async throws {
        for _ in 0..<200 {
            let subject = Subject(limit: 10)
            try await Threads.run(4) { _ in subject.policy.failed(AcceptFailed()) }
            #expect(subject.reportCount == 1)
        }
    }

    // MARK: - Races

    /// One asks whether it may accept at the very moment in which the last place is given up: either it may, or it is told to go on. Which
    /// of the two it is depends on who is first, so each is a little late now and then.
    @Test func whoAsksWhileAConnectionClosesIsToldEitherNowOrLater() async throws {
        let subject = Subject(limit: 1)
        let policy = subject.policy
        let rounds = 20_000
        let (asking, closing) = (Count(0), Count(0))
        try await Threads.run(2) { number in
            var wakeUps = 0
            for round in 1...rounds {
                let isAsker = number == 0
                if isAsker { _ = policy.opened(by: .v4(1)) }
                let (own, others) = isAsker ? (asking, closing) : (closing, asking)
                own.value.store(2 * round - 1, ordering: .releasing)
                try Threads.wait("the other begins") { others.value.load(ordering: .acquiring) >= 2 * round - 1 }
                for _ in 0..<(isAsker ? round % 7 : round % 11) * 3 { Threads.pause() }
                let mayAccept = isAsker ? policy.mayAccept() : true
                if !isAsker { policy.closed(by: .v4(1)) }
                own.value.store(2 * round, ordering: .releasing)
                try Threads.wait("the other is done") { others.value.load(ordering: .acquiring) >= 2 * round }
                guard isAsker else { continue }
                let wakeUpsNow = subject.wakeUpCount
                if !mayAccept, wakeUpsNow == wakeUps { throw WakeUpLost(round: round) }
                wakeUps = wakeUpsNow
            }
        }
        #expect(policy.open == 0)
    }

    private struct WakeUpLost: Error { var round: Int }

    /// Loops that accept, and others that close what they have accepted as fast as it goes. A wake-up that is lost leaves an acceptor at
    /// rest while there is space, and this without an end.
    @Test(arguments: [1, 3]) func loopsThatRestAndGoOnServeEverybody(_ limit: Int) async throws {
        let (acceptors, closers) = (2, 2)
        let policy = AcceptPolicy(limit: limit) { Issue.record($0) }
        let (left, toClose, wakeUps) = (Count(3_000), Count(0), Count(0))
        policy.whenAcceptingGoesOn { wakeUps.value.add(1, ordering: .sequentiallyConsistent) }
        let most = NIOLockedValueBox(0)
        try await Threads.run(acceptors + closers) { number in
            if number < acceptors {
                var largest = 0
                while left.value.load(ordering: .relaxed) > 0 {
                    // Whoever is told before it has come to rest finds that it was told.
                    let before = wakeUps.value.load(ordering: .sequentiallyConsistent)
                    if policy.mayAccept() {
                        _ = policy.opened(by: .v4(1))
                        largest = max(largest, policy.open)
                        left.value.subtract(1, ordering: .relaxed)
                        toClose.value.add(1, ordering: .releasing)
                    } else {
                        try Threads.wait("an acceptor is woken") {
                            wakeUps.value.load(ordering: .sequentiallyConsistent) != before || left.value.load(ordering: .relaxed) <= 0
                        }
                    }
                }
                most.withLockedValue { $0 = max($0, largest) }
            } else {
                while left.value.load(ordering: .relaxed) > 0 || toClose.value.load(ordering: .acquiring) > 0 {
                    let waiting = toClose.value.load(ordering: .acquiring)
                    if waiting > 0, toClose.value.compareExchange(expected: waiting, desired: waiting - 1, ordering: .relaxed).exchanged {
                        policy.closed(by: .v4(1))
                    } else {
                        Threads.giveWay()
                    }
                }
            }
        }
        #expect(policy.open == 0)
        // Each acceptor can take the last place for its own, as between asking and accepting the others ask too.
        #expect(most.withLockedValue { $0 } <= limit + acceptors - 1)
    }
}

/// A number that threads share.
private final class Count: Sendable {
    let value: Synchronization.Atomic<Int>

    init(_ value: Int) { self.value = .init(value) }
}
