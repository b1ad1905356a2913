import ByteStreams
import HTTPServer
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// Requests that a store has to confirm.
@Suite struct ReplyInLineTests {
    private let journal = Journal()
    private let rig: APIRig

    init() {
        let journal = self.journal
        self.rig = APIRig { $0.journal = journal }
    }

    @Test func aCodeIsToldWhenItIsStored() throws {
        let stream = self.post("/rendezvous/code")
        #expect(self.text(stream).isEmpty)
        self.write()
        #expect(self.text(stream).hasPrefix("HTTP/1.1 200 "))
    }

    @Test func requestsBehindItWait() {
        let stream = self.post("/rendezvous/code")
        stream.receive(ByteBuffer(string: HTTPAsk("GET", "/healthz").text))
        #expect(self.text(stream).isEmpty)
        self.write()
        while stream.canRead { stream.read() }
        let text = self.text(stream)
        #expect(text.contains(#""code":""#) && text.hasSuffix(#"{"ok":true}"#))
    }

    @Test func aStoreThatDoesNotReplyIsGivenUp() throws {
        let stream = self.post("/rendezvous/code")
        self.rig.advance(by: .milliseconds(2_900))
        #expect(self.text(stream).isEmpty)
        self.rig.advance(by: .milliseconds(200))
        let text = self.text(stream)
        #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("Retry-After: 5\r\n") && text.contains("cannot store"))
        // When it replies after all, nobody has the code.
        self.write()
        #expect(self.live == 0)
    }

    @Test func aCodeThatWasNotToldInTimeCanBeRedeemedLater() throws {
        let code = try self.mint()
        let stream = self.redeem(code)
        self.rig.advance(by: .milliseconds(3_100))
        #expect(self.text(stream).hasPrefix("HTTP/1.1 503 "))
        self.write()
        let second = self.redeem(code)
        self.write()
        #expect(self.text(second).hasPrefix("HTTP/1.1 200 "))
    }

    @Test func whoLeavesHasNoCode() {
        let stream = self.post("/rendezvous/code")
        stream.end(.reset)
        self.write()
        #expect(self.live == 0)
    }

    @Test func whatCannotBeStoredIsRefusedAndReadyzSaysSo() throws {
        let code = try self.mint()
        let streams = [self.post("/rendezvous/code"), self.redeem(code)]
        self.fail()
        for stream in streams { #expect(self.text(stream).hasPrefix("HTTP/1.1 503 ")) }
        // At once, from then on.
        #expect(try self.rig.mint().status == 503)
        #expect(try self.rig.send(HTTPAsk("GET", "/readyz")).status == 503)
        #expect(try self.rig.send(HTTPAsk("GET", "/healthz")).status == 200)
        #expect(self.journal.recovered())
        #expect(try self.rig.send(HTTPAsk("GET", "/readyz")).status == 200)
        let again = self.redeem(code)
        self.write()
        #expect(self.text(again).hasPrefix("HTTP/1.1 200 "))
    }

    @Test func theMetricsTellOfTheStore() throws {
        _ = try self.mint()
        let page = self.rig.text(HTTPAsk("GET", "/metrics"))
        #expect(page.contains(#"nt_store_operations_total{operation="mint",result="ok"} 1"#))
        #expect(page.contains(#"nt_store_seconds_count{operation="mint"} 1"#))
        #expect(page.contains("nt_store_pending 0"))
        #expect(!APIRig().text(HTTPAsk("GET", "/metrics")).contains("nt_store_operations"))
    }

    // MARK: -

    private var live: Int { self.rig.signaling.codes.gauges(now: self.rig.clock.now)?.live ?? -1 }

    private func post(_ path: String, body: String? = nil) -> MemoryStream {
        let stream = self.rig.connect()
        stream.receive(ByteBuffer(string: HTTPAsk("POST", path, headers: [("Content-Type", "application/json")], body: body).text))
        return stream
    }

    private func redeem(_ code: String) -> MemoryStream { self.post("/rendezvous/redeem", body: #"{"code":"\#(code)"}"#) }

    private func mint() throws -> String {
        let stream = self.post("/rendezvous/code")
        self.write()
        return try #require(self.text(stream).firstMatch(of: #/"code":"(\d+)"/#)).output.1.description
    }

    private func text(_ stream: MemoryStream) -> String { String(buffer: stream.takeSent()) }

    private func write() {
        _ = self.journal.takeBatch(most: .max)
        self.journal.written(now: self.rig.clock.now)
        self.rig.advance(by: .milliseconds(1))
    }

    private func fail() {
        _ = self.journal.takeBatch(most: 1)
        self.journal.failed(now: self.rig.clock.now)
        self.rig.advance(by: .milliseconds(1))
    }
}
