import FairShares
import MetricsCore
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Messages that are not whole, of which there may be only so much, and for only so long.
@Suite struct PartialMessageTests {
    private func part(_ count: Int, _ opcode: Opcode = .text) -> ClientFrame {
        ClientFrame(opcode, [UInt8](repeating: 0x20, count: count), isFinal: false)
    }

    private func held(_ rig: EndpointRig) -> Int { rig.shares.total(.unfinishedBytes) }

    // MARK: - How much

    @Test func whoeverHoldsMostIsClosedAndNotTheNewcomer() throws {
        let rig = EndpointRig(unfinishedBytes: 1_000)
        let (a, b, c) = (rig.connect(TestSink()), rig.connect(TestSink()), rig.connect(TestSink()))
        a.send(self.part(450))
        b.send(self.part(300))
        c.send(self.part(200))
        #expect(try a.received().isEmpty)
        c.send(self.part(51, .continuation))
        #expect(try a.received() == [.close(1013, "server full")])
        #expect(try b.received().isEmpty && c.received().isEmpty)
        // What it kept is free again.
        #expect(self.held(rig) == 551 && rig.shares.refusals[.unfinishedBytes] == 1)
        #expect(b.isOpen && c.isOpen)
    }

    @Test func aClientOfManyConnectionsHoldsWhatTheyHoldTogether() throws {
        let rig = EndpointRig(unfinishedBytes: 1_000)
        // The greedy one has the most in all; another has the largest single one.
        let greedy = (0..<7).map { _ in rig.connect(TestSink(), client: .v4(77)) }
        let other = rig.connect(TestSink(), client: .v4(78))
        for socket in greedy { socket.send(self.part(100)) }
        other.send(self.part(290))
        let newcomer = rig.connect(TestSink(), client: .v4(79))
        newcomer.send(self.part(50))
        #expect(try greedy.filter { try $0.received() == [.close(1013, "server full")] }.count == 1)
        #expect(other.isOpen && newcomer.isOpen)
    }

    @Test func aClientThatHoldsItsShareLosesItsOwnFirst() throws {
        let rig = EndpointRig(unfinishedBytes: 1_000)
        let (small, large) = (rig.connect(TestSink(), client: .v4(1)), rig.connect(TestSink(), client: .v4(1)))
        let other = rig.connect(TestSink(), client: .v4(2))
        other.send(self.part(200))
        large.send(self.part(500))
        // Above three quarters it may hold a third; it is over that, and takes more.
        small.send(self.part(100))
        #expect(try large.received() == [.close(1013, "server full")])
        #expect(small.isOpen && other.isOpen && self.held(rig) == 300)
    }

    @Test func whoeverIsClosedForItKeepsNothingMore() throws {
        let rig = EndpointRig(unfinishedBytes: 1_000)
        let (a, b) = (rig.connect(TestSink()), rig.connect(TestSink()))
        a.send(self.part(1_001))
        #expect(try a.received() == [.close(1013, "server full")])
        a.send(self.part(1_000, .continuation))
        b.send(self.part(700))
        #expect(b.isOpen && self.held(rig) == 700)
        #expect(try b.received() == [])
    }

    @Test func theCountGoesDownWithEveryWayOut() throws {
        let rig = EndpointRig(unfinishedBytes: 1_000)
        let ends: [(MemoryWebSocket) -> Void] = [
            { $0.send(ClientFrame(.continuation)) }, { $0.send(.close(1000)) }, { $0.send(ClientFrame(.text)) },
            { $0.drop() }, { $0.endInput() }, { client in rig.network.turn { client.connection.abort() } },
        ]
        for end in ends {
            let sink = TestSink()
            let client = rig.connect(sink)
            client.send(self.part(500))
            #expect(self.held(rig) == 500)
            end(client)
            #expect(self.held(rig) == 0)
        }
        #expect(rig.shares.clientCount == 0)
    }

    // MARK: - How long

    @Test func aMessageHasItsTimeHoweverItTrickles() throws {
        let rig = EndpointRig(heartbeat: .seconds(20), messageTimeout: .seconds(30))
        let client = rig.connect(TestSink())
        client.send(self.part(1))
        for _ in 0..<29 {
            rig.advance(by: .seconds(1))
            client.send(self.part(1, .continuation), ClientFrame(.pong))
        }
        #expect(try client.received().allSatisfy { $0.opcode == .ping })
        rig.advance(by: .milliseconds(1_100))
        #expect(try client.received() == [.close(1008, "message took too long")])
        #expect(self.held(rig) == 0)
    }

    @Test func eachMessageHasATimeOfItsOwn() throws {
        let rig = EndpointRig(messageTimeout: .seconds(5))
        let sink = TestSink()
        let client = rig.connect(sink)
        client.send(self.part(1))
        for _ in 0..<10 {
            rig.advance(by: .seconds(4))
            // One ends and the next begins in the same read.
            client.send(ClientFrame(.continuation, [0x21]), self.part(1))
        }
        #expect(client.isOpen)
        client.send(ClientFrame(.continuation, [0x21]))
        rig.advance(by: .seconds(10))
        #expect(client.isOpen)
    }

    @Test func timeInWhichTheServerDoesNotReadDoesNotCount() throws {
        let rig = EndpointRig(heartbeat: .minutes(10), messageTimeout: .seconds(5))
        let (client, slow) = (rig.connect(TestSink()), rig.connect(TestSink()))
        client.send(self.part(1))
        rig.advance(by: .seconds(4))
        slow.setWritable(false)
        #expect(rig.fill(slow, 200_000, from: client))
        rig.advance(by: .minutes(1))
        #expect(client.isOpen && !client.isReadFrom)
        slow.setWritable(true)
        #expect(client.isReadFrom)
        rig.advance(by: .milliseconds(900))
        #expect(try client.received().isEmpty)
        rig.advance(by: .milliseconds(200))
        #expect(try client.received() == [.close(1008, "message took too long")])
    }
}
