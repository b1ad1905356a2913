package import ByteStreams
import ICECore
package import Logging
package import OutgoingHTTP
package import SignalingRuntime
package import TimeKeeping

/// Asks a provider for ICE servers, again and again, before the list that it gave ends. No client's request waits for it.
package actor ICEProvider {
    package struct Settings: Sendable {
        package var url: String
        /// The value of the Authorization field.
        package var authorization: String?
        /// How long the credentials are to be good.
        package var life: TimeSpan

        package init(url: String, authorization: String?, life: TimeSpan) {
            self.url = url
            self.authorization = authorization
            self.life = life
        }
    }

    private let settings: Settings
    private let http: any HTTPFetching
    private let servers: ProvidedServers
    private let clock: ServerClock
    private let logger: Logger
    private let jitter: @Sendable () -> Double
    /// Some want to be posted what they are to make, and others give away what there is. Which it is shows with the first answer.
    private var method = OutgoingRequest.Method.post

    /// The provider has that long for a response.
    package static let timeout = TimeSpan.seconds(10)

    package init(
        _ settings: Settings, http: any HTTPFetching, servers: ProvidedServers, clock: ServerClock, logger: Logger,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.settings = settings
        self.http = http
        self.servers = servers
        self.clock = clock
        self.logger = logger
        self.jitter = jitter
    }

    /// Asks for as long as the task lives.
    ///
    /// - Parameter wait: The time until it is asked first.
    package func run(after wait: TimeSpan, sleep: @Sendable (TimeSpan) async throws -> Void = ICEProvider.sleep) async {
        var wait = wait
        while (try? await sleep(wait)) != nil, !Task.isCancelled { wait = await self.ask() }
    }

    package static func sleep(_ time: TimeSpan) async throws { try await Task.sleep(for: .nanoseconds(time.nanoseconds)) }

    /// Asks once. The result is the time until it is to be asked again.
    package func ask(within limit: TimeSpan = ICEProvider.timeout) async -> TimeSpan {
        let answer: Result<ProvidedList, ProviderFailure>
        do throws(ProviderFailure) {
            answer = .success(try await self.list(within: limit))
        } catch {
            // It is this server that has given up.
            if Task.isCancelled { return ProviderState.firstRetry }
            answer = .failure(error)
        }
        let (change, wait) = self.servers.asked(answer, now: self.clock.now(), jitter: self.jitter())
        if let change { self.log(change) }
        return wait
    }

    private func list(within limit: TimeSpan) async throws(ProviderFailure) -> ProvidedList {
        var response = try await self.fetch(self.method, within: limit)
        if self.method == .post, Self.mayWantGET(response.status) {
            // If that is wrong too, what was said first counts.
            let other = try? await self.fetch(.get, within: limit)
            if let other, Self.isSuccess(other.status) { (response, self.method) = (other, .get) }
        } else if self.method == .get, !Self.isSuccess(response.status) {
            // The endpoint may be another by now.
            self.method = .post
        }
        guard Self.isSuccess(response.status) else {
            let advice = [401, 403].contains(response.status) ? ": look at ICE_SERVERS_AUTHORIZATION" : ""
            throw ProviderFailure("it responds with status \(response.status)\(advice)")
        }
        do throws(ICEListFault) {
            return try ProvidedList(response.body, unixSeconds: self.clock.unixSeconds())
        } catch {
            throw ProviderFailure("its response is no list of ICE servers: \(error.reason)")
        }
    }

    private func fetch(_ method: OutgoingRequest.Method, within limit: TimeSpan) async throws(ProviderFailure) -> OutgoingResponse {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let authorization = self.settings.authorization { headers.append(("Authorization", authorization)) }
        var body: [UInt8]?
        if method == .post {
            headers.append(("Content-Type", "application/json"))
            body = Array(#"{"ttl":\#(self.settings.life.nanoseconds / 1_000_000_000)}"#.utf8)
        }
        do throws(OutgoingError) {
            return try await self.http.fetch(
                OutgoingRequest(
                    method, self.settings.url, headers: headers, body: body, timeout: limit, largestBody: ProvidedList.mostBytes))
        } catch {
            throw ProviderFailure(error.reason)
        }
    }

    private static func isSuccess(_ status: Int) -> Bool { (200...299).contains(status) }

    private static func mayWantGET(_ status: Int) -> Bool {
        (400...499).contains(status) && ![401, 403, 429].contains(status) || status == 501
    }

    private func log(_ change: ProviderState.Change) {
        switch change {
        case .up(let urls):
            self.logger.info("the provider of ICE servers responds", metadata: ["urls": .stringConvertible(urls)])
        case .down(let reason, let left?):
            self.logger.warning(
                "the provider of ICE servers gives none; its last list is used until it ends",
                metadata: ["reason": "\(reason)", "ends_in_s": .stringConvertible(Int(left.seconds))])
        case .down(let reason, nil):
            self.logger.warning("the provider of ICE servers gives none, and there is no list of before", metadata: ["reason": "\(reason)"])
        case .ended:
            self.logger.error("the last list of the provider of ICE servers has ended, and it gives no other")
        }
    }
}
