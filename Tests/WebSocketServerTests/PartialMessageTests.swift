import SignalingTestKit
import Testing
import WebSocketCore
import WebSocketServer

/// Messages that are not whole, which all connections may keep only so much of.
@Suite struct PartialMessageTests {
    private func part(_ count: Int, _ opcode: Opcode = .text) -> ClientFrame {
        ClientFrame(opcode, [UInt8](repeating: 0x20, count: count), isFinal: false)
    }

    @Test func theyShareABound() throws {
        let rig = EndpointRig(partialBytes: 1_000)
        let (a, b) = (rig.connect(TestSink()), rig.connect(TestSink()))
        a.send(self.part(600))
        b.send(self.part(400))
        #expect(try b.received().isEmpty)
        b.send(self.part(1, .continuation))
        #expect(try b.received() == [.close(1013, "server full")])
        // What it kept is free again at once, and the other one was not disturbed.
        #expect(rig.partialMessages.held == 600)
        let c = rig.connect(TestSink())
        c.send(self.part(400))
        #expect(try c.received() == [])
        #expect(a.isOpen && c.isOpen && rig.partialMessages.held == 1_000)
    }

    @Test func whoeverIsClosedForItKeepsNothingMore() throws {
        let rig = EndpointRig(partialBytes: 1_000)
        let (a, b) = (rig.connect(TestSink()), rig.connect(TestSink()))
        a.send(self.part(1_001))
        #expect(try a.received() == [.close(1013, "server full")])
        a.send(self.part(1_000, .continuation))
        b.send(self.part(1_000))
        #expect(b.isOpen && rig.partialMessages.held == 1_000)
        #expect(try b.received() == [])
    }

    @Test func theCountGoesDownWithEveryWayOut() throws {
        let rig = EndpointRig(partialBytes: 1_000)
        let ends: [(MemoryWebSocket) -> Void] = [
            { $0.send(ClientFrame(.continuation)) }, { $0.send(.close(1000)) }, { $0.send(ClientFrame(.text)) },
            { $0.drop() }, { $0.endInput() }, { client in rig.network.turn { client.connection.abort() } },
        ]
        for end in ends {
            let sink = TestSink()
            let client = rig.connect(sink)
            client.send(self.part(500))
            #expect(rig.partialMessages.held == 500)
            end(client)
            #expect(rig.partialMessages.held == 0)
        }
    }

    @Test func sharedBytesAreCountedAlsoWhereTheyAreTooMany() {
        let bytes = SharedBytes(limit: 10)
        #expect(bytes.change(by: 10) && bytes.held == 10)
        #expect(!bytes.change(by: 1) && bytes.held == 11)
        // Still too many.
        #expect(!bytes.change(by: 0))
        #expect(bytes.change(by: -1) && bytes.held == 10)
        #expect(bytes.change(by: -10) && bytes.held == 0 && bytes.limit == 10)
        #expect(!SharedBytes(limit: 0).change(by: 1))
    }
}
