import ICECore
import Testing

@testable import ServerConfiguration

/// What is said of ICE servers that are none, and of settings that contradict each other. Nothing secret is.
@Suite struct ICESettingsTests {
    @Test(arguments: [
        ("stun://a", "URL 1 has slashes"), ("stun:a,turn:u:secret@b", "URL 2 names a user"),
        (#"[{"urls":"turn:a","username":"u","credential":"secret"},{"urls":"b:"}]"#, "server 2 has a URL that does not begin with"),
        (#"[{"urls":"turn:a","credential":"secret""#, "the list is not JSON"),
        (#"[{"urls":"turn:a","credential":"secret"}]"#, "server 1 has a credential, and no username"),
    ])
    func whatIsNoListIsExplained(text: String, reason: String) throws {
        let line = try #require(refusal(environment: ["ICE_SERVERS": text]))
        #expect(line.contains(reason) && line.hasPrefix("ICE_SERVERS=") && !line.contains("secret"), "\(line)")
    }

    @Test(arguments: [
        ("stun:a", "URL 1 is of a STUN server"), ("turn:a,turn:b?transport=sctp", "URL 2 has a query"),
        ("turn:u:secret@a", "URL 1 names a user"),
        ("turn:a,,", "URL 2 does not begin"),
    ])
    func whatIsNoTURNServerIsExplained(text: String, reason: String) throws {
        let line = try #require(refusal(environment: ["TURN_URLS": text, "TURN_SECRET": "s"]))
        #expect(line.contains(reason) && line.hasPrefix("TURN_URLS=") && !line.contains("secret@"), "\(line)")
    }

    @Test(arguments: [
        "ftp://a", "a.example", "https://", "https://u:secret@a.example/", "https://a.example/#secret", "https://a b", "https://a:0/",
        "https://a/\u{e4}",
        "https://a?key=secret ",
    ])
    func whatIsNoEndpointIsRefused(text: String) throws {
        let line = try #require(refusal(environment: ["ICE_SERVERS_URL": text]))
        #expect(line.contains("must be an http:// or https:// URL"))
        #expect(!line.contains("secret"), "\(line)")
    }

    @Test(arguments: [" x", "x ", "x\ny", "\u{e4}", String(repeating: "x", count: 1025)])
    func whatIsNoSecretIsRefusedUnseen(text: String) {
        for name in ["TURN_SECRET", "ICE_SERVERS_AUTHORIZATION"] {
            let line = refusal(environment: [name: text])
            #expect(line == "\(name)=<hidden> (environment): must be 1 to 1024 printable ASCII characters, without blanks at its ends")
        }
    }

    @Test(
        arguments: [
            (
                ["TURN_URLS": "turn:a"],
                "TURN_URLS=turn:a (environment): must be set together with TURN_SECRET or TURN_SECRET_FILE, which are not set"
            ),
            (["TURN_SECRET": "s"], "TURN_SECRET=<hidden> (environment): must be set together with TURN_URLS, which is not set"),
            (["TURN_SECRET_FILE": "/s"], "TURN_SECRET_FILE=/s (environment): must be set together with TURN_URLS, which is not set"),
            (
                ["TURN_URLS": "turn:a", "TURN_SECRET": "s", "TURN_SECRET_FILE": "/s"],
                "TURN_SECRET_FILE=/s (environment): must not be set together with TURN_SECRET, which is <hidden> (environment)"
            ),
            (
                ["ICE_SERVERS": "stun:a,turn:b"],
                #"ICE_SERVERS=[{"urls":["stun:a"]},{"urls":["turn:b"]}] (environment): turn:b needs a username and a credential, "#
                    + "or TURN_SECRET to make some with"
            ),
            (
                ["ICE_SERVERS_AUTHORIZATION": "Bearer x"],
                "ICE_SERVERS_AUTHORIZATION=<hidden> (environment): must be set together with ICE_SERVERS_URL, which is not set"
            ),
        ] as [([String: String], String)])
    func whatContradictsItselfIsRefused(environment: [String: String], line: String) { #expect(refusal(environment: environment) == line) }

    @Test func turnURLsWithoutCredentialsGetThemFromTheSecret() throws {
        let loaded = try SettingsLoader.load(flags: [:], environment: ["ICE_SERVERS": "stun:a,turn:b", "TURN_SECRET": "s"], file: nil)
        #expect(loaded.settings.iceServers?.withoutCredentials.map(\.text) == ["turn:b"])
        #expect(loaded["TURN_SECRET"]?.value == "<hidden>")
    }

    @Test func tooManyTURNServersAreRefused() {
        let urls = Array(repeating: "turn:a", count: 33).joined(separator: ",")
        #expect(refusal(environment: ["TURN_URLS": urls, "TURN_SECRET": "s"])?.hasSuffix("must be 32 URLs at the most") == true)
    }
}
