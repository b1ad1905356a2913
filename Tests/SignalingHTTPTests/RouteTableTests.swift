import HTTPServer
import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

/// The server's routes as a whole.
@Suite struct RouteTableTests {
    private static let methods = [
        "/rendezvous/code": "POST, OPTIONS", "/rendezvous/redeem": "POST, OPTIONS", "/ws": "GET, OPTIONS",
        "/rendezvous/ice": "GET, OPTIONS", "/rendezvous/server": "GET, OPTIONS", "/healthz": "GET, HEAD, OPTIONS",
        "/readyz": "GET, HEAD, OPTIONS", "/metrics": "GET, HEAD, OPTIONS",
    ]

    @Test func everyRouteHasItsMethods() throws {
        let rig = APIRig()
        #expect(Set(rig.parts.http.routes.rows.map(\.path)) == Set(Self.methods.keys))
        for (path, allowed) in Self.methods {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
                let reply = try rig.send(HTTPAsk(method, path, body: method.hasPrefix("P") ? "" : nil))
                let isAllowed = allowed.split(separator: ", ").contains(method[...])
                #expect((reply.status == 405) != isAllowed, "\(method) \(path)")
                if !isAllowed { #expect(reply["Allow"] == allowed && (method == "HEAD" || reply.isProblem(405, "use \(allowed)"))) }
            }
            let preflight = try rig.send(HTTPAsk("OPTIONS", path, headers: [("Origin", "https://app.example")]))
            #expect(preflight.status == 204 && preflight["Allow"] == allowed)
            // No page may read the metrics.
            let isForPages = path != "/metrics"
            #expect(preflight["Access-Control-Allow-Methods"] == (isForPages ? allowed : nil))
            #expect(preflight["Access-Control-Allow-Headers"] == (isForPages ? "Content-Type, Authorization" : nil))
            #expect(preflight["Access-Control-Max-Age"] == (isForPages ? "600" : nil))
        }
    }

    @Test func whoAsksForWhatIsNotThereIsToldWhatIs() throws {
        let reply = try APIRig().send(HTTPAsk("GET", "/nothing"))
        #expect(
            reply.isProblem(
                404,
                "no such resource; see /rendezvous/code, /rendezvous/redeem, /ws, /rendezvous/ice, /rendezvous/server, /healthz and /readyz"
            ))
    }

    // MARK: - Health

    @Test func aServerThatIsStartingIsHealthyAndNotReady() throws {
        let rig = APIRig()
        rig.signaling.phase.value = .starting
        for (phase, ready) in [
            (ServerPhase.Value.starting, "starting"), (.ready, nil), (.handingOver, nil), (.draining, "shutting down"),
        ] {
            rig.signaling.phase.value = phase
            let healthy = try rig.send(HTTPAsk("GET", "/healthz"))
            #expect(healthy.status == 200 && healthy.body == #"{"ok":true}"# && healthy["Content-Type"] == "application/json")
            let reply = try rig.send(HTTPAsk("GET", "/readyz"))
            #expect(reply.values("Cache-Control") == ["no-store"])
            if let ready {
                #expect(reply.isProblem(503, "the server is \(ready)") && reply["Retry-After"] == "1")
            } else {
                #expect(reply.status == 200 && reply.body == #"{"ready":true}"#)
            }
        }
    }

    // MARK: - The metrics page's place

    @Test func theMetricsPageIsWhereItIsPut() throws {
        let rig = APIRig { $0.metricsRoute = "/internal/numbers" }
        let page = try rig.send(HTTPAsk("GET", "/internal/numbers"))
        #expect(page.status == 200 && page["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8" && page["Cache-Control"] == nil)
        #expect(page.body.hasPrefix("# HELP "))
        let head = try rig.send(HTTPAsk("HEAD", "/internal/numbers"))
        #expect(head.status == 200 && head.body == "" && head["Content-Length"].flatMap { Int($0) } ?? 0 > 1000)
        #expect(try rig.send(HTTPAsk("GET", "/metrics")).status == 404)
        // Its label does not tell where it is.
        #expect(rig.count("/metrics", .ok) == 2 && rig.count("/internal/numbers", .ok) == nil && rig.count("other", .notFound) == 1)
    }

    @Test func theMetricsPageCanBeOff() throws {
        let rig = APIRig { $0.metricsRoute = nil }
        #expect(try rig.send(HTTPAsk("GET", "/metrics")).isProblem(404, "no such resource"))
        #expect(rig.count("other", .notFound) == 1)
    }

    @Test func theMetricsPageCannotHideARoute() throws {
        let rig = APIRig { $0.metricsRoute = "/healthz" }
        #expect(try rig.send(HTTPAsk("GET", "/healthz")).body == #"{"ok":true}"#)
    }

    // MARK: - Labels

    @Test(arguments: [true, false])
    func labelsAreTheSameWhateverIsServed(demo: Bool) throws {
        let page = StaticFile(path: "/", name: "index.html", audience: .ownPage, body: ByteBuffer(string: "x"))
        let module = StaticFile(path: "/client/a.js", name: "a.js", audience: .anyPage, body: ByteBuffer(string: "y"))
        let rig = APIRig { $0.files = [("client", [module]), ("demo", demo ? [page] : [])] }
        #expect(
            rig.parts.http.routes.labels
                == [
                    "/rendezvous/code", "/rendezvous/redeem", "/ws", "/rendezvous/ice", "/rendezvous/server", "/healthz", "/readyz",
                    "/metrics", "client", "demo", "other",
                ])
        #expect(try rig.send(HTTPAsk("GET", "/")).status == (demo ? 200 : 404))
        #expect(try rig.send(HTTPAsk("GET", "/client/a.js")).body == "y")
        #expect(rig.count(demo ? "demo" : "other", demo ? .ok : .notFound) == 1 && rig.count("client", .ok) == 1)
    }

    @Test func theLogNamesTheRouteAndNotTheTarget() throws {
        let log = LogRecorder()
        let rig = APIRig {
            $0.logger = log.logger
            $0.metricsRoute = "/hidden"
        }
        for ask in [
            HTTPAsk("GET", "/hidden"), HTTPAsk("POST", "/rendezvous/code?secret"), HTTPAsk("GET", "/secret"),
            HTTPAsk("PUT", "/readyz?secret", body: ""),
        ] { _ = try rig.send(ask) }
        let lines = log.lines("request")
        #expect(lines.map { $0.metadata["route"] } == ["/metrics", "/rendezvous/code", "other", "/readyz"])
        #expect(lines.map { $0.metadata["status"] } == ["200", "200", "404", "405"])
        #expect(lines.map { $0.metadata["method"] } == ["GET", "POST", "GET", "PUT"])
        #expect(!log.text.contains("secret") && !log.text.contains("hidden"))
    }
}
