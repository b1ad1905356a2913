import RawLoad
import Testing

@Suite struct HTTPReplyTests {
    private func scan(_ bytes: some Sequence<UInt8>) -> HTTPReply { Array(bytes).withUnsafeBytes { HTTPReply.scan($0) } }

    @Test func anAnswerCutAnywhereNeedsMore() {
        let head = Array("HTTP/1.1 200 OK\r\nDate: x\r\ncOnTeNt-LeNgTh:  16 \r\nCache-Control: no-store\r\n\r\n".utf8)
        let answer = head + Array(#"{"code": "2802"}"#.utf8)
        for cut in 0..<answer.count { #expect(self.scan(answer[..<cut]) == .needMore) }
        #expect(self.scan(answer) == .reply(status: 200, head: head.count, body: 16))
        #expect(self.scan(answer + answer) == .reply(status: 200, head: head.count, body: 16))
    }

    @Test func anAnswerWithoutALengthHasNoBody() {
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
        #expect(self.scan(head.utf8) == .reply(status: 101, head: head.utf8.count, body: 0))
    }

    @Test(
        arguments: [
            "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ]) func whatIsNoAnswerIsMalformed(text: String)
    {
        guard case .malformed = self.scan(text.utf8) else {
            Issue.record("\(text) passed")
            return
        }
    }
}
