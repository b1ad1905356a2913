/// Payloads as browsers make them.
enum BrowserFrames {
    /// Of a candidate, in bytes.
    static let sizes = 32...1_000_000

    private static let session =
        #"v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=extmap-allow-mixed\r\n"#
        + #"a=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:F7gI\r\n"#
        + #"a=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\na=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:"#
        + #"7F:B9:A3:F4:70:03:E7:43:91:73:23:5E\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n"#

    /// An offer or an answer with as many candidates as go in.
    static func description(_ type: String, bytes: Int) -> [UInt8] {
        var text = #"{"type":"\#(type)","sdp":"\#(self.session)"#
        for number in 0... {
            let line =
                #"a=candidate:\#(4_077_567_720 + number) 1 udp 2122260223 192.168.\#(number % 256).\#(2 + number % 200) "#
                + #"\#(50_000 + number) typ host generation 0 network-id 1\r\n"#
            guard text.utf8.count + line.utf8.count <= bytes - 2 else { break }
            text += line
        }
        return Array((self.filled(text, to: bytes - 2) + #""}"#).utf8)
    }

    static func candidate(_ number: Int, bytes: Int) -> [UInt8] {
        let start =
            #"{"type":"ice","candidate":{"candidate":"candidate:\#(4_077_567_720 + number) 1 udp 2122260223 192.168.1.\#(10 + number) "#
            + #"5\#(1000 + number) typ host generation 0 ufrag F7gI","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"F7gI"},"x":""#
        let text = start.utf8.count + 2 <= bytes ? start : #"{"type":"ice","c":""#
        return Array((self.filled(text, to: bytes - 2) + #""}"#).utf8)
    }

    private static func filled(_ text: String, to bytes: Int) -> String {
        text + String(repeating: "a", count: max(0, bytes - text.utf8.count))
    }
}
