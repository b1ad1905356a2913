import ByteStreams
import ICECore
import ICEProvider
import Logging
import MetricsCore
import NIOConcurrencyHelpers
import OutgoingHTTP
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// What is asked of a provider, and what becomes of its responses.
@Suite struct ICEProviderTests {
    private static let body = #"{"iceServers":[{"urls":["stun:a","turn:a"],"username":"u","credential":"secret"}]}"#

    @Test func itIsPostedTheLifeThatCredentialsAreToHave() async throws {
        let rig = Rig { _ in .success(OutgoingResponse(status: 201, body: Array(Self.body.utf8))) }
        #expect(await rig.provider.ask() == .minutes(60))
        let request = try #require(rig.requests.first)
        #expect(rig.requests.count == 1 && request.method == .post && request.url == "https://provider.example/v1?key=hidden")
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == #"{"ttl":7200}"#)
        #expect(request.headers.contains { $0 == ("Authorization", "Bearer hidden") })
        #expect(request.headers.contains { $0 == ("Content-Type", "application/json") })
        #expect(request.largestBody == ProvidedList.mostBytes && request.timeout == .seconds(10))
        #expect(rig.servers.figures.isUp && rig.servers.figures.fetches[.ok] == 1)
        #expect(rig.log.lines("the provider of ICE servers responds").map { $0.metadata["urls"] } == ["2"])
    }

    @Test(arguments: [400, 404, 405, 415, 501])
    func whoTakesNoPOSTIsAskedByGET(status: Int) async throws {
        let rig = Rig { request in
            .success(OutgoingResponse(status: request.method == .post ? status : 200, body: Array(Self.body.utf8)))
        }
        _ = await rig.provider.ask()
        #expect(rig.servers.figures.isUp && rig.requests.map(\.method) == [.post, .get])
        let request = try #require(rig.requests.last)
        #expect(request.body == nil && !request.headers.contains { $0.name == "Content-Type" })
        // And is not bothered with it again.
        _ = await rig.provider.ask()
        #expect(rig.requests.map(\.method) == [.post, .get, .get])
    }

    @Test(arguments: [401, 403, 429, 500, 503, 302])
    func aRefusalIsNoReasonToAskInAnotherWay(status: Int) async {
        let rig = Rig { _ in .success(OutgoingResponse(status: status)) }
        #expect(await rig.provider.ask() == ProviderState.firstRetry)
        #expect(rig.requests.count == 1 && !rig.servers.figures.isUp && rig.servers.figures.fetches[.failed] == 1)
        let line = rig.log.lines("the provider of ICE servers gives none, and there is no list of before").first
        #expect(line?.level == .warning && line?.metadata["reason"]?.contains("status \(status)") == true)
        #expect((line?.metadata["reason"]?.contains("ICE_SERVERS_AUTHORIZATION") == true) == [401, 403].contains(status))
    }

    @Test func whoTakesNeitherIsToldWhatWasSaidFirst() async {
        let rig = Rig { .success(OutgoingResponse(status: $0.method == .post ? 400 : 404)) }
        _ = await rig.provider.ask()
        #expect(rig.log.text.contains("status 400") && !rig.log.text.contains("status 404"))
    }

    @Test(arguments: ["", "<html>", "[]", #"{"iceServers":[{"urls":"turn:a"}]}"#])
    func whatIsNoListCountsAsNone(body: String) async {
        let rig = Rig { _ in .success(OutgoingResponse(status: 200, body: Array(body.utf8))) }
        #expect(await rig.provider.ask() == ProviderState.firstRetry)
        #expect(!rig.servers.figures.isUp && rig.log.text.contains("is no list of ICE servers"))
    }

    @Test func eachChangeIsLoggedOnceAndNothingSecret() async {
        let isDown = NIOLockedValueBox(false)
        let rig = Rig { _ in
            if isDown.withLockedValue({ $0 }) { return .failure(OutgoingError("cannot connect: refused")) }
            return .success(OutgoingResponse(status: 200, body: Array(Self.body.utf8)))
        }
        for _ in 0..<3 { _ = await rig.provider.ask() }
        isDown.withLockedValue { $0 = true }
        for _ in 0..<3 { _ = await rig.provider.ask() }
        rig.clock.advance(by: .minutes(120))
        for _ in 0..<3 { _ = await rig.provider.ask() }
        isDown.withLockedValue { $0 = false }
        _ = await rig.provider.ask()
        #expect(
            rig.log.lines.map(\.message) == [
                "the provider of ICE servers responds", "the provider of ICE servers gives none; its last list is used until it ends",
                "the last list of the provider of ICE servers has ended, and it gives no other", "the provider of ICE servers responds",
            ])
        #expect(rig.log.lines.map(\.level) == [.info, .warning, .error, .info])
        #expect(rig.log.lines[1].metadata == ["reason": "cannot connect: refused", "ends_in_s": "7200"])
        #expect(!rig.log.text.contains("hidden") && !rig.log.text.contains("secret"))
    }

    @Test func itIsAskedAgainWhenItsTimeHasComeUntilTheServerEnds() async {
        let rig = Rig { _ in .success(OutgoingResponse(status: 200, body: Array(Self.body.utf8))) }
        let waits = NIOLockedValueBox<[TimeSpan]>([])
        await rig.provider.run(after: .seconds(5)) { wait in
            let count = waits.withLockedValue { waits in
                waits.append(wait)
                return waits.count
            }
            rig.clock.advance(by: wait)
            if count > 3 { throw CancellationError() }
        }
        #expect(waits.withLockedValue { $0 } == [.seconds(5), .minutes(60), .minutes(60), .minutes(60)])
        #expect(rig.requests.count == 3 && rig.servers.figures.fetches[.ok] == 3)
    }

    @Test func aServerThatEndsIsNoFaultOfTheProviders() async {
        let rig = Rig { _ in .failure(OutgoingError("the request was given up")) }
        let provider = rig.provider
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = await provider.ask()
        }
        await task.value
        #expect(rig.log.lines.isEmpty && rig.servers.figures.fetches[.failed] == 0)
    }
}

private final class Rig: Sendable {
    let clock = ManualClock()
    let log = LogRecorder()
    let servers = ProvidedServers(life: .minutes(120))
    let provider: ICEProvider
    private let http: Responder

    init(_ respond: @escaping @Sendable (OutgoingRequest) -> Result<OutgoingResponse, OutgoingError>) {
        let http = Responder(respond)
        self.http = http
        self.provider = ICEProvider(
            .init(url: "https://provider.example/v1?key=hidden", authorization: "Bearer hidden", life: .minutes(120)), http: http,
            servers: self.servers, clock: self.clock.serverClock, logger: self.log.logger, jitter: { 0 })
    }

    var requests: [OutgoingRequest] { self.http.requests.withLockedValue { $0 } }

    private final class Responder: HTTPFetching {
        let requests = NIOLockedValueBox<[OutgoingRequest]>([])
        private let respond: @Sendable (OutgoingRequest) -> Result<OutgoingResponse, OutgoingError>

        init(_ respond: @escaping @Sendable (OutgoingRequest) -> Result<OutgoingResponse, OutgoingError>) { self.respond = respond }

        func fetch(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
            self.requests.withLockedValue { $0.append(request) }
            return try self.respond(request).get()
        }
    }
}
