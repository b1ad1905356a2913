#if os(Linux)
import Glibc
import NIOCore
import SignalingTestKit
import SignalingWire
import Testing

/// The program itself: signals, exit codes, and what it says when it does not start.
@Suite(.enabled(if: ServerBinary.path != nil, "the program is not built beside the tests"))
struct ProcessTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalStopsItPolitely(signal: Int32) async throws {
        try await ServerBinary.serve(["SHUTDOWN_GRACE": "20s"]) { process, address async throws in
            let a = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            process.signal(signal)
            #expect(try await a.nextText().hasPrefix(#"{"type":"going_away","reconnectAfterMs":"#))
            #expect(try await a.finishClose().closeCode == 1001)
            #expect(try await process.waitForEnd() == 0)
            #expect(process.output.contains("stopped"))
        }
    }

    @Test func theGraceIsTheLongestItTakes() async throws {
        try await ServerBinary.serve(["SHUTDOWN_GRACE": "500ms"]) { process, address async throws in
            let silent = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd() == 0)
            #expect(try await silent.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(try await silent.nextClose().closeCode == 1001)
        }
    }

    @Test func aSecondSignalEndsItAtOnce() async throws {
        try await ServerBinary.serve(["SHUTDOWN_GRACE": "10m"]) { process, address async throws in
            let silent = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            process.signal(SIGTERM)
            #expect(try await silent.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(try await Self.end(process) == 128 + SIGTERM)
            #expect(process.output.contains("second signal"))
        }
    }

    /// As a service manager and a process group send it. Nobody is cut off: all is as after one.
    @Test func aSignalThatComesTwiceIsOne() async throws {
        try await ServerBinary.serve(["SHUTDOWN_GRACE": "20s"]) { process, address async throws in
            let a = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            let b = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            process.signal(SIGTERM)
            try await Task.sleep(for: .milliseconds(20))
            process.signal(SIGTERM)
            for client in [a, b] {
                #expect(try await client.nextText().hasPrefix(#"{"type":"going_away""#))
                #expect(try await client.finishClose().closeCode == 1001)
            }
            #expect(try await process.waitForEnd() == 0)
            #expect(!process.output.contains("second signal"))
        }
    }

    /// The delay is so long that it is never over.
    @Test func duringTheDelayItServesOnAndSaysThatItIsNotReady() async throws {
        try await ServerBinary.serve(["SHUTDOWN_DELAY": "10m", "SHUTDOWN_GRACE": "10m"]) { process, address async throws in
            let room = randomRoom()
            let a = try await WebSocketClient.open(on: .connect(to: address), room: room, side: "A")
            process.signal(SIGTERM)
            try await eventually("it is not ready") {
                try await Self.ask(address, HTTPAsk("GET", "/readyz")).status == 503
            }
            #expect(try await Self.ask(address, HTTPAsk("GET", "/healthz")).status == 200)
            #expect(try await Self.ask(address, HTTPAsk("POST", "/rendezvous/code")).status == 200)
            let b = try await WebSocketClient.open(on: .connect(to: address), room: room, side: "B")
            // None of them was told of an end.
            for client in [a, b] { #expect(try await client.nextText() == roomFull) }
            try await a.send(#"{"type":"offer","sdp":"v=0"}"#)
            #expect(try await b.nextText() == #"{"type":"offer","sdp":"v=0"}"#)
            #expect(try await Self.end(process) == 128 + SIGTERM)
        }
    }

    @Test func afterTheDelayItDrains() async throws {
        try await ServerBinary.serve(["SHUTDOWN_DELAY": "300ms", "SHUTDOWN_GRACE": "20s"]) { process, address async throws in
            let a = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            let start = ContinuousClock.now
            process.signal(SIGTERM)
            #expect(try await a.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(ContinuousClock.now - start >= .milliseconds(300))
            #expect(try await a.finishClose().closeCode == 1001)
            #expect(try await process.waitForEnd() == 0)
        }
    }

    /// Sends the second signal. The first was obeyed a second ago, or the second would be the first once more.
    private static func end(_ process: ChildProcess) async throws -> Int32 {
        try await Task.sleep(for: .milliseconds(1100))
        process.signal(SIGTERM)
        return try await process.waitForEnd()
    }

    private static func ask(_ address: SocketAddress, _ ask: HTTPAsk) async throws -> HTTPReply {
        let client = try await SocketClient.connect(to: address)
        defer { client.close() }
        return try await client.request(ask)
    }

    @Test(arguments: [
        (["TLS_CERT_FILE": "/tmp/x.pem"], "TLS_CERT_FILE=/tmp/x.pem"), (["TLS_KEY_FILE": "/tmp/x.pem"], "TLS_KEY_FILE=/tmp/x.pem"),
        (["TLS_CERT_FILE": "/nonexistent/c", "TLS_KEY_FILE": "/nonexistent/k"], "TLS_CERT_FILE=/nonexistent/c"),
        (["PORT": "70000"], "PORT=70000"), (["HEARTBEAT": "soon"], "HEARTBEAT=soon"), (["CODE_DIGITS": "9"], "CODE_DIGITS=9"),
        (["HANDOVER": "/dev/null"], "HANDOVER=/dev/null"),
    ])
    func whatItCannotDoIsSaidInOneLine(environment: [String: String], named: String) async throws {
        let process = try ServerBinary.start([], environment)
        #expect(try await process.waitForEnd() != 0)
        let lines = process.output.split(separator: "\n")
        #expect(lines.count == 1, "\(process.output)")
        #expect(lines.first?.contains(named) == true)
    }

    /// What they say is refused, which shows that it was read; a flag comes before the environment.
    @Test(
        arguments: [
            (["serve", "--port", "70000"], [:], "PORT=70000 (flag)"),
            (["serve", "--port", "70000"], ["PORT": "80000"], "PORT=70000 (flag)"),
            (["serve", "--config", "/nonexistent/nt.conf"], [:], "/nonexistent/nt.conf: cannot be read"),
            (["serve"], ["CONFIG_FILE": "/nonexistent/nt.conf"], "/nonexistent/nt.conf: cannot be read"),
        ] as [([String], [String: String], String)])
    func flagsAndTheFileReachTheProgram(words: [String], environment: [String: String], named: String) async throws {
        let process = try ServerBinary.start(words, environment)
        #expect(try await process.waitForEnd() != 0)
        #expect(process.output.split(separator: "\n").count == 1)
        #expect(process.output.contains(named), "\(process.output)")
    }

    @Test func theHealthcheckAnswersForTheServer() async throws {
        try await ServerBinary.serve { process, address async throws in
            let settings = ["PORT": "\(address.port ?? 0)"]
            #expect(try await ServerBinary.start(["healthcheck"], settings).waitForEnd() == 0)
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd() == 0)
            #expect(try await ServerBinary.start(["healthcheck"], settings).waitForEnd() != 0)
        }
    }
}
#endif
