import HTTPServer
import Testing

@Suite struct HostPolicyTests {
    private let policy = HostPolicy(allowed: ["app.example.org", "API.example.org:8443", "[::1]:80"])

    @Test(arguments: [
        ("app.example.org", true), ("APP.example.org", true), ("app.example.org:1", true), ("api.example.org:8443", true),
        ("[::1]:80", true),
        // A browser leaves out the port that is usual.
        ("[::1]", true), ("[::1]:81", false),
        ("api.example.org", false), ("api.example.org:443", false), ("evil.example", false),
        ("app.example.org.evil", false),
        ("app.example.org.", false), ("", false), ("127.0.0.1", false), ("localhost", false),
    ])
    func listedHosts(host: String, isAllowed: Bool) {
        #expect(self.policy.allows(host) == isAllowed)
        #expect(HostPolicy().allows(host))
    }

    @Test(arguments: [
        ("127.0.0.1:9090", true), ("localhost", true), ("[fd00::1]:9", true), ("evil.example", false), ("app.example.org", true),
    ])
    func addressesToo(host: String, isAllowed: Bool) {
        #expect(HostPolicy(allowed: ["app.example.org"], addressesToo: true).allows(host) == isAllowed)
    }

    @Test(arguments: [
        ("https://app.example.org", "app.example.org", true, true), ("https://app.example.org", "app.example.org:443", true, true),
        ("https://App.example.org:1234", "app.example.org:1234", true, true), ("http://app.example.org", "app.example.org:80", false, true),
        ("http://app.example.org", "app.example.org", true, false), ("https://app.example.org", "app.example.org", false, false),
        ("https://app.example.org:444", "app.example.org", true, false), ("https://evil.example", "evil.example", true, false),
        ("null", "app.example.org", true, false),
    ])
    func theOwnOriginIsSchemeAndAListedHost(origin: String, host: String, isSecure: Bool, isOwn: Bool) {
        #expect(self.policy.isOwn(origin, host: host, isSecure: isSecure) == isOwn)
    }

    /// A name can be made to lead here by whoever owns it; an address cannot.
    @Test(arguments: [
        ("http://127.0.0.1:1234", "127.0.0.1:1234", true), ("http://localhost:1234", "localhost:1234", true),
        ("http://[::1]:1234", "[::1]:1234", true), ("http://192.168.1.5", "192.168.1.5", true),
        ("http://evil.example", "evil.example", false),
        ("http://evil.example:1234", "evil.example:1234", false), ("http://localhost.evil", "localhost.evil", false),
        ("http://127.0.0.1:1234", "127.0.0.1:4321", false),
    ])
    func withoutAListTheOwnOriginIsAnAddress(origin: String, host: String, isOwn: Bool) {
        #expect(HostPolicy().isOwn(origin, host: host, isSecure: false) == isOwn)
    }
}
