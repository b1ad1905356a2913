import ByteStreams
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

@Suite struct ClosingTests {
    @Test(arguments: [1000, 1001, 3000, 4999] as [UInt16])
    func theClientsCloseIsAnsweredWithItsCode(_ code: UInt16) throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        a.send(.close(code, reason: Array("bye".utf8)))
        #expect(try a.received() == [.close(code, "")])
        #expect(!a.isOpen)
        #expect(try b.received() == [.peerLeft])
        #expect(rig.closed(Int(code)) == 1 || ![1000, 1001].contains(code))
        #expect(rig.openWebSockets == 1)
    }

    @Test func aCloseWithoutACodeIsAnsweredAlike() throws {
        let rig = SessionRig()
        let (a, _) = try rig.pair()
        a.send(.close(nil))
        #expect(try a.received() == [ReceivedFrame(.close, [])])
        #expect(!a.isOpen && rig.closed(1005) == 1)
    }

    @Test func aConnectionThatIsJustGoneIsCountedAsSuch() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        a.drop()
        b.endInput()
        #expect(!b.isOpen && rig.closed(1006) == 2)
        #expect(rig.parts.signaling.rooms.count == 0 && rig.context.timers.count == 0)
    }

    @Test func nothingAfterTheClientsCloseCounts() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        a.send(.text(#"{"type":"ice"}"#), .close(1000), .text(#"{"type":"offer"}"#))
        #expect(try b.received() == [.text(#"{"type":"ice"}"#), .peerLeft])
    }

    @Test(
        arguments: [
            ([ClientFrame.text("a").with { $0.mask = nil }], .protocolError), ([.close(1005)], .protocolError),
            ([ClientFrame(.continuation)], .protocolError), ([ClientFrame(.text, [0xFF])], .invalidPayload),
            ([.close(1000, reason: [0xFF])], .invalidPayload),
            (
                [ClientFrame(.text, [0x61], isFinal: false), ClientFrame(.continuation, [UInt8](repeating: 0x61, count: 100))],
                .messageTooBig
            ),
            ([ClientFrame(.binary, [UInt8](repeating: 0x61, count: 101))], .messageTooBig),
        ] as [([ClientFrame], CloseCode)])
    func aBrokenProtocolEndsTheConnection(_ frames: [ClientFrame], _ code: CloseCode) throws {
        let rig = SessionRig { $0.maxMessage = 100 }
        let (a, b) = try rig.pair()
        a.send(bytes: frames.bytes)
        #expect(try a.received() == [.close(code.rawValue, code.reason)])
        #expect(try b.received() == [.peerLeft])
        // Whatever it says now is not heard.
        a.send(.text(#"{"type":"ice"}"#), ClientFrame(.ping))
        #expect(try b.received() == [] && a.received() == [])
        rig.advance(by: .seconds(6))
        #expect(!a.isOpen && b.isOpen && rig.closed(Int(code.rawValue)) == 1)
    }

    @Test func aMessageOfTheGreatestLengthIsTaken() throws {
        let rig = SessionRig { $0.maxMessage = 100 }
        let (a, b) = try rig.pair()
        let text = #"{"type":"ice","cand":""# + String(repeating: "c", count: 76) + #""}"#
        #expect(text.utf8.count == 100)
        a.send(text: text)
        #expect(try b.received() == [.text(text)])
    }

    @Test func theServersCloseWaitsForTheClients() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        rig.network.turn { a.connection.drain() }
        #expect(try a.received() == [.close(1001, "going away")])
        #expect(a.isOpen)
        // The other side hears at once; what the client still says is dropped, pings go unanswered.
        #expect(try b.received() == [.peerLeft])
        a.send(.text(#"{"type":"ice"}"#), ClientFrame(.ping, [1]))
        #expect(try a.received() == [] && b.received() == [])
        a.send(.close(1001))
        #expect(try a.received() == [])
        #expect(!a.isOpen && rig.closed(1001) == 1)
    }

    @Test func aClientThatDoesNotAnswerTheCloseIsCutOff() throws {
        let rig = SessionRig()
        let (a, _) = try rig.pair()
        rig.network.turn { a.connection.drain() }
        rig.advance(by: .milliseconds(4_900))
        #expect(a.isOpen)
        rig.advance(by: .milliseconds(250))
        #expect(!a.isOpen && rig.closed(1001) == 1)
    }

    @Test func whatWasQueuedGoesOutBeforeTheClose() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.setWritable(false)
        a.send(text: #"{"type":"ice"}"#)
        rig.network.turn { b.connection.drain() }
        // After the close nothing more is put in.
        a.send(text: #"{"type":"offer"}"#)
        #expect(try b.received() == [])
        b.send(.close(1001))
        #expect(b.isOpen)
        b.setWritable(true)
        #expect(try b.received() == [.text(#"{"type":"ice"}"#), .close(1001, "going away")])
        #expect(!b.isOpen)
        #expect(try a.received() == [.peerLeft])
    }

    @Test func aDrainIsAnnouncedAndThenCarriedOut() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        rig.network.turn { rig.context.connections.announceDrain(reconnectAfterMilliseconds: 500...500) }
        for client in [a, b] { #expect(try client.receivedTexts() == [#"{"type":"going_away","reconnectAfterMs":500}"#]) }
        // Still served.
        a.send(text: #"{"type":"ice"}"#)
        #expect(try b.received() == [.text(#"{"type":"ice"}"#)])
        rig.network.turn { rig.context.connections.drain() }
        for client in [a, b] {
            #expect(try client.received().last == .close(1001, "going away"))
            client.send(.close(1001))
            #expect(!client.isOpen)
        }
        #expect(rig.context.connections.count == 0 && rig.closed(1001) == 2)
    }

    /// Its upgrade was accepted before the shutdown, by a loop that had its turn after this one.
    @Test func whoComesFromAnotherLoopDuringTheShutdownIsToldToo() throws {
        let rig = SessionRig()
        rig.context.connections.announceDrain(reconnectAfterMilliseconds: 700...700)
        let a = rig.connect(.a)
        rig.context.flushTouched()
        #expect(try a.receivedTexts() == [#"{"type":"going_away","reconnectAfterMs":700}"#])
        #expect(a.isOpen)
        rig.context.connections.drain()
        let b = rig.connect(.b)
        rig.context.flushTouched()
        #expect(try a.received().last == .close(1001, "going away"))
        let farewell = try b.received()
        #expect(farewell.contains(.text(#"{"type":"going_away","reconnectAfterMs":700}"#)))
        #expect(farewell.last == .close(1001, "going away"))
    }

    @Test func anAbortIsAtOnce() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        rig.network.turn { a.connection.abort() }
        #expect(!a.isOpen)
        #expect(try b.received() == [.peerLeft])
    }

    @Test func aServerFullOfRoomsSaysSo() throws {
        let rig = SessionRig { $0.maxRooms = 1 }
        _ = try rig.pair()
        let late = rig.connect(.a, room: RoomID(high: 0, low: 9))
        #expect(try late.received() == [.close(1013, "server full")])
        late.send(.text(#"{"type":"ice"}"#), .close(1013))
        #expect(try late.received() == [])
        #expect(!late.isOpen && rig.closed(1013) == 1)
    }

    @Test func partialMessagesOfAllConnectionsShareABound() throws {
        let rig = SessionRig { $0.maxStoredBytes = 1_000 }
        let (a, b) = try rig.pair()
        a.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 450), isFinal: false))
        b.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 300), isFinal: false))
        #expect(try b.received().isEmpty)
        // Both are one client's, which has its share now: it loses the largest of what it holds.
        b.send(ClientFrame(.continuation, [0x20], isFinal: false))
        #expect(try a.received() == [.close(1013, "server full")])
        #expect(try b.received() == [.peerLeft])
        // What that one kept is free again.
        let c = rig.connect(.a)
        c.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 400), isFinal: false))
        #expect(try c.received() == [.roomFull])
        #expect(b.isOpen && c.isOpen)
    }

    @Test func sixHundredRefusalsAMinuteAreEnough() throws {
        // Nobody is pinged meanwhile.
        let rig = SessionRig { $0.heartbeat = .minutes(10) }
        let (a, b) = try rig.pair()
        let frames = [ClientFrame](repeating: .text("{"), count: 300)
        a.send(bytes: frames.bytes)
        rig.advance(by: .seconds(61))
        a.send(bytes: frames.bytes)
        a.send(bytes: frames.bytes)
        #expect(try a.received().count { $0.opcode == .text } == 900)
        a.send(.text("{"), .text(#"{"type":"ice"}"#))
        #expect(try a.received() == [.close(1008, "too many refused frames")])
        // What follows in the same read is not looked at.
        #expect(try b.received().filter { $0.opcode == .text } == [.peerLeft])
    }

    @Test func whoeverIsClosedForItKeepsNothingMore() throws {
        let rig = SessionRig { $0.maxStoredBytes = 1_000 }
        let (a, b) = try rig.pair()
        a.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 1_001), isFinal: false))
        #expect(try a.received() == [.close(1013, "server full")])
        if a.isOpen { a.send(ClientFrame(.continuation, [UInt8](repeating: 0x20, count: 1_000), isFinal: false)) }
        b.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 700), isFinal: false))
        #expect(b.isOpen)
        #expect(try b.received() == [.peerLeft])
    }
}
