import ByteScan
import ByteStreams
import HTTPServer
import Logging
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// `POST /rendezvous/code` and `POST /rendezvous/redeem`: reads requests, and turns what `Rendezvous` decides into responses.
struct RendezvousAPI: Sendable {
    let rendezvous: Rendezvous
    let tokens: SideTokens
    let logger: Logger

    /// The body may be absent. Its content type does not matter.
    func mint(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        try self.outcome(of: self.rendezvous.mint(Self.life(request.body), client: request.client, loop), loop)
    }

    private func outcome(of minted: Rendezvous.Minted, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        switch minted {
        case .code(let code, let room, let lifetime):
            return .respond(RendezvousBody.minted(code, room, self.tokens, expiresAt: Self.expiry(lifetime, loop), loop.context))
        case .tooManyLive:
            throw .tooMany(
                "your network has its share of this server's codes; use those, or try again when some have expired", retryAfter: 10)
        case .exhausted(let retryAfter):
            throw .unavailable("no code is free; try again later", retryAfter: retryAfter.wholeSeconds)
        case .malformed(.body):
            throw Problem(.badRequest, #"the body must be absent or a JSON object such as {"ttl":600}"#)
        case .malformed(.ttl):
            throw Problem(.badRequest, "ttl must be a number of seconds above 0")
        case .refused(let refusal):
            throw Self.problem(refusal)
        case .later(let reply):
            return .later(
                StoreInLine(reply, loop) { (result) throws(Problem) in
                    try self.outcome(of: self.rendezvous.outcome(of: result, loop), loop)
                })
        }
    }

    func redeem(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        try self.outcome(of: self.rendezvous.redeem(Self.code(request), client: request.client, loop), loop)
    }

    func outcome(of redeemed: Rendezvous.Redeemed, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        switch redeemed {
        case .room(let room, let lifetime):
            return .respond(RendezvousBody.redeemed(room, self.tokens, expiresAt: Self.expiry(lifetime, loop), loop.context))
        case .namedRoom(let room, let expiresAt, _):
            return .respond(RendezvousBody.redeemed(room, self.tokens, expiresAt: UTCTime(unixSeconds: expiresAt), loop.context))
        case .waits(let redeem, let until):
            return .later(RedeemInLine(redeem, until: until, self, loop))
        case .gone(let alarm):
            if let alarm { self.report(alarm) }
            throw Problem(.gone, "the code was used, has expired or never was; ask for a new one")
        case .malformed:
            throw Problem(.badRequest, #"send {"code":"…"} with 4 to 8 digits"#)
        case .malformedID:
            let (least, most) = (RedeemID.lengthRange.lowerBound, RedeemID.lengthRange.upperBound)
            throw Problem(.badRequest, "id must be a string of \(least) to \(most) letters, digits, - and _, drawn at random")
        case .wrongMediaType:
            throw Problem(.unsupportedMediaType, "send the code as application/json")
        case .tooManyFailures(let retryAfter):
            throw .tooMany("too many wrong codes from your address; wait before the next", retryAfter: retryAfter.wholeSeconds)
        case .refused(let refusal):
            throw Self.problem(refusal)
        case .later(let reply):
            return .later(
                StoreInLine(reply, loop) { (result) throws(Problem) in
                    try self.outcome(of: self.rendezvous.outcome(of: result, loop), loop)
                })
        }
    }

    private static func problem(_ refusal: Rendezvous.Refusal) -> Problem {
        switch refusal {
        case .draining: .unavailable("the server is shutting down; try again", retryAfter: 1)
        case .unavailable: .cannotStore
        case .tooManyRequests(let retryAfter):
            .tooMany("too many requests from your address; wait before the next", retryAfter: retryAfter.wholeSeconds)
        }
    }

    // MARK: - Reading requests

    private static func life(_ body: ByteBuffer) -> Rendezvous.WantedLife {
        let text = body.readableBytesUInt8Span
        if JSONObject.isBlank(text) { return .longest }
        guard let field = Self.member("ttl", of: body) else { return .malformed(.body) }
        guard field.isPresent else { return .longest }
        let digits = String(decoding: body.readableBytesView.dropFirst(field.range.lowerBound).prefix(field.range.count), as: UTF8.self)
        guard field.form == .number, let seconds = Double(digits), seconds > 0 else { return .malformed(.ttl) }
        // The code book has a bound of its own; this one only keeps the nanoseconds within 64 bits.
        return .atMost(TimeSpan(nanoseconds: max(1, Int64(min(seconds, 1e8) * 1e9))))
    }

    private static func code(_ request: HTTPRequest) -> Rendezvous.PresentedCode {
        guard Self.isJSON(request.head) else { return .wrongMediaType }
        let longest = Code.digitRange.upperBound
        let text = request.body.readableBytesUInt8Span
        guard let digits = Self.member("code", of: request.body)?.characters(in: text, atMost: longest), let code = Code(digits.span)
        else { return .malformed }
        // Nothing that is short has room for a name beside the code.
        guard text.count > RedeemID.lengthRange.lowerBound, let field = Self.member("id", of: request.body), field.isPresent else {
            return .code(code)
        }
        let name = field.characters(in: text, atMost: RedeemID.lengthRange.upperBound).flatMap { RedeemID($0) }
        return name.map { .code(code, id: $0) } ?? .malformedID
    }

    /// A member of the JSON object in the body; nil if the body is no such object.
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

    private static func expiry(_ lifetime: TimeSpan, _ loop: SignalingLoop) -> UTCTime {
        UTCTime(unixSeconds: loop.clock.unixSeconds() + lifetime.seconds)
    }

    private func report(_ alarm: GuessingAlarm) {
        self.logger.warning(
            "many wrong codes: somebody may be guessing",
            metadata: [
                "live_codes": .stringConvertible(alarm.live), "code_space": .stringConvertible(alarm.space),
                "digits": .stringConvertible(alarm.digits),
                "action": alarm.grew ? "codes grew a digit" : "codes cannot grow: raise CODE_DIGITS_MAX",
            ])
    }
}
