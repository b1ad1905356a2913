import Testing
import TimeKeeping
import WebSocketCore

@Suite struct CloseHandshakeTests {
    private let deadline = MonotonicTime(nanoseconds: 7_000_000_000)

    private func begun(afterViolation: Bool = false) -> CloseHandshake {
        CloseHandshake(code: 1001, afterViolation: afterViolation, deadline: self.deadline)
    }

    @Test func itsCodeIsTheOneItBeganWith() {
        var handshake = self.begun()
        handshake.closeReceived()
        handshake.violated()
        _ = handshake.sent()
        #expect(handshake.code == 1001 && handshake.deadline == self.deadline)
        #expect(CloseHandshake(respondingTo: 3000, deadline: self.deadline).code == 3000)
        // What stands for a close without a code.
        #expect(CloseHandshake(respondingTo: nil, deadline: self.deadline).code == 1005)
    }

    @Test func theServersCloseWaitsForTheClients() {
        var handshake = self.begun()
        #expect(handshake.sent() == nil)
        #expect(handshake.sent() == nil)
        handshake.closeReceived()
        #expect(handshake.sent() == .connection)
    }

    @Test func theClientsCloseMayComeBeforeTheServersIsSent() {
        var handshake = self.begun()
        handshake.closeReceived()
        #expect(handshake.sent() == .connection)
    }

    @Test func theClientsCloseIsAnsweredAndThatIsAll() {
        var handshake = CloseHandshake(respondingTo: 1000, deadline: self.deadline)
        #expect(handshake.sent() == .connection)
    }

    @Test func afterAViolationNothingIsWaitedFor() {
        var handshake = self.begun(afterViolation: true)
        #expect(handshake.sent() == .output)
        var later = self.begun()
        #expect(later.sent() == nil)
        later.violated()
        #expect(later.sent() == .output)
    }

    /// Nothing that it sends is understood after a violation, and after its close nothing is read.
    @Test func theFirstOfCloseAndViolationCounts() {
        var violated = self.begun(afterViolation: true)
        violated.closeReceived()
        #expect(violated.sent() == .output)
        var closed = self.begun()
        closed.closeReceived()
        closed.violated()
        #expect(closed.sent() == .connection)
        var response = CloseHandshake(respondingTo: 1000, deadline: self.deadline)
        response.violated()
        #expect(response.sent() == .connection)
    }

    @Test func itsTimeCanOnlyBecomeLess() {
        var handshake = self.begun()
        handshake.shorten(to: self.deadline + .seconds(1))
        #expect(handshake.deadline == self.deadline)
        handshake.shorten(to: self.deadline + .seconds(-1))
        #expect(handshake.deadline == self.deadline + .seconds(-1))
    }

    @Test func theStreamIsEndedOnce() {
        for var handshake in [self.begun(afterViolation: true), CloseHandshake(respondingTo: nil, deadline: self.deadline)] {
            #expect(handshake.sent() != nil)
            #expect(handshake.sent() == nil)
            handshake.closeReceived()
            handshake.violated()
            #expect(handshake.sent() == nil)
        }
    }
}
