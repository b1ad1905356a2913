import HTTPServer
import ServerConfiguration
import SignalingTestKit
import Testing

/// BASE_PATH: everything is there below it too.
@Suite struct BasePathTests {
    @Test func everythingIsThereAtBothPlaces() async throws {
        try await withServer {
            $0.demo = true
            $0.basePath = "/apps/signal"
        } _: { server in
            for path in ["/healthz", "/readyz", "/metrics", "/", "/demo/app.js", "/client/signaling.js", "/demo/settings.json"] {
                for place in [path, "/apps/signal" + path] { #expect(try await server.get(place).status == 200, "\(place)") }
            }
            #expect(try await server.request(HTTPAsk("POST", "/apps/signal/rendezvous/code")).status == 200)
            let socket = try await server.connect()
            let upgrade = HTTPAsk("GET", "/apps/signal/ws?appID=\(randomRoom())&side=A", headers: WebSocketClient.upgradeHeaders)
            #expect(try await socket.request(upgrade).status == 101)
            #expect(server.requests("/ws", .switchingProtocols) == 1)
            let twice = "/apps/signal/apps/signal/healthz"
            for path in ["/apps/signal/nothing", "/apps/signals/healthz", "/apps/healthz", "/apps/signalhealthz", twice] {
                #expect(try await server.get(path).status == 404, "\(path)")
            }
        }
    }

    /// By addresses that hold whatever a proxy has taken off the path.
    @Test func thePageIsLedTo() async throws {
        try await withServer {
            $0.demo = true
            $0.basePath = "/apps/signal"
        } _: { server in
            for (path, target) in [("/apps/signal", "signal/"), ("/demo/index.html", "../"), ("/apps/signal/demo/index.html", "../")] {
                let reply = try await server.get(path)
                #expect(reply.status == 308 && reply["Location"] == target, "\(path)")
            }
        }
    }

    /// The page names nothing by an address that begins at the root.
    @Test func thePageSaysNoRootAddress() async throws {
        try await withServer {
            $0.demo = true
        } _: { server in
            let page = try await server.get("/").body
            #expect(page.contains(#""./demo/app.js""#) && !page.contains(#""/demo/"#) && !page.contains(#""/client/"#))
            let manifest = try await server.get("/demo/manifest.webmanifest").body
            #expect(manifest.contains(#""start_url": "../""#) && !manifest.contains(#": "/"#))
        }
    }
}
