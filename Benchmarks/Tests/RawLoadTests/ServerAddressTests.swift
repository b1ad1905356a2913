import RawLoad
import Testing

@Suite struct ServerAddressTests {
    @Test(
        arguments: [
            ("http://127.0.0.1:1234", "127.0.0.1:1234", true), ("ws://localhost:80/", "127.0.0.1:80", true),
            ("http://10.1.2.3", "10.1.2.3:80", false),
        ]) func addressesAreRead(url: String, address: String, isLoopback: Bool) throws
    {
        let server = try #require(ServerAddress(url: url))
        #expect("\(server)" == address)
        #expect(server.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", "127.0.0.1:80", "https://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:70000", "http://1:2:3", "http://x:1",
    ])
    func othersAreNot(url: String) { #expect(ServerAddress(url: url) == nil) }
}
