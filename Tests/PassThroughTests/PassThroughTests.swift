import ByteStreams
import HTTPServer
import NIOCore
import PassThrough
import SignalingTestKit
import Testing
import TimeKeeping

/// What happens between a client and its home once bytes go between them.
@Suite struct PassThroughTests {
    /// What may wait in a stream that is behind: its mark, and a read.
    private static let mostBehind = 128 * 1024

    @Test func bytesGoBothWays() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        client.send("one")
        home.send("two")
        client.send(" three")
        #expect(home.text() == "one three" && client.text() == "two")
        #expect(rig.connections.count == 1)
    }

    // MARK: - Back pressure

    @Test func aSlowClientStopsTheReadingOfItsHome() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000)
        try self.expectBackPressure(from: home, to: client)
    }

    @Test func aSlowHomeStopsTheReadingOfItsClient() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(homeTakes: 1_000)
        try self.expectBackPressure(from: client, to: home)
        // The other direction is nobody's concern.
        home.send("still")
        #expect(client.text() == "still")
    }

    private func expectBackPressure(from source: MemoryStream, to target: MemoryStream) throws {
        let bytes = ByteBuffer.pattern(2_000_000)
        source.arrive(bytes)
        while source.canRead { source.read(most: 10_000) }
        #expect(source.isHeldBack && target.unsentBytes <= Self.mostBehind && target.unsentBytes > 0)
        var taken = ByteBuffer()
        while taken.readableBytes < bytes.readableBytes {
            let part = target.takeSent(most: 700)
            try #require(part.readableBytes > 0 || source.canRead, "nothing moves any more")
            taken.writeImmutableBuffer(part)
            if source.canRead { source.read(most: 10_000) }
            #expect(target.unsentBytes <= Self.mostBehind)
        }
        #expect(taken == bytes && source.isReading)
    }

    // MARK: - Ends

    @Test func aClientThatEndsItsDirectionIsSentWhatItsHomeSendsYet() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        client.send("bye")
        client.end(.fin)
        #expect(home.text() == "bye" && home.sentEnd == .fin && client.isOpen && home.isOpen)
        home.send("so long")
        #expect(client.text() == "so long" && client.sentEnd == nil)
        home.end(.fin)
        #expect(!client.isOpen && !home.isOpen && client.sentEnd == .fin && rig.isEmpty)
        #expect(rig.seen.endings == ["closed"])
        #expect(rig.seen.over.first?.bytesFromClient == 3 && rig.seen.over.first?.bytesFromHome == 7)
    }

    @Test func aHomeThatEndsItsDirectionIsSentWhatItsClientSendsYet() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        home.send("bye")
        home.end(.fin)
        #expect(client.text() == "bye" && client.sentEnd == .fin && client.isOpen && home.isOpen)
        client.send("so long")
        #expect(home.text() == "so long")
        client.end(.fin)
        #expect(!client.isOpen && !home.isOpen && home.sentEnd == .fin && rig.isEmpty && rig.seen.endings == ["closed"])
    }

    /// Whichever ends first, and however slowly the other takes it.
    @Test(arguments: [true, false]) func theLastBytesArriveThoughTheyWait(fromHome: Bool) throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000, homeTakes: 1_000)
        let (source, target) = fromHome ? (home, client) : (client, home)
        let bytes = ByteBuffer.pattern(200_000)
        source.arrive(bytes)
        source.end(.fin)
        target.end(.fin)
        #expect(target.isOpen && target.unsentBytes == 199_000)
        var taken = ByteBuffer()
        while target.isOpen || target.sent.readableBytes > 0 {
            let part = target.takeSent(most: 900)
            try #require(part.readableBytes > 0)
            taken.writeImmutableBuffer(part)
        }
        #expect(taken == bytes && target.sentEnd == .fin && rig.isEmpty && rig.seen.endings == ["closed"])
    }

    /// What is behind a broken connection is not there any more; what was read of it is.
    @Test(arguments: [true, false]) func aBrokenEndBreaksTheOtherBehindWhatIsOnItsWay(fromHome: Bool) throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000, homeTakes: 1_000)
        let (source, target) = fromHome ? (home, client) : (client, home)
        let bytes = ByteBuffer.pattern(50_000)
        source.receive(bytes)
        source.end(.reset)
        #expect(target.isOpen)
        #expect(target.takeAll() == bytes && !target.isOpen && rig.isEmpty && rig.seen.endings == ["broken"])
    }

    @Test(arguments: [true, false]) func aBrokenEndBreaksTheOtherAtOnceWhereNothingWaits(fromHome: Bool) throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        let (source, target) = fromHome ? (home, client) : (client, home)
        source.send("x")
        source.end(.reset)
        #expect(!target.isOpen && rig.isEmpty && rig.seen.endings == ["broken"])
        #expect(target.text() == "x")
    }

    /// A home that has closed resets the connection when its client sends on. To the client that must be no reset: it may lose what it has
    /// not read by then.
    @Test func aClientThatSendsOnReadsItsHomesLastWords() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        home.send("close")
        home.end(.fin)
        client.send("more")
        home.end(.reset)
        client.send(" and more")
        #expect(client.isOpen && client.sentEnd == .fin && client.arrived.readableBytes == 0 && client.text() == "close")
        rig.advance(by: .milliseconds(1_900))
        client.send(" and more")
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(200))
        #expect(!client.isOpen && rig.isEmpty && rig.seen.endings == ["closed"])
    }

    @Test func theLastToReadHasTimeAsLongAsItTakesSomething() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000)
        home.receive(ByteBuffer.pattern(60_000))
        home.end(.fin)
        client.send("x")
        home.end(.reset)
        for _ in 0..<50 {
            rig.advance(by: .seconds(50))
            #expect(client.takeSent(most: 500).readableBytes == 500 && client.isOpen)
        }
        rig.advance(by: .seconds(63))
        #expect(!client.isOpen && rig.isEmpty && rig.seen.endings == ["silent"])
    }

    /// Streams hand on what had come in before an end, though they are paused.
    @Test(arguments: [(256 * 1024, true), (256 * 1024 + 1, false)]) func soMuchWaitsOfAClientThatHasEnded(count: Int, isKept: Bool) throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        home.sendCapacity = 0
        let bytes = ByteBuffer.pattern(count)
        client.arrive(bytes)
        client.end(.fin)
        #expect(home.isOpen == isKept && client.isOpen == isKept)
        guard isKept else {
            #expect(rig.seen.endings == ["too much waits"] && rig.isEmpty)
            return
        }
        home.sendCapacity = .max
        _ = home.takeSent()
        #expect(home.takeAll() == bytes && home.sentEnd == .fin)
    }

    @Test func muchMoreWaitsOfAHome() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        client.sendCapacity = 0
        let bytes = ByteBuffer.pattern(3_000_000)
        home.arrive(bytes)
        home.end(.fin)
        client.sendCapacity = .max
        _ = client.takeSent()
        #expect(client.takeAll() == bytes && client.sentEnd == .fin)
    }

    // MARK: - The owner

    @Test func whoIsCutOffEndsAtOnce() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 10)
        home.send("more than it takes")
        rig.connections.abort()
        #expect(!client.isOpen && !home.isOpen && rig.isEmpty && rig.seen.endings == ["aborted"])
    }

    /// The frame that closes it is its home's to send.
    @Test func anEndingNodeLeavesConnectionsToTheirHome() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        rig.connections.announceDrain(reconnectAfterMilliseconds: 0...1)
        rig.connections.drain()
        home.send("close")
        #expect(client.text() == "close" && client.isOpen && client.sentEnd == nil)
        #expect(!rig.connections.all.contains { $0.expendability != nil })
    }

    @Test(arguments: [true, false]) func nobodyHoldsWhatIsOver(isGranted: Bool) throws {
        let rig = try PassRig()
        weak var http: HTTPConnection?
        weak var passThrough: PassThrough?
        do {
            let client = rig.ask()
            http = client.driver as? HTTPConnection
            let home = try rig.accept()
            try #require(http != nil)
            if isGranted {
                home.send(PassRig.granted)
                passThrough = rig.connections.all.first as? PassThrough
                try #require(passThrough != nil)
            }
            client.end(.reset)
        }
        #expect(http == nil && passThrough == nil && rig.isEmpty)
    }

    // MARK: - Silence

    @Test func aSilentHomeIsGivenUp() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect()
        rig.advance(by: .seconds(59))
        home.send("ping")
        for _ in 0..<5 {
            rig.advance(by: .seconds(11))
            client.send("still here")
        }
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(5_200))
        #expect(!client.isOpen && !home.isOpen && rig.isEmpty && rig.seen.endings == ["silent"])
    }

    @Test func aHomeThatIsNotReadIsNotSilent() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000)
        home.arrive(ByteBuffer.pattern(1_000_000))
        while home.canRead { home.read() }
        #expect(home.isHeldBack)
        // A client that takes little still takes something.
        for _ in 0..<20 {
            rig.advance(by: .seconds(200))
            #expect(client.takeSent(most: 10).readableBytes == 10 && home.isHeldBack)
        }
        // It is read again, and has the whole time from then on.
        while home.arrived.readableBytes > 0 || client.sent.readableBytes > 0 {
            let moves = client.sent.readableBytes > 0 || home.canRead
            try #require(moves, "nothing moves any more")
            _ = client.takeAll()
            if home.canRead { home.read() }
        }
        rig.advance(by: .seconds(59))
        #expect(client.isOpen)
        rig.advance(by: .seconds(2))
        #expect(!client.isOpen && rig.seen.endings == ["silent"])
    }

    @Test func aClientThatTakesNothingIsGivenUp() throws {
        let rig = try PassRig()
        let (client, home) = try rig.connect(clientTakes: 1_000)
        home.arrive(ByteBuffer.pattern(1_000_000))
        while home.canRead { home.read() }
        rig.advance(by: .seconds(239))
        #expect(client.isOpen)
        rig.advance(by: .seconds(62))
        #expect(!client.isOpen && !home.isOpen && rig.isEmpty && rig.seen.endings == ["silent"])
    }
}
