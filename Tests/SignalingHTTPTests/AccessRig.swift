import AccessCore
import AccessRuntime
import ByteScan
import Crypto
import HTTPServer
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
import OutgoingHTTP
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Another server, as this one sees it: it keeps what it is asked, and answers when a test says so. What is not answered stays open.
final class FakeService: HTTPFetching {
    private struct State {
        var requests: [OutgoingRequest] = []
        var open: [CheckedContinuation<Result<OutgoingResponse, OutgoingError>, Never>] = []
        var standing: Result<OutgoingResponse, OutgoingError>?
        var mostOpen = 0
    }

    private let state = NIOLockedValueBox(State())

    var requests: [OutgoingRequest] { self.state.withLockedValue { $0.requests } }
    var open: Int { self.state.withLockedValue { $0.open.count } }
    var mostOpen: Int { self.state.withLockedValue { $0.mostOpen } }

    func fetch(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
        let result = await withCheckedContinuation { continuation in
            let standing = self.state.withLockedValue { state in
                state.requests.append(request)
                if state.standing == nil {
                    state.open.append(continuation)
                    state.mostOpen = max(state.mostOpen, state.open.count)
                }
                return state.standing
            }
            if let standing { continuation.resume(returning: standing) }
        }
        return try result.get()
    }

    /// Answers the request that has been open for longest.
    func answer(_ status: Int, _ body: String = "") { self.answer(.success(OutgoingResponse(status: status, body: Array(body.utf8)))) }

    func fail(_ reason: String) { self.answer(.failure(OutgoingError(reason))) }

    private func answer(_ result: Result<OutgoingResponse, OutgoingError>) {
        let first = self.state.withLockedValue { $0.open.isEmpty ? nil : $0.open.removeFirst() }
        first?.resume(returning: result)
    }

    /// Answers all from now on, and what is open; nil: waits again.
    func answerAll(_ status: Int?, _ body: String = "") {
        let standing = status.map { Result<OutgoingResponse, OutgoingError>.success(OutgoingResponse(status: $0, body: Array(body.utf8))) }
        let open = self.state.withLockedValue { state in
            state.standing = standing
            defer { if standing != nil { state.open = [] } }
            return standing == nil ? [] : state.open
        }
        if let standing { for continuation in open { continuation.resume(returning: standing) } }
    }
}

/// A server that asks who its clients are.
struct AccessRig {
    static let alice = APIKey(Array(0..<32))
    static let bob = APIKey(Array(1...32))
    static let tokens = SideTokens(key: Array(0..<32))
    static let secret = Array("a secret that has more than thirty-two bytes".utf8)

    let service = FakeService()
    let log = LogRecorder()
    let rig: APIRig

    enum Method { case key, secret, jwks, webhook }

    init(_ methods: Set<Method>, redeem: Bool = false, _ change: (inout SignalingParts.Options) -> Void = { _ in }) throws {
        let (service, logger) = (self.service, self.log.logger)
        let list = "alice \(Self.alice.digest.hex)\nbob \(Self.bob.digest.hex)"
        let keys = try methods.contains(.key) ? APIKeys(file: Array(list.utf8)) : nil
        self.rig = APIRig { options in
            options.rooms = .minted
            options.logger = logger
            options.access = { signaling in
                var built = AccessControl.Methods(keys: keys)
                if methods.contains(.secret) || methods.contains(.jwks) {
                    let own = methods.contains(.secret) ? [VerificationKey(secret: Self.secret)].compactMap { $0 } : []
                    let published =
                        methods.contains(.jwks)
                        ? PublishedKeys(url: "https://id.example/jwks", http: service, clock: signaling.clock, logger: logger) : nil
                    built.tokens = TokenChecker(TokenRules(issuer: nil, audience: "signal"), own: KeySet(own), published: published)
                }
                if methods.contains(.webhook) {
                    built.webhook = Webhook(url: "https://app.example/may", http: service, clock: signaling.clock, logger: logger)
                }
                return AccessControl(built, coversRedeeming: redeem, strangers: signaling.limits.strangers)
            }
            change(&options)
        }
    }

    static func mint(_ authorization: String?, body: String? = nil) -> HTTPAsk {
        HTTPAsk("POST", "/rendezvous/code", headers: authorization.map { [("Authorization", $0)] } ?? [], body: body)
    }

    static func redeem(_ code: String, _ authorization: String?) -> HTTPAsk {
        HTTPAsk(
            "POST", "/rendezvous/redeem",
            headers: [("Content-Type", "application/json")] + (authorization.map { [("Authorization", $0)] } ?? []),
            body: #"{"code":"\#(code)"}"#)
    }

    /// Sends a request whose response comes later.
    func begin(_ ask: HTTPAsk, from client: ClientAddress = .v4(0xC000_0201)) -> MemoryStream {
        let stream = self.rig.connect(from: client)
        stream.receive(ByteBuffer(string: ask.text))
        return stream
    }

    /// The response, as soon as it is there.
    func reply(_ stream: MemoryStream) async throws -> HTTPReply {
        var sent = ByteBuffer()
        try await self.rig.settle("a response") {
            sent.writeImmutableBuffer(stream.takeSent())
            return sent.readableBytes > 0
        }
        guard let reply = try HTTPReply.read(from: &sent, to: "POST") else { throw SocketFailure.unexpected("no response") }
        return reply
    }

    /// A token for HS256 or, with a key, for ES256.
    static func token(_ claims: String, kid: String? = nil, key: P256.Signing.PrivateKey? = nil) throws -> String {
        let name = kid.map { #","kid":"\#($0)""# } ?? ""
        let header = #"{"alg":"\#(key == nil ? "HS256" : "ES256")"\#(name)}"#
        let signed = [header, claims].map { String(decoding: Base64URL.encode($0.utf8), as: UTF8.self) }.joined(separator: ".")
        let bytes = Array(signed.utf8)
        let signature =
            try key.map { Array(try $0.signature(for: bytes).rawRepresentation) }
            ?? Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Self.secret)))
        return "Bearer \(signed).\(String(decoding: Base64URL.encode(signature), as: UTF8.self))"
    }

    /// Good for five minutes at the rig's time.
    static func claims(_ subject: String) -> String { #"{"aud":"signal","exp":1769861100,"sub":"\#(subject)"}"# }

    static func jwks(_ keys: [String: P256.Signing.PrivateKey]) -> String {
        let texts = keys.map { kid, key in
            let point = Array(key.publicKey.rawRepresentation)
            let (x, y) = (Base64URL.encode(point[..<32]), Base64URL.encode(point[32...]))
            return
                #"{"kty":"EC","crv":"P-256","kid":"\#(kid)","x":"\#(String(decoding: x, as: UTF8.self))","y":"\#(String(decoding: y, as: UTF8.self))"}"#
        }
        return #"{"keys":[\#(texts.joined(separator: ","))]}"#
    }
}
