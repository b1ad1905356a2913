import ByteStreams
import HTTPServer
import NIOCore
import SignalingCore
import SignalingWire

/// The bodies of the two most frequent responses, written into one of the loop's buffers.
enum RendezvousBody {
    static func minted(
        _ code: Code, _ room: RoomID, _ tokens: SideTokens, expiresAt: UTCTime, _ context: LoopContext
    ) -> HTTPResponse {
        var body = context.takeBuffer()
        body.writeStaticString(#"{"code":""#)
        code.write(into: &body)
        body.writeStaticString(#"","appID":""#)
        Self.finish(&body, room, tokens.token(room, .a), expiresAt)
        return .json(.bytes(body))
    }

    static func redeemed(_ room: RoomID, _ tokens: SideTokens, expiresAt: UTCTime, _ context: LoopContext) -> HTTPResponse {
        var body = context.takeBuffer()
        body.writeStaticString(#"{"appID":""#)
        Self.finish(&body, room, tokens.token(room, .b), expiresAt)
        return .json(.bytes(body))
    }

    private static func finish(_ body: inout ByteBuffer, _ room: RoomID, _ token: SideToken, _ expiresAt: UTCTime) {
        room.write(into: &body)
        body.writeStaticString(#"","expiresAt":""#)
        expiresAt.writeTimestamp(into: &body)
        body.writeStaticString(#"","token":""#)
        token.write(into: &body)
        body.writeStaticString(#""}"#)
    }
}
