/// Where one server reaches another: `http://10.0.0.5:1234`, or `https://` for TLS.
package struct NodeAddress: Sendable, Hashable {
    package let host: String
    package let port: Int
    package let usesTLS: Bool

    /// Nil for anything else, so also where there is a path.
    package init?(_ text: String) {
        let lower = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else { return nil }
        self.usesTLS = scheme == "https://"
        var rest = Substring(text).dropFirst(scheme.count)
        if rest.last == "/" { rest.removeLast() }
        let host: Substring
        var port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let behind = rest[rest.index(after: end)...]
            guard behind.isEmpty || behind.first == ":", case .v6? = ClientAddress(String(host)) else { return nil }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count == 2 ? parts[1] : nil
            guard host.utf8.allSatisfy(Self.isOfName), !host.isEmpty, host.utf8.count <= 253 else { return nil }
        }
        guard let number = port.map({ $0.utf8.count <= 5 ? Int($0) : nil }) ?? (self.usesTLS ? 443 : 80), (1...65_535).contains(number)
        else { return nil }
        self.host = String(host)
        self.port = number
    }

    package var text: String {
        (self.usesTLS ? "https://" : "http://") + (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)"
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}
