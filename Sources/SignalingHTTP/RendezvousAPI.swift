import AccessCore
import AccessRuntime
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
    let ice: ICEServers
    /// Nil where everybody may.
    let access: AccessGate?
    let logger: Logger

    /// The body may be absent. Its content type does not matter.
    func mint(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        let life = Self.life(request.body)
        // Whoever gets nothing anyway is asked nothing.
        guard let access, !self.rendezvous.isDraining else {
            return try self.outcome(
                of: self.rendezvous.mint(life, client: request.client, loop), for: self.recipient(.mint, request), loop)
        }
        return try access.pass(request, for: .mint, loop) { (pass) throws(Problem) in
            let life = life.lowered(to: pass.longestLife)
            return try self.outcome(
                of: self.rendezvous.mint(life, client: pass.client(of: request), loop), for: self.recipient(.mint, request, pass), loop)
        }
    }

    private func outcome(of minted: Rendezvous.Minted, for recipient: Recipient, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        switch minted {
        case .code(let code, let room, let lifetime):
            let token = self.tokens.token(room, .a, subject: recipient.subject)
            let servers = self.servers(room, .a, for: recipient, loop)
            return .respond(
                RendezvousBody.minted(
                    code, room, token, CodeEnd(after: lifetime, unixSeconds: loop.clock.unixSeconds()), servers, loop.context))
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
                ReplyInLine(reply, loop) { (result) throws(Problem) in
                    try self.outcome(of: self.rendezvous.outcome(of: result, loop), for: recipient, loop)
                })
        }
    }

    func redeem(_ request: HTTPRequest, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        let code = Self.code(request)
        guard let access, access.control.coversRedeeming else {
            return try self.outcome(
                of: self.rendezvous.redeem(code, client: request.client, loop), for: self.recipient(.redeem, request), loop)
        }
        return try access.pass(request, for: .redeem, loop) { (pass) throws(Problem) in
            let redeemed = self.rendezvous.redeem(code, client: request.client, subject: pass.client(of: request), loop)
            return try self.outcome(of: redeemed, for: self.recipient(.redeem, request, pass), loop)
        }
    }

    func outcome(of redeemed: Rendezvous.Redeemed, for recipient: Recipient, _ loop: SignalingLoop) throws(Problem) -> HTTPOutcome {
        switch redeemed {
        case .room(let room, let lifetime):
            return self.redeemed(room, CodeEnd(after: lifetime, unixSeconds: loop.clock.unixSeconds()), for: recipient, loop)
        case .namedRoom(let room, let expiresAt, _):
            return self.redeemed(room, CodeEnd(unixSeconds: expiresAt, now: loop.clock.unixSeconds()), for: recipient, loop)
        case .waits(let redeem, let until):
            return .later(RedeemInLine(redeem, until: until, for: recipient, self, loop))
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
        case .later(let reply, let redeem):
            return .later(
                ReplyInLine(reply, loop) { (result) throws(Problem) in
                    try self.outcome(of: self.rendezvous.outcome(of: result, for: redeem, loop), for: recipient, loop)
                })
        }
    }

    private func redeemed(_ room: RoomID, _ end: CodeEnd, for recipient: Recipient, _ loop: SignalingLoop) -> HTTPOutcome {
        let token = self.tokens.token(room, .b, subject: recipient.subject)
        let servers = self.servers(room, .b, for: recipient, loop)
        return .respond(RendezvousBody.redeemed(room, token, end, servers, loop.context))
    }

    static func problem(_ refusal: Rendezvous.Refusal) -> Problem {
        switch refusal {
        case .draining: .unavailable("the server is shutting down; try again", retryAfter: 1)
        case .unavailable: .cannotStore
        case .tooManyRequests(let retryAfter):
            .tooMany("too many requests from your address; wait before the next", retryAfter: retryAfter.wholeSeconds)
        }
    }

    // MARK: - ICE servers

    /// Who is to have a room's token and ICE servers.
    struct Recipient {
        /// Nil where nobody in particular is known.
        var subject: UInt64?
        /// Nil where there are no ICE servers to give.
        var asker: ICEServers.Asker?
    }

    private func recipient(_ label: ICERequestLabel, _ request: HTTPRequest, _ pass: AccessGate.Pass? = nil) -> Recipient {
        var recipient = Recipient(subject: pass?.subject)
        if !self.ice.isOff {
            let client = pass?.client(of: request) ?? request.client
            recipient.asker = ICEServers.Asker(label, client: client, host: request.hostName)
        }
        return recipient
    }

    private func servers(_ room: RoomID, _ side: Side, for recipient: Recipient, _ loop: SignalingLoop) -> ICEServers.Offer? {
        guard let asker = recipient.asker else { return nil }
        let offer = self.ice.offer(room, side, to: asker, loop)
        return offer.isEmpty ? nil : offer
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
