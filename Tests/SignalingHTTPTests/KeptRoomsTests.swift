import ByteStreams
import HTTPServer
import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Upgrades to rooms that a store has to be asked for.
@Suite struct KeptRoomsTests {
    private static let room = "01234567-89ab-cdef-0123-456789abcdef"

    private let store: FakeRooms
    private let made = Made()
    private let rig: APIRig

    init() {
        let (store, made) = (FakeRooms(), self.made)
        self.store = store
        self.rig = APIRig {
            $0.keptRooms = store
            $0.makeWebSocket = made.make
            $0.maxWebSockets = 1
        }
    }

    @Test func whatFollowsTheRequestWaitsForTheRoom() throws {
        let stream = self.ask()
        stream.receive(ByteBuffer(string: "frames"))
        #expect(stream.takeSent().readableBytes == 0 && self.made.request == nil)
        try self.store.reply(.here)
        #expect(String(buffer: stream.takeSent()).hasPrefix("HTTP/1.1 101 "))
        while stream.canRead { stream.read() }
        #expect(self.made.request?.room.text == Self.room && self.made.received == ByteBuffer(string: "frames"))
        #expect(self.rig.signaling.admission.open == 1)
    }

    @Test func aRoomThatIsHeldIsJoinedAtOnce() {
        self.store.holds = true
        #expect(String(buffer: self.ask().takeSent()).hasPrefix("HTTP/1.1 101 "))
    }

    @Test func aStoreThatCannotSayIsTold() throws {
        let stream = self.ask()
        try self.store.reply(.unavailable)
        self.expectRefusal(stream)
    }

    @Test func aStoreThatDoesNotReplyIsGivenUp() throws {
        let stream = self.ask()
        self.rig.advance(by: .milliseconds(2_900))
        #expect(stream.takeSent().readableBytes == 0)
        self.rig.advance(by: .milliseconds(200))
        self.expectRefusal(stream)
        // When it replies after all, nobody joins.
        try self.store.reply(.here)
        #expect(self.made.request == nil)
    }

    @Test func whoLeavesGivesThePlaceBack() throws {
        let stream = self.ask()
        #expect(self.rig.signaling.admission.open == 1)
        stream.end(.reset)
        #expect(self.rig.signaling.admission.open == 0)
        try self.store.reply(.here)
        #expect(self.made.request == nil && self.rig.signaling.admission.open == 0)
    }

    @Test func aPageLearnsWhyItsUpgradeFailed() throws {
        let question = HTTPAsk("GET", "/ws?appID=\(Self.room)&side=A")
        #expect(try self.rig.send(question).status == 426)
        self.store.isReady = false
        #expect(try self.rig.send(question).isProblem(503, "cannot reach its store"))
    }

    // MARK: -

    private func ask() -> MemoryStream {
        let stream = self.rig.connect()
        stream.receive(ByteBuffer(string: WebSocketClient.upgradeAsk(room: Self.room, side: "A").text))
        return stream
    }

    private func expectRefusal(_ stream: MemoryStream) {
        let text = String(buffer: stream.takeSent())
        #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("Retry-After: 5\r\n") && text.contains("cannot reach its store"))
        #expect(self.rig.signaling.admission.open == 0)
    }
}

/// A store that replies when the test says so.
private final class FakeRooms: KeptRooms {
    private struct State {
        var isReady = true
        var holds = false
        var reply: LateReply<RoomArrival>?
    }

    private let state = NIOLockedValueBox(State())

    var isReady: Bool {
        get { self.state.withLockedValue { $0.isReady } }
        set { self.state.withLockedValue { $0.isReady = newValue } }
    }
    var holds: Bool {
        get { self.state.withLockedValue { $0.holds } }
        set { self.state.withLockedValue { $0.holds = newValue } }
    }

    func fetch(_ room: RoomID, for client: ClientAddress, _ loop: SignalingLoop) -> RoomArrival {
        self.state.withLockedValue { state in
            if state.holds { return .here }
            let reply = LateReply<RoomArrival>()
            state.reply = reply
            return .later(reply)
        }
    }

    func reply(_ arrival: RoomArrival) throws {
        let reply = try #require(self.state.withLockedValue { $0.reply })
        reply.resolve(arrival)
    }
}
