import ByteStreams
import FairShares
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing

/// Which connection is closed where there is to be space for another.
@Suite struct PlaceTests {
    private let rig = HTTPRig()
    private let shares = ClientShares(ShareBook(bounds: [:]))

    /// A connection of this client's, which counts as one.
    private func connect(_ client: UInt32) -> MemoryStream {
        #expect(self.shares.take(.connections, for: .v4(client)) == .granted)
        return self.rig.connect(from: .v4(client)).stream
    }

    private func makeSpace() -> Bool { self.rig.context.connections.makeSpace(self.shares) }

    @Test func anIdleOneOfWhoeverHoldsMostIsClosed() {
        let few = self.connect(1)
        let many = (0..<3).map { _ in self.connect(2) }
        #expect(self.makeSpace())
        #expect(few.isOpen && many.count(where: \.isOpen) == 2)
    }

    @Test func thoseOfAProxyAreKept() {
        let proxied = self.rig.connect(from: .v4(9)).stream
        #expect(!self.makeSpace() && proxied.isOpen)
        let other = self.connect(1)
        #expect(self.makeSpace() && proxied.isOpen && !other.isOpen)
    }

    @Test func oneWhoseRequestHasNotAllArrivedIsNobodysLoss() {
        let slow = self.connect(1)
        slow.receive(ByteBuffer(string: "GET / HTTP/1.1\r\nHost:"))
        #expect(self.makeSpace() && !slow.isOpen)
        #expect(!self.makeSpace())
    }

    @Test func whoeverWaitsForAResponseIsTheLastToGo() throws {
        let waiting = (0..<3).map { _ in self.connect(1) }
        for stream in waiting { stream.receive(ByteBuffer(string: HTTPAsk("POST", "/later", body: "{}").text)) }
        let idle = self.connect(2)
        #expect(self.makeSpace() && !idle.isOpen && waiting.allSatisfy(\.isOpen))
        #expect(self.makeSpace() && waiting.count(where: \.isOpen) == 2)
        #expect(self.rig.observed.later.count(where: \.isCancelled) == 1)
    }
}
