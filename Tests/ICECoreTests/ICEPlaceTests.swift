import ICECore
import Testing

@Suite struct ICEPlaceTests {
    @Test(
        arguments: [
            ("stun:a.example", "a.example", 3478, .udp), ("stun:a.example:19302", "a.example", 19302, .udp),
            ("stuns:a.example", "a.example", 5349, .tls), ("turn:a.example", "a.example", 3478, .udp),
            ("turn:192.0.2.1:80?transport=tcp", "192.0.2.1", 80, .tcp), ("turn:a.example?transport=udp", "a.example", 3478, .udp),
            ("turns:a.example:443?transport=tcp", "a.example", 443, .tls), ("turns:a.example", "a.example", 5349, .tls),
            ("turns:a.example?transport=udp", "a.example", 5349, .dtls), ("turn:[2001:db8::1]", "2001:db8::1", 3478, .udp),
            ("TURN:[2001:db8::1]:3479?transport=tcp", "2001:db8::1", 3479, .tcp),
        ] as [(String, String, Int, ICEURL.Transport)])
    func aURLSaysWhereAndOverWhat(text: String, host: String, port: Int, transport: ICEURL.Transport) throws {
        let place = try ICEURL(text).place
        #expect(place.host == host && place.port == port && place.transport == transport)
    }
}
