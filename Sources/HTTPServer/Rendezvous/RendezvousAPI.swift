import ByteScan
import Logging
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// `POST /rendezvous/code` and `POST /rendezvous/redeem`.
struct RendezvousAPI {
    let hub: Hub
    let logger: Logger

    /// Mints a code. The body may be absent, whatever the content type says.
    func mint(_ body: ByteBuffer, client: ClientAddress, _ loop: LoopContext) throws(Problem) -> Answer {
        try self.checkRate(client, loop)
        let ttl = try self.ttl(body)
        switch self.hub.codes.mint(ttl: ttl, loop) {
        case .minted(let code, let room, let lifetime):
            return .minted(code, room, expiresAt: Self.expiry(lifetime, loop))
        case .exhausted(let retryAfter):
            throw .unavailable("no code is free; try again later", retryAfter: retryAfter.wholeSeconds)
        }
    }

    func redeem(_ head: RequestHead, _ body: ByteBuffer, client: ClientAddress, _ loop: LoopContext) throws(Problem) -> Answer {
        try self.checkRate(client, loop)
        guard Self.isJSON(head) else {
            throw Problem(415, "send the code as application/json")
        }
        if let wait = self.hub.limits.redeemFailures.check(client, loop) {
            loop.metrics.count { $0.codesRedeemed[.limited] += 1 }
            throw .tooMany("too many wrong codes from your address; wait before the next", retryAfter: wait.wholeSeconds)
        }
        guard let code = Self.code(body) else {
            loop.metrics.count { $0.codesRedeemed[.malformed] += 1 }
            throw Problem(400, #"send {"code":"…"} with 4 to 8 digits"#)
        }
        let (result, alarm) = self.hub.codes.redeem(code, loop)
        if let alarm { self.report(alarm) }
        switch result {
        case .redeemed(let room, let lifetime):
            return .redeemed(room, expiresAt: Self.expiry(lifetime, loop))
        case .gone:
            self.hub.limits.redeemFailures.record(client, loop)
            throw Problem(410, "the code was used, has expired or never was; ask for a new one")
        }
    }

    private func checkRate(_ client: ClientAddress, _ loop: LoopContext) throws(Problem) {
        guard self.hub.phase != .draining else {
            throw .unavailable("the server is shutting down; try again", retryAfter: 1)
        }
        guard let wait = self.hub.limits.http.admit(client, loop) else { return }
        throw .tooMany("too many requests from your address; wait before the next", retryAfter: wait.wholeSeconds)
    }

    private func ttl(_ body: ByteBuffer) throws(Problem) -> TimeSpan? {
        let text = body.readableBytesUInt8Span
        if JSONObject.isBlank(text) { return nil }
        guard let field = Self.member("ttl", of: body) else {
            throw Problem(400, #"the body must be absent or a JSON object such as {"ttl":600}"#)
        }
        guard field.isPresent else { return nil }
        let digits = String(decoding: body.readableBytesView.dropFirst(field.range.lowerBound).prefix(field.range.count), as: UTF8.self)
        guard field.form == .number, let seconds = Double(digits), seconds > 0 else {
            throw Problem(400, "ttl must be a number of seconds above 0")
        }
        // A longer one is capped by the code book; this cap only keeps the nanoseconds inside 64 bits.
        return TimeSpan(nanoseconds: max(1, Int64(min(seconds, 1e8) * 1e9)))
    }

    private static func code(_ body: ByteBuffer) -> Code? {
        let longest = Code.digitRange.upperBound
        return self.member("code", of: body)?.characters(in: body.readableBytesUInt8Span, atMost: longest).flatMap { Code($0.span) }
    }

    /// A member of the body's JSON object; nil where the body is none.
    private static func member(_ name: StaticString, of body: ByteBuffer) -> Envelope.Field? {
        let text = body.readableBytesUInt8Span
        var validator = UTF8Validator()
        guard validator.consume(text), validator.isAtBoundary else { return nil }
        return try? JSONObject.member(name, of: text)
    }

    private static func isJSON(_ head: RequestHead) -> Bool {
        guard head.contentType.count > 0 else { return false }
        let bytes = head.bytes.readableBytesUInt8Span
        let value = head.contentType.value
        let end = bytes.firstIndex(of: UInt8(ascii: ";"), in: value) ?? value.upperBound
        return bytes.equalsIgnoringCase("application/json", in: bytes.trimmed(value.lowerBound..<end))
    }

    private static func expiry(_ lifetime: TimeSpan, _ loop: LoopContext) -> UTCTime {
        UTCTime(unixSeconds: loop.clock.unixSeconds() + lifetime.seconds)
    }

    private func report(_ alarm: CodeService.GuessingAlarm) {
        self.logger.warning(
            "many wrong codes: somebody may be guessing",
            metadata: [
                "live_codes": .stringConvertible(alarm.live), "code_space": .stringConvertible(alarm.space),
                "digits": .stringConvertible(alarm.digits),
                "action": alarm.grew ? "codes grew a digit" : "codes cannot grow: raise CODE_DIGITS_MAX",
            ])
    }
}
