#if os(Linux)
import Glibc
import NIOCore
import ServerApp
import SignalingTestKit
import Testing

/// What a service manager is told (Type=notify).
@Suite struct ServiceManagerTests {
    @Test(
        .enabled(if: ServerBinary.path != nil, "the program is not built beside the tests"), arguments: [false, true])
    func itIsToldOfTheStartReloadsAndTheEnd(isAbstract: Bool) async throws {
        let manager = try FakeManager(isAbstract: isAbstract)
        let environment = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000", "SHUTDOWN_GRACE": "20s"]
        try await ServerBinary.serve(environment) { process, address async throws in
            try await eventually("it is ready") { manager.notices.contains("READY=1") }
            try await eventually("there is a status") { manager.lines.contains { $0.hasPrefix("STATUS=") } }
            try await eventually("it is alive, again and again") { manager.lines.filter { $0 == "WATCHDOG=1" }.count > 2 }
            // It has accepted since then.
            let a = try await WebSocketClient.open(on: .connect(to: address), room: randomRoom(), side: "A")
            let before = manager.notices.filter { $0 == "READY=1" }.count
            #expect(before == 1)
            process.signal(SIGHUP)
            try await eventually("it is ready again") { manager.notices.filter { $0 == "READY=1" }.count == 2 }
            let reloading = try #require(manager.notices.firstIndex { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") })
            #expect(try reloading < #require(manager.notices.lastIndex(of: "READY=1")))
            process.signal(SIGTERM)
            try await eventually("it stops") { manager.notices.contains("STOPPING=1") }
            #expect(try await a.nextText().hasPrefix(#"{"type":"going_away""#))
            #expect(try await a.finishClose().closeCode == 1001)
            #expect(try await process.waitForEnd() == 0)
        }
    }

    @Test(
        .enabled(if: ServerBinary.path != nil, "the program is not built beside the tests"),
        arguments: ["/nonexistent/notify", "", "relative", "@", "vsock:2:1234", "/" + String(repeating: "x", count: 200)])
    func withoutAManagerThatListensItServesAsEver(name: String) async throws {
        try await ServerBinary.serve(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"]) { process, address async throws in
            let client = try await SocketClient.connect(to: address)
            #expect(try await client.request(HTTPAsk("GET", "/readyz")).status == 200)
            #expect(!process.output.contains("error"))
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd() == 0)
        }
    }

    /// As long as what serves clients does not take its turn, nothing is sent, however often it would be due.
    @Test func whatHangsIsNotAlive() async throws {
        let fake = try FakeManager()
        let variables = ["NOTIFY_SOCKET": fake.name, "WATCHDOG_USEC": "20000"]
        let manager = try #require(ServiceManager { variables[$0] })
        let (turns, asked) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let task = Task {
            await manager.tellRegularly {
                asked.yield()
                for await _ in gate { break }
            } status: {
                "fine"
            }
        }
        for await _ in turns { break }
        try await Task.sleep(for: .milliseconds(100))
        #expect(fake.notices.isEmpty)
        open.finish()
        try await eventually("it is alive") { fake.lines.contains("WATCHDOG=1") }
        #expect(fake.lines.contains("STATUS=fine"))
        task.cancel()
        await task.value
    }

    @Test func aServerThatTakesOverIsTheMainProcessAndTheOtherSaysNoMore() async throws {
        let (first, second) = (try FakeManager(), try FakeManager())
        try await HandoverFolder.use { folder in
            let old = try await folder.start(manager: ServiceManager { ["NOTIFY_SOCKET": first.name][$0] })
            #expect(first.notices.first == "READY=1")
            let new = try await folder.start(port: old.port, manager: ServiceManager { ["NOTIFY_SOCKET": second.name][$0] })
            #expect(second.notices.first == "MAINPID=\(getpid())\nREADY=1")
            try await old.task.value
            #expect(!first.lines.contains("STOPPING=1"))
            new.task.cancel()
        }
    }
}
#endif
