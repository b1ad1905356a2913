import Testing

@testable import ServerConfiguration

@Suite struct SettingsFileTests {
    @Test func commentsQuotesAndSpacesComeOff() {
        let text = """
            # The front door
              HOST = localhost   # trailing\r
            PORT="8080" # quoted
            CORS_ORIGINS='https://a.example, b#c'\t

            ROOM_TTL=5m
            METRICS_ROUTE=
            LOG_LEVEL= # nothing yet
            """
        let file = SettingsFile(text: text, path: "f", catalogue: SettingsCatalogue.all)
        #expect(
            file.values == [
                "HOST": "localhost", "PORT": "8080", "CORS_ORIGINS": "https://a.example, b#c", "ROOM_TTL": "5m", "METRICS_ROUTE": "",
                "LOG_LEVEL": "",
            ])
    }

    @Test(arguments: [
        ("PORT=1\nnonsense\n", "2: \"nonsense\" is not NAME=value"),
        ("=5", "1: \"=5\" is not NAME=value"),
        ("\n\n# c\nPROT=1", "4: there is no setting \"PROT\""),
        ("port=1", "1: there is no setting \"port\""),
        ("CONFIG_FILE=x", "1: there is no setting \"CONFIG_FILE\""),
        ("export PORT=1", "1: there is no setting \"export PORT\""),
        ("HOST=\"a", "1: the quotes of HOST are not closed, or text follows them"),
        ("HOST='a' b", "1: the quotes of HOST are not closed, or text follows them"),
        ("PORT=1\r\nPORT=2\r\n", "2: PORT is set a second time"),
    ]) func aLineThatIsNotUnderstoodIsNamed(_ text: String, _ message: String) throws {
        try withFile(text) { path in
            #expect(refusal(file: path) == "\(path):\(message)")
        }
    }

    @Test func eachLineThatIsNotUnderstoodIsNamed() throws {
        // Whether TLS_KEY_FILE was meant by one of them, nobody knows.
        try withFile("nonsense\nPORT=1\nPROT=1\nTLS_CERT_FILE=/x\nHEARTBEAT=soon\n") { path in
            let lines = try #require(refusal(file: path)).split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[0] == "\(path):1: \"nonsense\" is not NAME=value" && lines[1] == "\(path):3: there is no setting \"PROT\"")
            #expect(lines[2].hasPrefix("HEARTBEAT=soon (file \(path)): must be a duration"))
        }
    }

    @Test func ofManyOnlyTheFirstAreNamed() throws {
        let file = SettingsFile(text: String(repeating: "nonsense\n", count: 1000), path: "f", catalogue: SettingsCatalogue.all)
        #expect(file.faults.count == 21 && file.faults.last?.line == "f: 980 more lines are not understood")
    }

    @Test func aBadValueNamesTheFile() throws {
        try withFile("PORT=x") { path in
            #expect(refusal(file: path) == "PORT=x (file \(path)): must be a whole number from 0 to 65535")
        }
    }

    @Test func aFileThatCannotBeReadStopsTheStart() throws {
        #expect(refusal(file: "/nowhere/nt.conf") == "/nowhere/nt.conf: cannot be read: No such file or directory")
        #expect(refusal(environment: ["CONFIG_FILE": "/tmp"]) == "/tmp: cannot be read: Is a directory")
        #expect(refusal(file: "") == ": cannot be read: No such file or directory")
        try withFile([0x50, 0xff, 0x0a]) { path in #expect(refusal(file: path) == "\(path): is not UTF-8 text") }
        try withFile([UInt8](repeating: 0x23, count: 1 << 20 | 1)) { path in
            #expect(refusal(file: path) == "\(path): is larger than 1048576 bytes")
        }
    }
}
