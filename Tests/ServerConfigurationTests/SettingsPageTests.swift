import Testing

@testable import ServerConfiguration

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct SettingsPageTests {
    @Test(arguments: SettingsPage.allCases) func theListIsWhatTheRowsSay(_ page: SettingsPage) throws {
        let text = try contents(of: page.rawValue)
        let isCurrent = text.ranges(of: page.text).count == 1
        #expect(isCurrent, "the settings in \(page.rawValue) are not those of SettingsCatalogue: run scripts/generate")
    }

    @Test(arguments: [(Reload.taken, "| taken at once |"), (.replaced, "| another path is taken")])
    func operatorsReadWhatAReloadTakes(_ reload: Reload, row: String) throws {
        let line = try #require(try contents(of: "docs/operations.md").split(separator: "\n").first { $0.hasPrefix(row) })
        let named = line.dropFirst(row.count).split { !$0.isUppercase && $0 != "_" }.filter { $0.count > 2 }.map(String.init)
        #expect(named.sorted() == SettingsCatalogue.all.filter { $0.reload == reload }.map(\.name).sorted())
    }

    @Test func aRowOfTheTableTellsNameDefaultMeaningAndRange() {
        let lines = SettingsPage.configuration.text.split(separator: "\n")
        #expect(lines.contains("| `PORT` | `1234` | Port to listen on; 0 takes any free one. 0 to 65535. |"))
        #expect(lines.contains("| `TLS_KEY_FILE` | empty | Private key (PEM) of TLS_CERT_FILE. |"))
        #expect(
            lines.contains(
                "| `WS_READ_BUF` | `4096` | First size of a socket's read buffer. 512 B to 1 MiB. Older name: `WS_READ_BUFFER`. |"))
    }

    @Test func composePassesTheShellsValueOrTheDefault() {
        let lines = SettingsPage.compose.text.split(separator: "\n").map { $0.drop { $0 == " " } }
        #expect(lines.contains(#"PORT: "${PORT:-1234}""#))
        // Empty says something here, and is passed on.
        #expect(lines.contains(#"METRICS_ROUTE: "${METRICS_ROUTE-/metrics}""#))
        // The default depends on another setting, so the server has to find it.
        #expect(lines.contains(#"DEMO: "${DEMO:-}""#))
    }
}

/// A file of this repository.
private func contents(of name: String) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = try #require(fopen("/\(root)/\(name)", "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte >= 0 { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
}
