import NetworkAddresses
import Testing

@testable import ServerConfiguration

@Suite struct ValueSyntaxTests {
    @Test(arguments: [
        ("0", 0), ("0s", 0), ("1ns", 1), ("1us", 1000), ("1µs", 1000), ("1μs", 1000), ("500ms", 500_000_000), ("1.5s", 1_500_000_000),
        (".5s", 500_000_000), ("2.s", 2_000_000_000), ("10m", 600_000_000_000), ("1h30m", 5_400_000_000_000), ("30m1h", 5_400_000_000_000),
        ("1h1m1s1ms1us1ns", 3_661_001_001_001), ("0.0000000000001h", 0), ("0.000000001s", 1), ("2562047h", 9_223_369_200_000_000_000),
        ("9223372036854775807ns", Int64.max), ("0.3333333333333333333h", 1_199_999_999_999),
    ]) func durationsAreReadAsInGo(_ text: String, _ nanoseconds: Int64) {
        #expect(GoDuration.parse(text) == .nanoseconds(nanoseconds))
    }

    @Test(arguments: [
        "", "5", "00", "s", ".s", "1", "-1s", "+1s", "1 s", " 1s", "1s ", "1d", "1S", "1h30", "1,5s", "1..5s", "1.5.5s", "٥s", "1e3s",
        "1s\0",
        "2562048h", "9223372036854775808ns", "99999999999999999999s", "999999999999999999999999999999999999999999h",
        "9223372036854775807ns1ns",
    ]) func whatIsNoDurationIsRefused(_ text: String) {
        #expect(GoDuration.parse(text) == nil)
    }

    @Test(arguments: [
        "0s", "1ns", "999ns", "1µs", "1.5µs", "1.001ms", "500ms", "1s", "1.5s", "59.999999999s", "1m", "1m30s", "1h", "1h30m", "1h5s",
        "24h", "100h0.25s",
    ]) func durationsArePrintedShortAndReadBack(_ text: String) throws {
        let duration = try #require(GoDuration.parse(text))
        let printed = GoDuration.text(duration)
        #expect(printed == text)
        #expect(GoDuration.parse(printed) == duration)
    }

    @Test(arguments: [("true", true), ("TRUE", true), ("1", true), ("false", false), ("False", false), ("0", false)])
    func booleans(_ text: String, _ value: Bool) throws {
        #expect(try SettingsLoader.load(flags: [:], environment: ["DEV": text], file: nil).settings.dev == value)
    }

    @Test(arguments: [
        "app.example.org", "app.example.org:8443", "localhost", "10.0.0.1", "10.0.0.1:1", "[::1]", "[::1]:65535", "my_host:80",
    ]) func hostsThatAreTaken(_ text: String) throws {
        #expect(try SettingsLoader.load(flags: [:], environment: ["ALLOWED_HOSTS": text], file: nil).settings.allowedHosts == [text])
    }

    @Test(arguments: [
        "https://app.example.org", "app.example.org/", "a:", ":80", "a:0", "a:65536", "a:+1", "::1", "[::1", "[zz]", "[10.0.0.1]", "*",
        "a b",
        "10.0.0.256", "a,,b",
    ]) func hostsThatAreRefused(_ text: String) { #expect(refusal(environment: ["ALLOWED_HOSTS": text]) != nil) }

    @Test(arguments: ["127.0.0.1", "localhost:", ":9090", "::1:9090", "[::1]", "a:65536", "http://a:1"])
    func placesWhereNobodyCanListen(_ text: String) { #expect(refusal(environment: ["METRICS_ADDRESS": text]) != nil) }

    @Test(arguments: ["disk", "sqlite", "sqlite://", "sqlite:///", "sqlite:///folder/", "/var/lib/state.db", "Memory", "sqlite:///a\0b"])
    func placesWhereNothingCanBeStored(_ text: String) { #expect(refusal(environment: ["STORE": text]) != nil) }

    @Test func aPathWithoutItsSlashIsExplained() {
        let line = refusal(environment: ["STORE": "sqlite://state.db"])
        #expect(line?.hasSuffix("a path begins with a slash, which makes three of them") == true)
    }

    @Test func theMetricsAreNotServedWhereEverythingElseIs() {
        #expect(
            refusal(environment: ["HOST": "127.0.0.1", "METRICS_ADDRESS": "127.0.0.1:1234"])
                == "METRICS_ADDRESS=127.0.0.1:1234 (environment): must differ from HOST and PORT")
    }

    @Test(arguments: ["*", "https://app.example.org,*", "https://*.example.org", "app.example.org, *"])
    func aStarInTheAllowlistIsExplained(_ text: String) {
        #expect(
            refusal(environment: ["CORS_ORIGINS": text])
                == "CORS_ORIGINS=\(text) (environment): must be origins (https://app.example.org) or host names (app.example.org), "
                + "separated by commas; * would make the list pointless: name each origin, or set DEV=true to allow all")
    }

    @Test(arguments: [
        "http://localhost:3000", "https://app.example.org", "app.example.org", "localhost", "https://192.168.1.5:8443", "192.168.1.5",
        "http://[::1]:8080", "http://[::1]", "http://[::ffff:10.0.0.1]", "capacitor://localhost", "chrome-extension://abcdefghijklmnop",
        "my_host",
    ]) func originsThatAreTaken(_ text: String) throws {
        #expect(try SettingsLoader.load(flags: [:], environment: ["CORS_ORIGINS": text], file: nil).settings.corsOrigins == [text])
    }

    @Test(arguments: [
        "https://", "https://a/", "https://a/b", "https://a b", "://a", "1a://b", "https://a:0", "https://a:65536", "https://a:+80",
        "https://user@a", "a,,b", ",", "-a", "a-", "a..b", ".a", "ä.example", "http://[10.0.0.1]", "http://[zz]", "a:80",
        "http://::1", "http://[]", "http://[::1", "http://[::1%25eth0]", "https://010.0.0.1", "https://10.0.0.256", "https://10.1", "[::1]",
    ]) func originsThatAreRefused(_ text: String) {
        #expect(refusal(environment: ["CORS_ORIGINS": text])?.hasPrefix("CORS_ORIGINS=\(text) (environment): must be origins") == true)
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-0", "10.0.0.0/8/8", "proxy.local", "fe80::1%eth0",
        "10.0.0.1\0", "010.0.0.1", "10.0.0.0/0x8", "10.0.0.0/999999999999999999999", "10.0.0.0/٨", "[::1]", "[::1]/128", ",", "::1,",
        "10.0.0.0 /8",
    ]) func networksThatAreRefused(_ text: String) {
        #expect(refusal(environment: ["TRUSTED_PROXIES": text])?.contains("must be IP addresses or networks") == true)
    }

