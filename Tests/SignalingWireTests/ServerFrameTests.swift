import NIOCore
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

@Suite struct ServerFrameTests {
    @Test(arguments: try WireFixtures.serverFrames())
    func writesGoldenFrames(_ fixture: WireFixtures.ServerFrame) throws {
        var buffer = ByteBuffer()
        switch fixture.name {
        case "room_full": ServerFrame.writeRoomFull(into: &buffer)
        case "peer_left": ServerFrame.writePeerLeft(into: &buffer)
        case "going_away":
            ServerFrame.writeGoingAway(reconnectAfterMilliseconds: try #require(fixture.reconnectAfterMs), into: &buffer)
        case "error":
            let code = try #require(fixture.code.flatMap(ErrorCode.init(rawValue:)))
            #expect(fixture.message == "why")
            ServerFrame.writeError(code, "why", ref: fixture.ref, into: &buffer)
        case "mailbox":
            let id = try #require(fixture.id.flatMap { MailboxID($0.utf8) })
            ServerFrame.writeMailbox(id, deliveredUpTo: try #require(fixture.deliveredUpTo), into: &buffer)
        case "accepted": ServerFrame.writeAccepted(ref: try #require(fixture.ref), into: &buffer)
        case "send", "deliver":
            let payload = ByteBuffer(string: try #require(fixture.payload))
            let kind: ServerFrame.ItemKind = fixture.name == "send" ? .send : .deliver
            ServerFrame.writeItem(as: kind, seq: try #require(fixture.seq), payload: payload, into: &buffer)
        default: Issue.record("nobody writes \(fixture.name)")
        }
        #expect(ReceivedFrame.frames(in: buffer) == [.text(fixture.text)])
    }

    @Test func itemsOfEveryLengthHaveTheirHeader() throws {
        for length in [0, 80, 90, 91, 92, 93, 100, 65_490, 65_500, 65_502, 65_503, 65_504, 65_510, 70_000] {
            let payload = "\"" + String(repeating: "p", count: length) + "\""
            var buffer = ByteBuffer()
            ServerFrame.writeItem(as: .send, seq: 7, payload: ByteBuffer(string: payload), into: &buffer)
            #expect(ReceivedFrame.frames(in: buffer) == [.text(#"{"type":"send","seq":7,"payload":\#(payload)}"#)])
        }
    }

    @Test func codesAreTheContracts() throws {
        let codes = try WireFixtures.codes()
        #expect(CloseCode.allCases.map(\.rawValue) == codes.close.map(\.code))
        #expect(CloseCode.allCases.map(\.reason) == codes.close.map(\.reason))
        #expect(ErrorCode.allCases.map(\.rawValue) == codes.error)
        #expect(CloseCode.allCases.allSatisfy { WebSocketFrame.isValidOnTheWire($0.rawValue) })
    }
}
