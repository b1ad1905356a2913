import Testing

@testable import ICECore

/// Where a URL leads, with what the RFCs say of one that leaves something out.
@Suite struct ICEURLPlaceTests {
    @Test(
        arguments: [
            ("stun:a.example", "a.example", 3478, .udp), ("stun:10.0.0.1:99", "10.0.0.1", 99, .udp), ("stuns:a", "a", 5349, .tls),
            ("turn:[2001:db8::1]", "2001:db8::1", 3478, .udp), ("turn:[::1]:5?transport=tcp", "::1", 5, .tcp),
            ("turns:a?transport=tcp", "a", 5349, .tls), ("turns:a:443?transport=udp", "a", 443, .dtls),
            ("turn:a?transport=udp", "a", 3478, .udp), ("stun:a.example:19302", "a.example", 19302, .udp), ("turn:a", "a", 3478, .udp),
            ("turn:192.0.2.1:80?transport=tcp", "192.0.2.1", 80, .tcp), ("turns:a:443?transport=tcp", "a", 443, .tls),
            ("turns:a", "a", 5349, .tls), ("turns:a?transport=udp", "a", 5349, .dtls),
            ("TURN:[2001:db8::1]:3479?transport=tcp", "2001:db8::1", 3479, .tcp),
        ] as [(String, String, Int, ICEURL.Transport)])
    func itsPlaceIsRead(text: String, host: String, port: Int, transport: ICEURL.Transport) throws {
        #expect(try ICEURL(text).place == .init(host: host, port: port, transport: transport))
    }
}