    @Test func loopbackIsTrustedByDefault() throws {
        let loopback = try ["127.0.0.0/8", "::1/128"].map { try #require(AddressBlock($0)) }
        #expect(try SettingsLoader.load(flags: [:], environment: [:], file: nil).settings.trustedProxies == loopback)
    }

    /// Shown is what is in force, however it was written.
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("FD00:0::1", "fd00::1/128"), ("2001:db8::1/32", "2001:db8::/32"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        (" 10.0.0.0/8 ,\t::/0", "10.0.0.0/8,::/0"), ("", ""),
    ]) func networksThatAreTaken(_ text: String, _ shown: String) throws {
        let loaded = try SettingsLoader.load(flags: ["TRUSTED_PROXIES": text], environment: [:], file: nil)
        #expect(loaded["TRUSTED_PROXIES"]?.value == shown)
        #expect(loaded.settings.trustedProxies == shown.split(separator: ",").compactMap { AddressBlock($0) })
        #expect(try SettingsLoader.load(flags: ["TRUSTED_PROXIES": shown], environment: [:], file: nil).settings == loaded.settings)
    }

    @Test(arguments: [
        ("10.0.0.0/08", "10.0.0.0/08 should be 10.0.0.0/8"),
        ("::1, fd00::/008", "fd00::/008 should be fd00::/8"),
        ("10.0.0.1/00", "10.0.0.1/00 should be 0.0.0.0/0"),
        ("10.0.0.0/33", "10.0.0.0/33 can end in /32 at most"),
        ("2001:db8::/129", "2001:db8::/129 can end in /128 at most"),
        ("::ffff:0:0/90", "::ffff:0:0/90 is wider than all of IPv4, which is 0.0.0.0/0"),
        ("::1,::ffff:10.0.0.0/8", "::ffff:10.0.0.0/8 is wider than all of IPv4, which is 0.0.0.0/0"),
    ]) func aNetworkThatCannotBeMeantIsExplained(_ text: String, _ reason: String) {
        #expect(
            refusal(environment: ["TRUSTED_PROXIES": text])
                == "TRUSTED_PROXIES=\(text) (environment): must be IP addresses or networks (10.0.0.0/8, fd00::/8), separated by commas; "
                + reason)
    }

    @Test(arguments: [
        "metrics", "/healthz", "/readyz", "/rendezvous/code", "/rendezvous/redeem", "/a b", "/m?x", "/m#x", "/%77s", "/\n", "/é",
    ])
    func metricsRoutesThatAreRefused(_ text: String) {
        #expect(refusal(environment: ["METRICS_ROUTE": text])?.contains("must be a path that starts with /") == true)
    }

    @Test(arguments: [
        ("/signal", "/signal"), ("/signal/", "/signal"), ("/a/b-c_d.e~1", "/a/b-c_d.e~1"), ("/", ""), ("", ""), ("/wss", "/wss"),
    ]) func basePathsThatAreTaken(_ text: String, _ path: String) throws {
        #expect(try SettingsLoader.load(flags: ["BASE_PATH": text], environment: [:], file: nil).settings.basePath == path)
    }

    @Test(arguments: [
        "signal", "//signal", "/a//b", "/signal//", "/a b", "/a%20b", "/a?b", "/a#b", "/é", "/..", "/a/../b", "/./a", "/ws", "/client",
        "/demo/x",
        "/rendezvous", "/healthz/", "//",
    ]) func basePathsThatAreRefused(_ text: String) {
        #expect(refusal(flags: ["BASE_PATH": text])?.contains("must be a path as /signal") == true)
    }

    @Test func aPROXYHeaderHasToComeFromSomebodyAndNotFromNodes() {
        #expect(refusal(flags: ["PROXY_PROTOCOL": "true", "TRUSTED_PROXIES": ""])?.contains("TRUSTED_PROXIES, which is empty") == true)
        let node = ["PROXY_PROTOCOL": "true", "STORE": "valkey://host", "NODE_ADDRESS": "http://10.0.0.5:1234"]
        #expect(refusal(flags: node)?.contains("must be false with NODE_ADDRESS") == true)
    }

    @Test func hostNamesAndAddressesAreTaken() throws {
        for host in ["127.0.0.1", "::", "::1", "::ffff:127.0.0.1", "localhost", "a-1.example.org"] {
            #expect(try SettingsLoader.load(flags: [:], environment: ["HOST": host], file: nil).settings.host == host)
        }
        for host in [
            "a b", "1.2.3", "010.0.0.1", "fe80::1%eth0", "::1\0", "10.0.0.0/8", "[::1]", "http://a",
            String(repeating: "a.", count: 127) + "a",
        ] {
            #expect(refusal(environment: ["HOST": host]) != nil)
        }
    }
}
