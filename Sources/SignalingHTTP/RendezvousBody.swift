import ByteStreams
import HTTPServer
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// The bodies of the two most frequent responses, written into one of the loop's buffers.
enum RendezvousBody {
    static func minted(
        _ code: Code, _ room: RoomID, _ token: SideToken, _ end: CodeEnd, _ ice: ICEServers.Offer?, _ context: LoopContext
    ) -> HTTPResponse {
        var body = context.takeBuffer()
        body.writeStaticString(#"{"code":""#)
        code.write(into: &body)
        body.writeStaticString(#"","appID":""#)
        Self.finish(&body, room, token, end, ice)
        return .json(.bytes(body))
    }

    static func redeemed(
        _ room: RoomID, _ token: SideToken, _ end: CodeEnd, _ ice: ICEServers.Offer?, _ context: LoopContext
    ) -> HTTPResponse {
        var body = context.takeBuffer()
        body.writeStaticString(#"{"appID":""#)
        Self.finish(&body, room, token, end, ice)
        return .json(.bytes(body))
    }

    private static func finish(
        _ body: inout ByteBuffer, _ room: RoomID, _ token: SideToken, _ end: CodeEnd, _ ice: ICEServers.Offer?
    ) {
        room.write(into: &body)
        body.writeStaticString(#"","expiresAt":""#)
        end.time.writeTimestamp(into: &body)
        body.writeStaticString(#"","token":""#)
        token.write(into: &body)
        body.writeStaticString(#"","expiresInMs":"#)
        body.writeNumber(end.milliseconds)
        if let ice { Self.write(ice, into: &body) }
        body.writeStaticString("}")
    }

    @inline(never)
    private static func write(_ ice: ICEServers.Offer, into body: inout ByteBuffer) {
        body.writeStaticString(#","iceServers":["#)
        body.writeBytes(ice.entries)
        body.writeStaticString("]")
        if let time = ice.expiresIn { body.writeString(#","iceServersExpireInMs":\#(time.milliseconds)"#) }
        if let time = ice.retryAfter { body.writeString(#","iceServersRetryAfterMs":\#(time.wholeMilliseconds)"#) }
    }
}

/// The end of a code's life, by the clock on the wall and from now on: a client whose clock is wrong goes by the latter.
struct CodeEnd {
    let time: UTCTime
    /// Whole ones, and never more than are left.
    let milliseconds: Int

    init(after life: TimeSpan, unixSeconds now: Double) {
        self.time = UTCTime(unixSeconds: now + life.seconds)
        // An answer that comes late finds it over.
        self.milliseconds = Int(max(0, life.milliseconds))
    }

    init(unixSeconds: Double, now: Double) {
        self.time = UTCTime(unixSeconds: unixSeconds)
        // A code lives for a day at most; a clock that was set meanwhile says what it wants.
        self.milliseconds = Int(max(0, min((unixSeconds - now) * 1000, 1e15)))
    }
}
