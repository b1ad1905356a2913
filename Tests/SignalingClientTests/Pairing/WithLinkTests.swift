import SignalingClientNIO
import Testing

@testable import SignalingClient

@Suite(.timeLimit(.minutes(2))) struct WithLinkTests {
    private func options(_ words: String) -> Pairing.Options {
        var options = Pairing.Options()
        options.verification = .secrets([.words(words)], spent: SpentSecrets(), crypto: SwiftCryptoPairing())
        return options
    }

    @Test func twoProgramsConnectAndTalk() async throws {
        let (room, network) = (MemoryRoom(), MemoryNetwork())
        room.pair()
        let options = self.options("crossword-clockwork")
        let other = Task {
            try await Pairing.withLink(over: room.channel(.b), engine: network.engine(.b), options: options) { link in
                guard let message = try await link.channel.receive() else { return false }
                try await link.channel.send(message + [2])
                // Until the other side closes the link.
                return try await link.channel.receive() == nil && link.error?.code == .peerLeft
            }
        }
        let answer = try await Pairing.withLink(
            over: room.channel(.a), engine: network.engine(.a), options: self.options("crossword-clockwork")
        ) { link in
            #expect(link.verified == .words)
            try await link.channel.send([1])
            return try await link.channel.receive()
        }
        #expect(answer == [1, 2])
        #expect(try await other.value)
        #expect(network.end(.a).isClosed && network.end(.b).isClosed)
    }

    @Test func otherWordsConnectNobody() async throws {
        let (room, network) = (MemoryRoom(), MemoryNetwork())
        room.pair()
        let options = self.options("crossword-mirror")
        let other = Task {
            try await Pairing.withLink(over: room.channel(.b), engine: network.engine(.b), options: options) { _ in }
        }
        let error = await #expect(throws: ClientError.self) {
            try await Pairing.withLink(over: room.channel(.a), engine: network.engine(.a), options: self.options("crossword-clockwork")) {
                _ in
            }
        }
        #expect(error?.code == .codeMismatch)
        let there = await #expect(throws: ClientError.self) { try await other.value }
        #expect(there?.code == .codeMismatch)
        #expect(network.end(.a).isClosed && network.end(.b).isClosed)
    }

    @Test func theEngineGetsTheFreshServersOfBothSides() async throws {
        let (room, network) = (MemoryRoom(), MemoryNetwork())
        room.pair()
        let fresh = [ICEServer(urls: ["turn:relay.example"], username: "somebody", credential: "new")]
        var options = Pairing.Options()
        options.iceServers = ICEServerRenewal(expireIn: .zero) { (fresh, nil) }
        let chosen = options
        let other = Task {
            try await Pairing.withLink(over: room.channel(.b), engine: network.engine(.b), options: chosen) { link in
                _ = try await link.channel.receive()
            }
        }
        try await Pairing.withLink(over: room.channel(.a), engine: network.engine(.a), options: chosen) { link in
            link.restart()
            for side in Side.allCases {
                for await servers in network.end(side).servers {
                    #expect(servers == fresh)
                    break
                }
            }
        }
        try await other.value
    }

    @Test func aRestartDoesNotWaitForServersWithoutEnd() async throws {
        let (room, network) = (MemoryRoom(), MemoryNetwork())
        room.pair()
        let asked = AsyncStream.makeStream(of: Void.self)
        var options = Pairing.Options()
        options.iceServers = ICEServerRenewal(expireIn: .zero) {
            asked.continuation.yield()
            try await Task.sleep(for: .seconds(3_600))
            return ([], nil)
        }
        // Five seconds, for which a restart waits, pass at once.
        var surroundings = Surroundings.system
        let sleep = surroundings.sleep
        surroundings.sleep = { try await sleep($0 == .seconds(5) ? .zero : $0) }
        let (chosen, hasty) = (options, surroundings)
        let other = Task {
            try await Pairing.withLink(over: room.channel(.b), engine: network.engine(.b)) { link in _ = try await link.channel.receive() }
        }
        try await Pairing.withLink(over: room.channel(.a), engine: network.engine(.a), options: chosen, surroundings: hasty) { link in
            let before = network.end(.a).peer.ufrag
            link.restart()
            for await _ in asked.stream { break }
            while network.end(.a).peer.ufrag == before { await Task.yield() }
        }
        try await other.value
    }

    @Test func cancellingEndsAllOfIt() async throws {
        let (room, network) = (MemoryRoom(), MemoryNetwork())
        let waiting = AsyncStream.makeStream(of: Void.self)
        var options = Pairing.Options()
        options.onEvent = { if $0 == .waiting { waiting.continuation.yield() } }
        let chosen = options
        let attempt = Task {
            try await Pairing.withLink(over: room.channel(.a), engine: network.engine(.a), options: chosen) { _ in }
        }
        for await _ in waiting.stream { break }
        attempt.cancel()
        let error = await #expect(throws: ClientError.self) { try await attempt.value }
        #expect(error?.code == .cancelled)
        #expect(network.end(.a).isClosed)
    }
}
