import FairShares
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What has been read of a connection that must wait stays unread by its sink, and what waits for it stays within its bounds.
@Suite struct WaitingInputTests {
    private static func text(_ count: Int) -> ClientFrame { ClientFrame(.text, [UInt8](repeating: 0x61, count: count)) }

    @Test func workOnAReadStopsWhereTheConnectionMustWait() throws {
        let rig = EndpointRig()
        let slow = rig.connect(TestSink())
        slow.setWritable(false)
        // The second message makes its sender wait.
        let sink = TestSink { call, connection in
            guard call == .text("bb") else { return }
            let waits = slow.connection.outbox.append(rig.context, sender: connection.outbox) { $0.writeRepeatingByte(0, count: 200_000) }
            #expect(waits)
            connection.pauseReading()
        }
        let client = rig.connect(sink)
        let frames: [ClientFrame] = [.text("a"), .text("bb"), .text("ccc"), .text("dddd")]
        client.send(bytes: frames.bytes)
        #expect(sink.takeCalls() == [.opened, .text("a"), .text("bb")] && !client.isReadFrom)
        #expect(client.connection.bytesHandled == Array(frames[..<2]).bytes.count)
        slow.setWritable(true)
        #expect(sink.takeCalls() == [.text("ccc"), .text("dddd")] && client.isReadFrom)
    }

    @Test func whatCameWithTheUpgradeWaitsToo() throws {
        let rig = EndpointRig()
        let sink = TestSink(.open(paused: true))
        let client = rig.connect(sink, unread: [Self.text(3), Self.text(4)])
        #expect(sink.takeCalls() == [.opened])
        rig.order(client) { $0.resumes += 1 }
        #expect(sink.takeCalls() == [.text("aaa"), .text("aaaa")])
    }

    @Test func aPingInTheRestIsAnsweredOnlyWhenItIsItsTurn() throws {
        let rig = EndpointRig()
        let client = rig.connect(TestSink(.open(paused: true)), unread: [Self.text(3), ClientFrame(.ping, [1])])
        #expect(try client.received().isEmpty)
        rig.order(client) { $0.resumes += 1 }
        #expect(try client.received() == [ReceivedFrame(.pong, [1])])
    }

    @Test func aCloseInTheRestIsFoundWhenTheServerCloses() throws {
        let rig = EndpointRig()
        let sink = TestSink(.open(paused: true))
        let client = rig.connect(sink, unread: [Self.text(3), .close(1000)])
        rig.order(client) { $0.close = .goingAway }
        #expect(try client.received() == [.close(1001, "going away")])
        #expect(!client.isOpen && sink.summary?.code == 1001)
        #expect(!sink.calls.contains(.text("aaa")))
    }

    @Test func whatIsKeptOfAClientThatEndsIsBounded() throws {
        let rig = EndpointRig()
        let sink = TestSink(.open(paused: true))
        let client = rig.connect(sink, unread: [Self.text(3)])
        rig.network.turn {
            for _ in 0..<2 { client.connection.received(ByteBuffer(repeating: 0, count: 4_000_000)) }
        }
        // It counts with what all connections keep.
        #expect(client.isOpen && rig.shares.total(.unfinishedBytes) > 8_000_000)
        rig.network.turn { client.connection.received(ByteBuffer(repeating: 0, count: 400_000)) }
        #expect(!client.isOpen && sink.summary?.code == 1006 && rig.shares.clientCount == 0)
    }

    @Test func whatAClientSentBeforeItEndedItsDirectionIsDealtWithInTurn() throws {
        let rig = EndpointRig()
        let sink = TestSink(.open(paused: true))
        let client = rig.connect(sink, unread: [Self.text(3), Self.text(4)])
        client.endInput()
        #expect(client.isOpen && sink.takeCalls() == [.opened])
        rig.order(client) { $0.resumes += 1 }
        #expect(sink.takeCalls() == [.text("aaa"), .text("aaaa"), .closes, .ended(1006)] && !client.isOpen)
    }

    @Test func aClientThatReadsNoneOfItsPongsIsNotReadOn() throws {
        let rig = EndpointRig()
        let client = rig.connect(TestSink())
        client.setWritable(false)
        let pings = [ClientFrame](repeating: ClientFrame(.ping, [UInt8](repeating: 1, count: 125)), count: 4_000)
        client.send(bytes: pings.bytes)
        #expect(!client.isReadFrom)
        let pending = client.connection.outbox.pendingBytes
        #expect(pending <= Outbox.congestionMark + 200, "\(pending) bytes wait")
        client.setWritable(true)
        #expect(client.isReadFrom)
        #expect(try client.received().count == 4_000)
    }

    // MARK: - Output

    @Test func aQueueThatNobodyWaitsForIsBounded() throws {
        let rig = EndpointRig()
        let client = rig.connect(TestSink())
        client.setWritable(false)
        // One message may be larger.
        _ = rig.fill(client, 2_000_000)
        for _ in 0..<3 { _ = rig.fill(client, 100_000) }
        #expect(client.connection.progress == .open)
        for _ in 0..<2 { _ = rig.fill(client, 100_000) }
        #expect(client.connection.progress == .closing)
    }

    @Test func whatWaitsForClientsIsCountedAndTakenBackFromTheSlowest() throws {
        let rig = EndpointRig(outputBytes: 1_000_000)
        let slow = (1...3).map { rig.connect(TestSink(), client: .v4(UInt32($0))) }
        for client in slow { client.setWritable(false) }
        _ = rig.fill(slow[0], 300_000)
        _ = rig.fill(slow[1], 400_000)
        #expect(rig.shares.total(.outputBytes) > 700_000)
        _ = rig.fill(slow[2], 310_000)
        #expect(slow[1].connection.progress == .closing && slow[0].connection.progress == .open && slow[2].connection.progress == .open)
        slow[0].setWritable(true)
        slow[2].setWritable(true)
        slow[1].drop()
        #expect(rig.shares.total(.outputBytes) == 0 && rig.shares.clientCount == 0)
    }

    /// A client that was replaced and is not told so comes back, and takes the side from its successor.
    @Test(arguments: [true, false]) func whoIsClosingAndHasToGiveUpItsOutputHasASecondToTakeIt(_ takesIt: Bool) throws {
        let rig = EndpointRig(outputBytes: 1_000_000)
        let sink = TestSink()
        let replaced = rig.connect(sink)
        replaced.setWritable(false)
        _ = rig.fill(replaced, 380_000)
        rig.order(replaced) { $0.close = .replaced }
        let others = [rig.connect(TestSink()), rig.connect(TestSink())]
        for client in others {
            client.setWritable(false)
            _ = rig.fill(client, 320_000)
        }
        #expect(rig.shares.total(.outputBytes) < 700_000)
        #expect(others.allSatisfy { $0.connection.progress == .open })
        rig.advance(by: .milliseconds(900))
        #expect(replaced.isOpen)
        if takesIt {
            replaced.setWritable(true)
            let frames = try replaced.received()
            #expect(frames.count == 2 && frames.last == .close(4001, "replaced"))
            replaced.send(.close(4001))
        } else {
            rig.advance(by: .milliseconds(150))
        }
        #expect(!replaced.isOpen && sink.summary?.code == 4001)
    }
}
