import Testing

@testable import ServerConfiguration

/// What says who may, and what it needs.
@Suite struct AccessSettingsTests {
    @Test(arguments: [
        (["AUTH": "key"], "AUTH=key (environment): needs API_KEYS_FILE for key"),
        (["AUTH": "jwt", "AUTH_JWT_ISSUER": "x"], "AUTH=jwt (environment): needs AUTH_JWT_SECRET_FILE or AUTH_JWKS for jwt"),
        (["AUTH": "webhook"], "AUTH=webhook (environment): needs AUTH_WEBHOOK_URL for webhook"),
        (["API_KEYS_FILE": "k"], "API_KEYS_FILE=k (environment): has no effect unless AUTH has key; AUTH is off (default)"),
        (
            ["AUTH": "key", "API_KEYS_FILE": "k", "AUTH_JWKS": "j"],
            "AUTH_JWKS=j (environment): has no effect unless AUTH has jwt; AUTH is key (environment)"
        ), (["AUTH_REDEEM": "true"], "AUTH_REDEEM=true (environment): has no effect while AUTH is off"),
        (
            ["AUTH": "key", "API_KEYS_FILE": "k", "ROOMS": "any"],
            "ROOMS=any (environment): must be minted while AUTH is on, or whoever has no code opens a room without one"
        ),
    ])
    func whatDoesNotFitIsNamed(environment: [String: String], line: String) { #expect(refusal(environment: environment) == line) }

    @Test(arguments: [
        ([:], "any"), (["AUTH": "off"], "any"), (["AUTH": "webhook", "AUTH_WEBHOOK_URL": "https://a.example"], "minted"),
        (["ROOMS": "minted"], "minted"),
    ])
    func roomsAreOfCodesWhereSomebodyIsAsked(environment: [String: String], rooms: String) throws {
        #expect(try SettingsLoader.load(flags: [:], environment: environment, file: nil)["ROOMS"]?.value == rooms)
    }

    @Test(arguments: ["key,", ",key", "key,key", "key,off", "key jwt", "keys", "none"])
    func whatIsNoListOfMethodsIsRefused(text: String) { #expect(refusal(environment: ["AUTH": text])?.hasPrefix("AUTH=") == true) }

    @Test(arguments: [
        "example.org", "ftp://example.org", "https://", "https:///path", "https://user@example.org/", "https://user:pass@example.org/",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org/#x", "https://exa mple.org/",
        "https://example.org/\u{e4}",
        "https://[::1/", "https://10.0.0.256/",
    ])
    func whatIsNoURLIsRefused(text: String) { #expect(ServiceURL(text) == nil) }

    @Test func aURLIsKeptAsItWasAndShownWithoutItsQuery() throws {
        let url = try #require(ServiceURL("https://Example.org:8443/a/b?key=secret&x"))
        #expect(url.text == "https://Example.org:8443/a/b?key=secret&x" && url.shown == "https://Example.org:8443/a/b?***")
        #expect(url.host == "Example.org" && url.isEncrypted)
        #expect(try #require(ServiceURL("http://[::1]?x")).host == "::1")
        // Also where it is refused.
        #expect(refusal(environment: ["AUTH_WEBHOOK_URL": "htp://a.example/?secret"])?.contains("secret") == false)
    }
}
