package import OutgoingHTTP
import PairTool
import ServerThreads
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why there is nothing to show. One line for people.
package struct TopProblem: Error, CustomStringConvertible, Sendable {
    package let description: String
}

/// Asks for the metrics again and again, and shows what they say.
package struct TopRun: Sendable {
    private enum Event: Sendable {
        case page(Result<MetricsPage, TopProblem>, seconds: Double)
        case resized
        case left
    }

    private static let largestPage = 4 << 20

    private let place: TopPlace
    private let interval: Duration
    private let http: any HTTPFetching

    package init(place: TopPlace, interval: Duration, http: any HTTPFetching) {
        self.place = place
        self.interval = interval
        self.http = http
    }

    /// For a pipe or a file: one look, of two pages.
    package func lookOnce() async throws -> [String] {
        var history = TopHistory()
        let start = ContinuousClock.now
        history.add(try await self.page().get(), atSeconds: 0)
        try await Task.sleep(for: self.interval)
        history.add(try await self.page().get(), atSeconds: Self.seconds(ContinuousClock.now - start))
        return TopScreen(columns: 100, rows: 100, isDrawing: false).lines(history, heading: self.heading(history), trouble: nil)
    }

    /// Until `q` is pressed or `stopped` returns. Throws if there is nothing to show at the beginning.
    package func watch(_ terminal: TopTerminal, until stopped: @escaping @Sendable () async -> Void) async throws {
        let (events, sender) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
        Self.watchKeys(terminal, sender)
        let asking = Task { await self.ask(sender) }
        let waiting = Task {
            await stopped()
            sender.yield(.left)
        }
        defer {
            asking.cancel()
            waiting.cancel()
            // The thread that waits for keys finds that out at its next look.
            sender.finish()
        }
        var history = TopHistory()
        var trouble: String?
        for await event in events {
            switch event {
            case .left: return
            case .resized: break
            case .page(.success(let page), let seconds):
                history.add(page, atSeconds: seconds)
                trouble = nil
            case .page(.failure(let problem), _):
                guard history.latest != nil else { throw problem }
                trouble = "\(problem); below is what was last seen"
            }
            guard history.latest != nil else { continue }
            let size = terminal.size
            let screen = TopScreen(columns: size.columns, rows: size.rows, isDrawing: TerminalKind.at(STDOUT_FILENO) != .plain)
            let heading = self.heading(history) + "   q leaves"
            terminal.draw(screen.lines(history, heading: heading, trouble: trouble))
        }
    }

    private func ask(_ sender: AsyncStream<Event>.Continuation) async {
        let start = ContinuousClock.now
        while !Task.isCancelled {
            sender.yield(.page(await self.page(), seconds: Self.seconds(ContinuousClock.now - start)))
            try? await Task.sleep(for: self.interval)
        }
    }

    private static func watchKeys(_ terminal: TopTerminal, _ sender: AsyncStream<Event>.Continuation) {
        startThread {
            var size = terminal.size
            while true {
                let key = TopTerminal.key(within: 250)
                if let key, [UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x04].contains(key) {
                    sender.yield(.left)
                    return
                }
                let now = terminal.size
                if now != size {
                    size = now
                    // Nobody listens any more.
                    if case .terminated = sender.yield(.resized) { return }
                }
            }
        }
    }

    private func page() async -> Result<MetricsPage, TopProblem> {
        let limit = min(max(self.interval, .seconds(1)), .seconds(5))
        let request = OutgoingRequest(.get, self.place.url, timeout: .seconds(limit.components.seconds), largestBody: Self.largestPage)
        do {
            let response = try await self.http.fetch(request)
            guard response.status == 200 else { return .failure(self.problem(status: response.status)) }
            let page = MetricsPage(String(decoding: response.body, as: UTF8.self))
            guard page.value("nt_ws_open") != nil else {
                return .failure(TopProblem(description: "\(self.place.url) is no metrics page of nt-backend-wrtc"))
            }
            return .success(page)
        } catch {
            return .failure(TopProblem(description: "\(self.place.url) does not answer: \(error.reason)"))
        }
    }

    private func problem(status: Int) -> TopProblem {
        let advice = status == 404 ? "; the server's METRICS_ROUTE and METRICS_ADDRESS say where they are" : ""
        return TopProblem(description: "\(self.place.url) responds with \(status), and not with metrics\(advice)")
    }

    private func heading(_ history: TopHistory) -> String {
        guard let page = history.latest else { return self.place.name }
        let version = page.all("nt_build_info").first?.labels["version"].map { " \(Printable.line($0))" } ?? ""
        var age = ""
        if let start = page.value("process_start_time_seconds") {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            age = "   up \(TopNumbers.age(max(0, Double(now.tv_sec) - start)))"
        }
        return "nt-backend-wrtc\(version)   \(self.place.name)\(age)"
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
