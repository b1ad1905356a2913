#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension TerminalKind {
    /// What is behind a descriptor, and whether it can show blocks in colours: it is a terminal, not a dumb one, whose locale is UTF-8, and
    /// nobody asked for no colours (https://no-color.org), without which a QR code is as often wrong as right.
    package static func at(_ descriptor: Int32 = STDERR_FILENO) -> TerminalKind {
        guard isatty(descriptor) == 1 else { return .plain }
        var size = winsize()
        let hasSize = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        return self.of(
            columns: hasSize ? Int(size.ws_col) : 80, rows: hasSize ? Int(size.ws_row) : 24,
            variable: { name in getenv(name).map { String(cString: $0) } })
    }

    package static func of(columns: Int, rows: Int, variable: (String) -> String?) -> TerminalKind {
        func set(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let locale = (set("LC_ALL") ?? set("LC_CTYPE") ?? set("LANG") ?? "").lowercased()
        let isUTF8 = locale.contains("utf-8") || locale.contains("utf8")
        guard isUTF8, set("NO_COLOR") == nil, let kind = set("TERM"), kind != "dumb" else { return .plain }
        return .drawing(columns: columns, rows: rows)
    }

    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
