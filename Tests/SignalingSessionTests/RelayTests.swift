import ByteStreams
import MetricsCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@Suite struct RelayTests {
    @Test func relayedFramesArriveByteForByteWithTheirOpcode() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        for fixture in try WireFixtures.clientFrames() where ["offer", "answer", "ice", "sender_ready"].contains(fixture.kind) {
            let bytes = Array(fixture.text.utf8)
            a.send(ClientFrame(.text, bytes), ClientFrame(.binary, bytes))
            #expect(try b.received() == [ReceivedFrame(.text, bytes), ReceivedFrame(.binary, bytes)], "\(fixture.name)")
        }
        #expect(try a.received() == [])
        b.send(text: #"{"type":"answer"}"#)
        #expect(try a.received() == [.text(#"{"type":"answer"}"#)])
    }

    @Test func framesSentBeforeThePeerCameFollowRoomFull() throws {
        let rig = SessionRig()
        let a = rig.connect(.a)
        a.send(.text(#"{"type":"offer"}"#), ClientFrame(.binary, Array(#"{"type":"ice"}"#.utf8)))
        #expect(try a.received() == [])
        let b = rig.connect(.b)
        #expect(try b.received() == [.roomFull, .text(#"{"type":"offer"}"#), ReceivedFrame(.binary, Array(#"{"type":"ice"}"#.utf8))])
        #expect(try a.received() == [.roomFull])
    }

    /// The same conversation, cut at every byte: the peer sees the same frames.
    @Test func inputMayBeCutAnywhere() throws {
        let rig = SessionRig()
        let frames: [ClientFrame] = [
            .text(#"{"type":"ice","sdp":"ä"}"#), ClientFrame(.ping, [7]), ClientFrame(.text, Array(#"{"type":"#.utf8), isFinal: false),
            ClientFrame(.pong, [1]), ClientFrame(.continuation, Array(#""ice"}"#.utf8)),
            ClientFrame(.binary, Array(#"{"type":"send","to":"b","payload": 1.0}"#.utf8)), .text("{}"), .close(1000),
        ]
        let bytes = frames.bytes
        for cut in 0...bytes.count {
            let room = RoomID(high: 1, low: UInt64(cut))
            let a = rig.connect(.a, room: room)
            let b = rig.connect(.b, room: room)
            a.send(bytes: bytes[..<cut])
            a.send(bytes: bytes[cut...])
            let seen = try b.received()
            #expect(
                seen == [.roomFull, .text(#"{"type":"ice","sdp":"ä"}"#), .text(#"{"type":"ice"}"#), .item(1, "1.0"), .peerLeft], "\(cut)")
            let frames = try a.received()
            #expect(frames.count == 4 && frames.map(\.errorCode) == [nil, nil, "missing_type", nil], "\(cut)")
            #expect(frames[0] == .roomFull && frames[1] == ReceivedFrame(.pong, [7]) && frames[3] == .close(1000, ""))
            b.drop()
            a.drop()
        }
        #expect(rig.openWebSockets == 0 && rig.context.connections.count == 0)
    }

    /// What one read brings goes out in one write, from a buffer of the size that is set; capacities are powers of two.
    @Test(arguments: [512, 4096, 32_768])
    func smallFramesAreGatheredIntoOneWrite(gatherSize: Int) throws {
        let rig = SessionRig(gatherSize: gatherSize)
        let (a, b) = try rig.pair()
        let texts = (0..<10).map { "{\"type\":\"ice\",\"n\":\($0)}" }
        a.send(bytes: texts.map { ClientFrame.text($0) }.bytes)
        let writes = try b.receivedWrites()
        #expect(writes.count == 1)
        let first = try #require(writes.first)
        #expect(first.frames.map(\.text) == texts)
        #expect(first.capacity == gatherSize)
    }

    @Test func aPeersDepartureIsTold() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        b.drop()
        #expect(try a.received() == [.peerLeft])
        let next = rig.connect(.b)
        #expect(try a.received() == [.roomFull])
        #expect(try next.received() == [.roomFull])
    }

    // MARK: - Refusals

    @Test func everyRefusalIsToldAndTheConnectionStays() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        for fixture in try WireFixtures.refusedFrames() {
            for opcode in fixture.isUTF8 ? [Opcode.text, .binary] : [.binary] {
                a.send(ClientFrame(opcode, fixture.bytes))
                let frames = try a.received()
                #expect(frames.map(\.errorCode) == [fixture.code], "\(fixture.name)")
                #expect(frames.map(\.errorRef) == [fixture.ref], "\(fixture.name)")
            }
        }
        a.send(ClientFrame(.ping, [1]))
        #expect(try a.received() == [ReceivedFrame(.pong, [1])])
        #expect(try b.received() == [])
    }

    @Test func framesForNobodyAreRefusedPastTheBound() throws {
        let rig = SessionRig()
        let a = rig.connect(.a)
        for _ in 0..<256 { a.send(text: #"{"type":"ice"}"#) }
        #expect(try a.received() == [])
        a.send(text: #"{"type":"ice"}"#)
        #expect(try a.received().map(\.errorCode) == ["peer_absent"])
        let b = rig.connect(.b)
        #expect(try b.received().count == 257)
    }

    @Test func telemetryMovesMetricsOncePerPairingAndIsLimited() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        rig.advance(by: .milliseconds(200))
        a.send(text: #"{"type":"telemetry","event":"ICE-connected","mode":"Relay"}"#)
        b.send(text: #"{"type":"telemetry","event":"ice-connected","mode":"direct"}"#)
        b.send(text: #"{"type":"telemetry","event":"ice-failed","reason":"a client made this up"}"#)
        a.send(text: #"{"type":"telemetry","event":"ice-failed"}"#)
        #expect(rig.counts.established.values.reduce(0, +) == 1 && rig.counts.established[.relay] == 1)
        #expect(rig.counts.failed.values.reduce(0, +) == 1 && rig.counts.failed[.other] == 1)
        #expect(rig.counts.timeToFirstFlow.sum == 0.2)
        for _ in 0..<58 { a.send(text: #"{"type":"telemetry","event":"ice-failed"}"#) }
        #expect(try a.received() == [])
        a.send(text: #"{"type":"telemetry","event":"ice-failed"}"#)
        #expect(try a.received().map(\.errorCode) == ["rate_limited"])
        #expect(rig.counts.rateLimited[.telemetry] == 1)
        b.send(text: #"{"type":"telemetry","event":"ice-failed"}"#)
        #expect(try b.received() == [])
        rig.advance(by: .minutes(1))
        a.send(text: #"{"type":"telemetry","event":"ice-failed"}"#)
        #expect(try a.received().compactMap(\.errorCode) == [])
    }

    @Test func labelsOfTelemetryAreClosed() throws {
        let modes: [(String?, ModeLabel)] = [
            (nil, .unspecified), (#""direct""#, .direct), (#""SRFLX""#, .srflx), (#""prflx""#, .prflx), (#""host""#, .host),
            (#""relay2""#, .other), ("1", .other), ("null", .unspecified),
        ]
        for (mode, label) in modes {
            let rig = SessionRig()
            let (a, _) = try rig.pair()
            a.send(text: #"{"type":"telemetry","event":"ice-connected"\#(mode.map { #","mode":\#($0)"# } ?? "")}"#)
            #expect(rig.counts.established[label] == 1, "\(mode ?? "absent")")
        }
        let reasons: [(String?, ReasonLabel)] = [
            (nil, .iceFailed), (#""timeout""#, .timeout), (#""No-Candidates""#, .noCandidates), (#""""#, .other), ("{}", .other),
            ("null", .iceFailed),
        ]
        for (reason, label) in reasons {
            let rig = SessionRig()
            let (a, _) = try rig.pair()
            a.send(text: #"{"type":"telemetry","event":"ice-failed"\#(reason.map { #","reason":\#($0)"# } ?? "")}"#)
            #expect(rig.counts.failed[label] == 1, "\(reason ?? "absent")")
        }
    }

    @Test func everyFrameIsCounted() throws {
        let rig = SessionRig()
        let (a, _) = try rig.pair()
        for fixture in try WireFixtures.clientFrames() { a.send(ClientFrame(.binary, Array(fixture.text.utf8))) }
        a.send(.text("{"), .text(#"{"type":"what"}"#), ClientFrame(.ping), ClientFrame(.pong))
        let fixtures = try WireFixtures.clientFrames()
        for kind in FrameKind.allCases where kind != .unknown {
            #expect(rig.counts.signalMessages[.kind(kind)] == fixtures.count { $0.kind == kind.name }, "\(kind)")
        }
        #expect(rig.counts.signalMessages[.invalid] == 1 && rig.counts.signalMessages[.kind(.unknown)] == 1)
        #expect(rig.counts.wsMessages[.binary] == fixtures.count && rig.counts.wsMessages[.text] == 2)
        #expect(rig.counts.wsMessages[.ping] == 1 && rig.counts.wsMessages[.pong] == 1)
        #expect(rig.counts.wsFrameBytesIn.sum == Double(fixtures.reduce(0) { $0 + $1.text.utf8.count } + 1 + 15))
        #expect(rig.counts.wsConnections == 2)
    }
}
