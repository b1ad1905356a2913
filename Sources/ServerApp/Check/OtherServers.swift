import AccessCore
import AccessRuntime
import ICECore
import OutgoingHTTP
import ServerConfiguration
import SetupCore
import TimeKeeping

/// The servers that settings name: whether they are there. All are asked at once, and each has a few seconds.
enum OtherServers {
    private static let limit = TimeSpan.seconds(3)

    static func findings(_ settings: ServerSettings) async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (number, question) in self.questions(settings).enumerated() {
                group.addTask { (number, await self.finding(question, settings)) }
            }
            var found: [(Int, Finding)] = []
            for await finding in group { found.append(finding) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private enum Question: Sendable {
        case ice(variable: String, ICEURL)
        case keys(ServiceURL)
        case service(variable: String, ServiceURL)
    }

    private static func questions(_ settings: ServerSettings) -> [Question] {
        let listed = settings.iceServers.map { list in
            list.open.flatMap { $0 } + list.accounts.flatMap(\.urls) + list.withoutCredentials
        }
        // Over DTLS nothing is asked here.
        var questions = (settings.turnURLs.map { ("TURN_URLS", $0) } + (listed ?? []).map { ("ICE_SERVERS", $0) })
            .filter { $0.1.place.transport != .dtls }.prefix(ICEServerList.mostURLs * 2).map { Question.ice(variable: $0, $1) }
        if case .url(let url) = settings.authJWKS { questions.append(.keys(url)) }
        if let url = settings.authWebhookURL { questions.append(.service(variable: "AUTH_WEBHOOK_URL", url)) }
        if let url = settings.iceServersURL { questions.append(.service(variable: "ICE_SERVERS_URL", url)) }
        return questions
    }

    private static func finding(_ question: Question, _ settings: ServerSettings) async -> Finding {
        switch question {
        case .ice(let variable, let url):
            let place = url.place
            let reason =
                place.transport == .udp
                ? await Reach.stun(place.host, place.port, within: self.limit)
                : await Reach.tcp(place.host, place.port, within: self.limit)
            guard let reason else { return Finding(.info, .serviceReached, variable, "\(variable): \(url.text) is there") }
            return Finding(
                .warning, .turnUnreachable, variable, "\(variable): \(url.text) is not reached: \(reason)",
                "start it, correct the URL, or open the way to it")
        case .keys(let url): return await self.keys(url, settings)
        case .service(let variable, let url):
            guard let reason = await Reach.tcp(url.host, url.port, within: self.limit) else {
                return Finding(.info, .serviceReached, variable, "\(variable)=\(url.shown): takes connections")
            }
            return Finding(
                .warning, .serviceUnreachable, variable, "\(variable)=\(url.shown): is not reached: \(reason)",
                "start it, correct the URL, or open the way to it")
        }
    }

    private static func keys(_ url: ServiceURL, _ settings: ServerSettings) async -> Finding {
        let given = "AUTH_JWKS=\(url.shown)"
        let http: OutgoingHTTP
        do {
            http = try OutgoingHTTP(trusted: settings.tlsCAFile)
        } catch {
            return Finding(.warning, .keysUnreachable, "AUTH_JWKS", "\(given): cannot be asked without TLS_CA_FILE", "mend that one")
        }
        let finding: Finding
        do throws(OutgoingError) {
            let keys = try await PublishedKeys.fetch(from: url.text, http, within: self.limit)
            finding = Finding(.info, .serviceReached, "AUTH_JWKS", "\(given): publishes keys: \(keys.count)")
        } catch {
            finding = Finding(
                .warning, .keysUnreachable, "AUTH_JWKS", "\(given): gives no keys: \(error.reason)",
                "until it does, clients with tokens get 503")
        }
        await http.stop()
        return finding
    }
}
