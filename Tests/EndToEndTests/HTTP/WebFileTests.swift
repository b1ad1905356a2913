import Foundation
import HTTPServer
import MetricsCore
import NIOCore
import ServerApp
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import Testing

/// The files that are built into the server, on real sockets. That each is the one in the repository is held by test_web_files.py.
@Suite struct WebFileTests {
    private static let module = "/client/signaling.js"

    @Test func theClientIsServedWhateverElseIs() async throws {
        for demo in [true, false] {
            try await withServer {
                $0.demo = demo
                $0.dev = demo
            } _: { server in
                for path in [Self.module, "/client/signaling.d.ts"] {
                    let reply = try await server.get(path, [("Origin", "https://app.example")])
                    #expect(reply.status == 200 && !reply.body.isEmpty && reply["Access-Control-Allow-Origin"] == "*")
                    let tag = try #require(reply["ETag"])
                    #expect(try await server.get(path, [("If-None-Match", tag)]).status == 304)
                }
            }
        }
    }

    /// Tools on pages of any origin read them.
    @Test(arguments: ["openapi.yaml", "asyncapi.yaml"])
    func theInterfaceIsServedWhateverElseIs(name: String) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = try String(contentsOf: root.appending(path: "Web/interface/\(name)"), encoding: .utf8)
        try #require(file.hasPrefix(name.prefix { $0 != "." } + ": 3."))
        for isOpen in [true, false] {
            try await withServer {
                $0.demo = isOpen
                $0.dev = isOpen
            } _: { server in
                let path = "/" + name
                let reply = try await server.get(path, [("Origin", "https://app.example")])
                #expect(reply.status == 200 && reply.body == file && reply["Content-Type"] == "application/yaml")
                #expect(reply["Access-Control-Allow-Origin"] == "*" && reply["Cache-Control"] == "no-cache")
                let tag = try #require(reply["ETag"])
                #expect(tag.count == 42 && tag.hasPrefix("\""))
                #expect(try await server.get(path, [("If-None-Match", tag)]).status == 304)
                #expect(server.requests("interface", .ok) == 1 && server.requests("interface", .notModified) == 1)
            }
        }
    }

    /// Scripts import each other by relative addresses, so that who begins at a lasting one stays with them.
    @Test func scriptsHaveLastingAddresses() async throws {
        try await withServer { server in
            let manifest = try await server.get("/client/manifest.json")
            #expect(manifest.status == 200 && manifest["Content-Type"] == "application/json" && manifest["Cache-Control"] == "no-cache")
            let urls = manifest.body.split(separator: "\"").filter { $0.hasPrefix("/client/") }.map(String.init)
            let scripts = urls.filter { $0.hasSuffix(".js") }
            #expect(scripts.contains { $0.hasSuffix("/signaling.js") } && urls.contains("/client/signaling.d.ts"))
            for url in scripts {
                let parts = url.split(separator: "/")
                #expect(parts.count == 3 && parts[1].count == 16)
                let (lasting, named) = (try await server.get(url), try await server.get("/client/\(parts[2])"))
                #expect(lasting.status == 200 && lasting.body == named.body && lasting["ETag"] == named["ETag"])
                #expect(lasting["Cache-Control"] == "public, max-age=31536000, immutable" && named["Cache-Control"] == "no-cache")
                #expect(lasting["Access-Control-Allow-Origin"] == "*" && lasting["Content-Type"] == named["Content-Type"])
            }
            #expect(try await server.get("/client/0000000000000000/signaling.js").isProblem(404))
        }
    }

    @Test func thePageIsThereIfItIsOn() async throws {
        try await withServer { server in
            let page = try await server.get("/")
            #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8")
            #expect(page["Content-Security-Policy"]?.hasPrefix("default-src 'none'; ") == true)
            #expect(try await server.get("/demo/index.html")["Location"] == "../")
            #expect(try await server.get("/demo/none.js").isProblem(404))
            // What it refers to is there.
            let paths = page.body.split(separator: "\"").filter { $0.hasPrefix("./demo/") }.map { $0.dropFirst() }
            #expect(!paths.isEmpty)
            for path in paths { #expect(try await server.get(String(path)).status == 200, "\(path)") }
            let port = server.address.port ?? 0
            #expect(server.log.lines("listening").first?.metadata["open"] == "http://127.0.0.1:\(port)/")
        }
        try await withServer {
            $0.demo = false
        } _: { server async throws in
            for path in ["/", "/demo/index.html", "/demo/app.js"] { #expect(try await server.get(path).isProblem(404)) }
            #expect(server.log.lines("listening").first?.metadata["open"] == nil)
        }
    }

    /// Where a server listens on this machine alone, there is no other address of it.
    @Test func thePageIsToldOfOtherAddresses() async throws {
        try await withServer { server in
            let reply = try await server.get("/demo/settings.json", [("Origin", "https://app.example")])
            #expect(reply.status == 200 && reply["Content-Type"] == "application/json" && reply.body == #"{"addresses":[]}"#)
            #expect(reply["Access-Control-Allow-Origin"] == nil)
        }
        try await withServer {
            $0.demo = false
        } _: { server async throws in
            #expect(try await server.get("/demo/settings.json").isProblem(404))
        }
    }

    @Test func addressesAreThoseThatOtherDevicesReach() {
        let devices = [
            ("lo", "127.0.0.1"), ("eth0", "192.168.1.20"), ("eth0", "fe80::1"), ("wlan0", "10.0.0.7"), ("wlan0", "169.254.3.4"),
            ("docker0", "172.17.0.1"), ("br-0af1", "172.18.0.1"), ("tun0", ""), ("eth1", "192.168.1.20"), ("eth2", "2001:db8::1"),
        ]
        #expect(PageSettings.urls(of: devices, port: 1234) == ["http://192.168.1.20:1234/", "http://10.0.0.7:1234/"])
        let many = (0..<300).map { ("eth\($0)", "10.1.\($0 / 250).\($0 % 250 + 1)") }
        #expect(PageSettings.urls(of: many, port: 80).count == 8)
    }

    @Test func longAnswersFollowEachOther() async throws {
        try await withServer { server in
            let whole = try await server.get(Self.module)
            let client = try await server.connect()
            // All at once, as a client that pipelines.
            let asks = [
                HTTPAsk("GET", Self.module), HTTPAsk("HEAD", Self.module), HTTPAsk("GET", "/healthz"), HTTPAsk("GET", Self.module),
                HTTPAsk("GET", Self.module, headers: [("If-None-Match", "*")]), HTTPAsk("GET", Self.module),
            ]
            try await client.send(asks.map(\.text).joined())
            for (ask, status) in zip(asks, [200, 200, 200, 200, 304, 200]) {
                let reply = try await client.reply(to: ask.method)
                #expect(reply.status == status)
                if ask.target == Self.module, ask.method == "GET", status == 200 { #expect(reply.body == whole.body) }
            }
        }
    }

    @Test func oldHTTPGetsItWholeToo() async throws {
        try await withServer { server in
            let whole = try await server.get(Self.module)
            let client = try await server.connect()
            try await client.send("GET \(Self.module) HTTP/1.0\r\n\r\n")
            let reply = try await client.reply()
            #expect(reply.status == 200 && reply.body == whole.body && reply["Connection"] == "close")
            #expect(try await client.readToEnd().readableBytes == 0)
        }
    }

    /// It begins to read when all is written that the system takes; what was left follows, also where the connection then ends, and to a
    /// client that has said it will ask for nothing more.
    @Test func aSlowReaderGetsItWhole() async throws {
        try await withServer { server in
            let path = "/client/verified.js"
            let whole = try await server.get(path)
            // More than the sockets hold, and little enough that the server answers all of it before anything is read.
            let count = 250_000 / whole.body.utf8.count
            try #require(count > 1)
            var options = SocketClient.Options()
            options.receiveBuffer = 4096
            options.reads = false
            for (last, endsSending) in [(false, false), (true, false), (false, true)] {
                let client = try await server.connect(options: options)
                let before = server.requests("client", .ok)
                let ask = HTTPAsk("GET", path, headers: last ? [("Connection", "close")] : [])
                try await client.send(String(repeating: HTTPAsk("GET", path).text, count: count - 1) + ask.text)
                if endsSending { try await client.endSending() }
                try await eventually("it is answered") { server.requests("client", .ok) == before + count }
                try await client.startReading()
                for _ in 0..<count { #expect(try await client.reply().body == whole.body) }
            }
        }
    }
}
