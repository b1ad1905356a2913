import Testing

@testable import ServerConfiguration

/// Somebody who mends settings sees all that is wrong with them at once.
@Suite struct ManyFaultsTests {
    @Test func eachBadValueHasItsLine() throws {
        let environment = ["PORT": "99999", "HEARTBEAT": "soon", "DEV": "maybe"]
        let lines = try #require(refusal(flags: ["CODE_DIGITS": "9"], environment: environment)).split(separator: "\n")
        #expect(
            lines.map { $0.prefix { $0 != ":" } } == [
                "PORT=99999 (environment)", "CODE_DIGITS=9 (flag)", "HEARTBEAT=soon (environment)", "DEV=maybe (environment)",
            ])
    }

    @Test func combinationsAreSaidBesideValues() {
        let environment = ["PORT": "x", "TLS_CERT_FILE": "/c", "AUTH": "key", "TURN_URLS": "turn:a"]
        let faults = SettingsLoader.examine(flags: [:], environment: environment, file: nil).faults
        #expect(faults.map(\.subject) == ["PORT", "TLS_CERT_FILE", "AUTH", "TURN_URLS"])
    }

    /// It would be wrong as often as right, and goes away when the value is mended.
    @Test(arguments: [
        ["TLS_CERT_FILE": "/c", "TLS_KEY_FILE": "\0"], ["AUTH": "keys", "API_KEYS_FILE": "/k"], ["AUTH": "key", "API_KEYS_FILE": "\0"],
        ["TURN_URLS": "turn:a", "TURN_SECRET": " "], ["NODE_ADDRESS": "http://10.0.0.1:1", "STORE": "valky://a"],
        ["CODE_DIGITS": "9", "CODE_DIGITS_MAX": "4"], ["METRICS_ADDRESS": "0.0.0.0:1234", "PORT": "x"],
    ])
    func nothingIsSaidOfWhatARefusedValueWouldNotFit(environment: [String: String]) throws {
        #expect(try #require(refusal(environment: environment)).split(separator: "\n").count == 1)
    }

    @Test func whatIsRightIsThereBesideWhatIsWrong() {
        let examined = SettingsLoader.examine(flags: [:], environment: ["PORT": "x", "HOST": "::1"], file: nil)
        #expect(examined.refused == ["PORT"])
        #expect(examined.loaded.settings.host == "::1" && examined.loaded.settings.port == 1234)
    }
}
