import ByteStreams
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Connections that are opened from here, where TLS makes a difference.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ConnectTLSTests {
    @Test func aCertificateForAnotherNameIsRefused() async throws {
        try await ConnectTests.run(.tls) { rig, caller, _ in
            for name in ["elsewhere.invalid", nil] {
                let tls = try await Carrier.tls.clientTLS(serverName: name)
                let refusal = try await caller.refusal(of: caller.call(tls: tls))
                guard case .failed(let text) = refusal.reason else { throw refusal }
                #expect(text.contains("ostname"), "\(text)")
            }
            try await rig.journal.wait("the other side hears of it") { $0.ended == 2 }
        }
    }

    @Test func aCertificateOfSomebodyUnknownIsRefused() async throws {
        try await ConnectTests.run(.tls) { rig, caller, _ in
            let tls = try await Carrier.tls.clientTLS(trustsListener: false)
            let refusal = try await caller.refusal(of: caller.call(tls: tls))
            guard case .failed(let text) = refusal.reason else { throw refusal }
            #expect(text.contains("CERTIFICATE_VERIFY_FAILED"), "\(text)")
            try await rig.journal.wait("the other side hears of it") { $0.ended == 1 }
        }
    }

    @Test func anAddressIsNoNameForTLS() async throws {
        try await ConnectTests.run(.tls) { _, caller, _ in
            let tls = try await Carrier.tls.clientTLS(serverName: "127.0.0.1")
            _ = try await caller.refusal(of: caller.call(tls: tls))
        }
    }

    /// It sends what is no TLS, closes, or says nothing.
    @Test(arguments: ["text", "end", "silence"]) func aServerWithoutTLSIsFoundOut(_ manner: String) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in
                switch manner {
                case "text": driver.send("220 welcome to something else\r\n")
                case "end": driver.stream?.close()
                default: break
                }
            }
        }
        try await ConnectTests.run(.channels, script: script) { rig, caller, _ in
            let tls = try await Carrier.tls.clientTLS()
            let limit: TimeSpan = manner == "silence" ? .milliseconds(200) : .seconds(10)
            let refusal = try await caller.refusal(of: caller.call(within: limit, tls: tls))
            switch refusal.reason {
            case .overLimit: #expect(manner == "silence")
            case .failed: #expect(manner != "silence")
            default: throw refusal
            }
            // At once, without waiting for the other side to agree.
            try await rig.journal.wait("the other side hears of it") { $0.ended == 1 }
        }
    }

    #if os(Linux)
    @Test func aLoopWithoutTLSSaysSo() async throws {
        try await ConnectTests.run(.sockets) { rig, caller, _ in
            let tls = try await Carrier.tls.clientTLS()
            let refusal = try await caller.refusal(of: caller.call(tls: tls))
            guard case .lacksTLS = refusal.reason else { throw refusal }
            #expect("\(refusal)".contains("TLS"))
            #expect(rig.journal.pages.entries.isEmpty)
        }
    }
    #endif

    /// The other side can tell: an end that it was not told of is a failure behind TLS.
    @Test(arguments: [false, true]) func anAbortTellsTheOtherSideNothing(_ aborts: Bool) async throws {
        try await ConnectTests.run(.tls) { rig, caller, tls in
            let driver = try await caller.connect(tls: tls) { $0.onOpened = { $0.send("x") } }
            try await caller.journal.wait("the echo") { $0.text(1) == "x" }
            try await driver.run { driver in
                if aborts { driver.stream?.abort() } else { driver.stream?.close() }
            }
            let pages = try await rig.journal.wait("the end") { $0.hasEnded(1) }
            #expect(pages.events(1).last == .ended(failed: aborts))
        }
    }
}
