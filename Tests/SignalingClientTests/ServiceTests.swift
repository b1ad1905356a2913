import Synchronization
import Testing

@testable import SignalingClient

/// Requests, with answers in hand.
@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
    private static let minted =
        #"{"code":"0042","appID":"6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34","expiresAt":"2026-01-31T12:00:00Z","token":"t","expiresInMs":300000,"iceServers":[{"urls":["stun:a"]},{"urls":7},{"urls":["turn:b"],"username":"u","credential":"c"}]}"#

    @Test func mintingGivesACodeAndARoom() async throws {
        let transport = ScriptedTransport([.answer(200, Self.minted)])
        let service = try SignalingService("https://rendezvous.example/under/", transport: transport, surroundings: .still)
        let code = try await service.createCode(ttl: .milliseconds(1500), authorization: "key")
        #expect(code.digits == "0042")
        #expect(code.room.side == .a && code.room.token == "t" && code.room.expiresInMs == 300_000)
        // What is no ICE server costs nothing but itself.
        #expect(code.room.iceServers == [ICEServer(urls: ["stun:a"]), ICEServer(urls: ["turn:b"], username: "u", credential: "c")])
        let request = try #require(transport.requests.first)
        #expect(request.target == "/under/rendezvous/code")
        #expect(text(request.body) == #"{"ttl":1.5}"#)
        #expect(request.headers.map { "\($0.name): \($0.value)" } == ["Authorization: Bearer key"])
    }

    @Test func aRedemptionWhoseAnswerIsLostIsRepeatedUnderItsID() async throws {
        let transport = ScriptedTransport([.nothing, .answer(502, ""), .answer(200, Self.minted)])
        let service = try SignalingService("http://h", transport: transport, surroundings: .still)
        let room = try await service.redeemCode("0042")
        #expect(room.side == .b)
        #expect(transport.requests.count == 3)
        #expect(Set(transport.requests.map { text($0.body) }).count == 1)
    }

    @Test func anotherCallForACodeWhoseOutcomeIsOpenHasTheSameID() async throws {
        let transport = ScriptedTransport([.answer(503, ""), .answer(200, Self.minted), .answer(410, "")])
        let service = try SignalingService("http://h", transport: transport, surroundings: .still)
        await #expect(throws: ClientError.self) { try await service.redeemCode("0042") }
        _ = try await service.redeemCode("0042")
        await #expect(throws: ClientError.self) { try await service.redeemCode("0042") }
        let bodies = transport.requests.map { text($0.body) }
        #expect(bodies[0] == bodies[1] && bodies[1] != bodies[2])
    }

    @Test func repeatingEndsAfterHalfAMinute() async throws {
        let transport = ScriptedTransport([ScriptedTransport.Step](repeating: .nothing, count: 50))
        let service = try SignalingService("http://h", transport: transport, surroundings: .jumping)
        let error = await #expect(throws: ClientError.self) { try await service.redeemCode("0042") }
        #expect(error?.code == .serverUnreachable)
        #expect((3...8).contains(transport.requests.count))
    }

    @Test(arguments: [
        (401, "", ClientError.Code.unauthorized), (403, "this origin may not", .originRefused), (403, "you may not", .forbidden),
        (410, "gone", .codeGone), (429, "wait", .tooManyGuesses), (400, "", .codeMalformed), (418, "", .serverError),
    ])
    func refusalsOfARedemption(status: Int, detail: String, code: ClientError.Code) async throws {
        let body = #"{"type":"about:blank","title":"T","status":\#(status),"detail":"\#(detail)"}"#
        let transport = ScriptedTransport([.answer(status, body, retryAfter: "7")])
        let service = try SignalingService("http://h", transport: transport, surroundings: .still)
        let error = await #expect(throws: ClientError.self) { try await service.redeemCode("0042") }
        #expect(error?.code == code)
        #expect(error?.retryAfter == .seconds(7))
        #expect(error?.problem == Problem(status: status, title: "T", detail: detail))
    }

    @Test func aServerWithoutACodeLeftIsToldFromOneThatShutsDown() async throws {
        for (ready, expected) in [(200, ClientError.Code.noCodeFree), (503, .serverDraining)] {
            let transport = ScriptedTransport([.answer(503, ""), .answer(ready, "")])
            let service = try SignalingService("http://h", transport: transport, surroundings: .still)
            let error = await #expect(throws: ClientError.self) { try await service.createCode() }
            #expect(error?.code == expected)
        }
    }

    @Test(arguments: ["", "12", "123456789", "12a4", "１２３４"])
    func whatIsNoCodeIsNotSent(code: String) async throws {
        let transport = ScriptedTransport([])
        let service = try SignalingService("http://h", transport: transport, surroundings: .still)
        let error = await #expect(throws: ClientError.self) { try await service.redeemCode(code) }
        #expect(error?.code == .codeMalformed)
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: ["", "null", "[]", #"{"appID":"x","code":"1234"}"#, #"{"code":1,"appID":"6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"}"#])
    func garbageIsAnError(body: String) async throws {
        let service = try SignalingService("http://h", transport: ScriptedTransport([.answer(200, body)]), surroundings: .still)
        let error = await #expect(throws: ClientError.self) { try await service.createCode() }
        #expect(error?.code == .protocolError)
    }

    @Test(arguments: [
        ("http://h", "h", 80, ""), ("https://h:8443/a/b/", "h", 8443, "/a/b"), ("https://[::1]:1", "::1", 1, ""), ("WSS://H", "H", 443, ""),
        ("http://h/#1234", "h", 80, ""), ("http://10.0.0.1:1234/?x", "10.0.0.1", 1234, ""),
    ])
    func addresses(url: String, host: String, port: Int, path: String) throws {
        let address = try ServerAddress(url)
        #expect(address.host == host && address.port == port && address.path == path)
    }

    @Test(arguments: [
        "", "h", "ftp://h", "http://", "http://h:0", "http://h:65536", "http://h:x", "http://u@h", "http://[::1", "http://h h", "http:/h",
        "http://h\r\nX: y", "http://h\\x",
    ])
    func whatIsNoAddress(url: String) {
        #expect(throws: ClientError.self) { try ServerAddress(url) }
    }
}

final class ScriptedTransport: SignalingTransport {
    enum Step: Sendable {
        case answer(Int, String, retryAfter: String? = nil)
        case nothing
    }

    struct Lost: Error {}

    private let state: Mutex<(steps: [Step], requests: [TransportRequest])>

    init(_ steps: [Step]) { self.state = Mutex((steps, [])) }

    var requests: [TransportRequest] { self.state.withLock { $0.requests } }

    func respond(to request: TransportRequest) async throws -> TransportResponse {
        let step = self.state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? Step.nothing : state.steps.removeFirst()
        }
        guard case .answer(let status, let body, let retryAfter) = step else { throw Lost() }
        return TransportResponse(status: status, retryAfter: retryAfter, body: Array(body.utf8))
    }

    func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening { throw Lost() }
}

extension Surroundings {
    /// Pauses are over at once, but those that limit something, which are longer.
    static var still: Surroundings {
        Surroundings(
            now: { .zero }, sleep: { try await Task.sleep(for: $0 > .seconds(4) ? .seconds(3600) : .zero) }, wallClock: { 1 },
            random: { UInt64.random(in: 0 ... .max) })
    }

    /// A pause is over at once, and its time has passed.
    static var jumping: Surroundings {
        let now = Shared(Duration.zero)
        return Surroundings(
            now: { now.value },
            sleep: { span in
                if span > .seconds(21) { return try await Task.sleep(for: .seconds(3600)) }
                now.change { $0 += span }
            }, wallClock: { 1 }, random: { UInt64.random(in: 0 ... .max) })
    }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) { self.box = Mutex(value) }

    var value: Value { self.box.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { self.box.withLock { body(&$0) } }
}
