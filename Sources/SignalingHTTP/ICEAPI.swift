import ByteStreams
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// `GET /rendezvous/ice`: ICE servers for a side that has its token, whose own may have expired.
struct ICEAPI: Sendable {
    let ice: ICEServers
    let tokens: SideTokens
    let rendezvous: Rendezvous

    func give(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        if let refusal = self.rendezvous.refusal(request.client, loop) { throw RendezvousAPI.problem(refusal) }
        let head = request.head
        let bytes = head.bytes.readableBytesUInt8Span
        let named = try NamedSide(QueryString(bytes, target: head.target), head, closes: false)
        let authorization = head.field("authorization")
        guard let token = Self.bearerToken(authorization, bytes),
            token.matches(self.tokens.token(named.room, named.side, subject: token.subject))
        else {
            throw Problem(
                .unauthorized, "send the token that came with the code as Authorization: Bearer …",
                fields: [.init("WWW-Authenticate", authorization.count == 0 ? "Bearer" : #"Bearer error="invalid_token""#)])
        }
        let client = token.subject.map { .subject($0) } ?? request.client
        let asker = ICEServers.Asker(.ice, client: client, host: request.hostName)
        let offer = self.ice.offer(named.room, named.side, to: asker, loop)
        if let wait = offer.retryAfter {
            throw .tooMany("your network has been given credentials for ICE servers too often; wait", retryAfter: wait.wholeSeconds)
        }
        var body = loop.context.takeBuffer()
        body.writeStaticString(#"{"iceServers":["#)
        body.writeBytes(offer.entries)
        body.writeStaticString("]")
        if let time = offer.expiresIn { body.writeString(#","expiresInMs":\#(time.milliseconds)"#) }
        body.writeStaticString("}")
        return .respond(.json(.bytes(body)))
    }

    /// RFC 6750 section 2.1. The scheme's case does not matter.
    private static func bearerToken(_ field: RequestHead.Field, _ bytes: Span<UInt8>) -> SideToken? {
        guard field.count == 1 else { return nil }
        let value = field.value
        let scheme = value.prefix(6)
        guard bytes.equalsIgnoringCase("bearer", in: scheme) else { return nil }
        var start = scheme.upperBound
        while start < value.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
        guard start > scheme.upperBound else { return nil }
        return SideToken(bytes.extracting(start..<value.upperBound))
    }
}
