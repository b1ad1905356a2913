import ByteScan
import NetworkAddresses

/// What is wrong with an engine's address, in one line. It quotes nothing of the address: what stands in the wrong place may be a password.
package struct EngineAddressFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension EngineAddress {
    package init(_ text: String) throws(EngineAddressFault) {
        var rest = Substring(text)
        let scheme = try Scheme(&rest)
        guard !rest.utf8.contains(UInt8(ascii: "#")) else { throw EngineAddressFault("a # must be written as %23") }
        let query = Self.cut(&rest, at: "?")
        let path = Self.cut(&rest, at: "/")
        let at = rest.utf8.lastIndex(of: UInt8(ascii: "@"))
        // What stands before an @ further on was meant as a password.
        guard at == nil || at == rest.utf8.firstIndex(of: UInt8(ascii: "@")),
            scheme.kind == .unix && rest.isEmpty || !((path ?? "") + (query ?? "")).utf8.contains(UInt8(ascii: "@"))
        else { throw EngineAddressFault("in a user name or a password, any of @ / ? : must be percent-encoded (@ is %40)") }
        self.credentials = try at.map { index throws(EngineAddressFault) in try Self.credentials(rest[..<index]) }
        let hosts = at.map { rest[rest.utf8.index(after: $0)...] } ?? rest
        let parameters = try Parameters(query ?? "", takesDatabase: scheme.kind == .unix)
        self.prefix = parameters.prefix ?? Self.defaultPrefix
        self.usesTLS = scheme.usesTLS
        switch scheme.kind {
        case .direct:
            self.target = .direct(try Self.endpoint(hosts, port: 6379, scheme))
            self.database = try Self.database(path ?? "")
        case .sentinel:
            var parts = (path ?? "").split(separator: "/", omittingEmptySubsequences: false)[...]
            let name = try Self.decoded(parts.popFirst() ?? "", "the name of the primary")
            guard Self.isName(name) else {
                throw EngineAddressFault("the name of the primary is to follow the Sentinels: valkey+sentinel://HOST,HOST/NAME")
            }
            guard parts.count <= 1 else { throw EngineAddressFault("nothing may follow the number of the database") }
            var sentinels: [EngineEndpoint] = []
            for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
                sentinels.append(try Self.endpoint(host, port: 26_379, scheme))
            }
            self.target = .sentinels(sentinels, name: name)
            self.database = try Self.database(parts.first ?? "")
        case .unix:
            guard hosts.isEmpty else { throw EngineAddressFault("a socket's path begins with a /: valkey+unix:///PATH") }
            let socket = "/" + (try Self.decoded(path ?? "", "the socket's path"))
            // The shortest that a system has space for, macOS, takes 104 with a zero at the end.
            guard (2...103).contains(socket.utf8.count), socket.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw EngineAddressFault("the socket's path is to have 2 to 103 bytes, and no control characters")
            }
            self.target = .direct(.unix(path: socket))
            self.database = parameters.database ?? 0
        }
    }

    // MARK: - Parts

    private struct Scheme {
        enum Kind { case direct, sentinel, unix }
        let kind: Kind
        let usesTLS: Bool

        init(_ text: inout Substring) throws(EngineAddressFault) {
            let fault = EngineAddressFault(
                "an address begins with valkey://, valkeys://, valkey+sentinel:// or valkey+unix:// (or the same with redis)")
            // Others than ASCII letters have lowercase forms among them.
            guard let end = text.firstRange(of: "://"), text[..<end.lowerBound].utf8.allSatisfy({ $0 < 0x80 }) else { throw fault }
            switch text[..<end.lowerBound].lowercased() {
            case "valkey", "redis": (self.kind, self.usesTLS) = (.direct, false)
            case "valkeys", "rediss": (self.kind, self.usesTLS) = (.direct, true)
            case "valkey+sentinel", "redis+sentinel": (self.kind, self.usesTLS) = (.sentinel, false)
            case "valkeys+sentinel", "rediss+sentinel": (self.kind, self.usesTLS) = (.sentinel, true)
            case "valkey+unix", "redis+unix", "unix": (self.kind, self.usesTLS) = (.unix, false)
            default: throw fault
            }
            text = text[end.upperBound...]
        }
    }

    private struct Parameters {
        var prefix: String?
        var database: Int?

        init(_ query: Substring, takesDatabase: Bool) throws(EngineAddressFault) {
            for pair in query.split(separator: "&") {
                var name = pair
                let value = EngineAddress.cut(&name, at: "=") ?? ""
                switch name {
                case "prefix" where self.prefix == nil:
                    let prefix = try EngineAddress.decoded(value, "the prefix")
                    guard EngineAddress.isName(prefix), prefix.utf8.count <= 64 else {
                        throw EngineAddressFault("the prefix is to have 1 to 64 letters, digits or any of - . _ : { }")
                    }
                    self.prefix = prefix
                case "db" where takesDatabase && self.database == nil: self.database = try EngineAddress.database(value)
                case "db" where !takesDatabase: throw EngineAddressFault("the database is to follow the host: /2 instead of db=2")
                case "prefix", "db": throw EngineAddressFault("a parameter behind the ? is given twice")
                default: throw EngineAddressFault("behind the ? only prefix may be given, and db with a socket's path")
                }
            }
        }
    }

    private static func credentials(_ text: Substring) throws(EngineAddressFault) -> EngineCredentials {
        var user = text
        guard let password = self.cut(&user, at: ":") else {
            throw EngineAddressFault("a user name is to be followed by a colon and the password, a password to follow a colon")
        }
        let credentials = EngineCredentials(
            user: user.isEmpty ? nil : try self.decoded(user, "the user name"), password: try self.decoded(password, "the password"))
        guard !credentials.password.isEmpty else { throw EngineAddressFault("the password is empty") }
        return credentials
    }

    private static func endpoint(_ text: Substring, port: Int, _ scheme: Scheme) throws(EngineAddressFault) -> EngineEndpoint {
        var host = text
        var number: Substring?
        if text.utf8.first == UInt8(ascii: "["), let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) {
            host = text[..<end].dropFirst()
            let behind = text[text.utf8.index(after: end)...]
            guard let address = ClientAddress(host), case .v6 = address, behind.isEmpty || behind.utf8.first == UInt8(ascii: ":") else {
                throw EngineAddressFault("the host is no IPv6 address in brackets")
            }
            number = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            number = self.cut(&host, at: ":")
            guard !host.isEmpty else { throw EngineAddressFault("a host is missing") }
            guard host.utf8.count <= 253, host.utf8.allSatisfy({ self.isLetterOrDigit($0) || "-._".utf8.contains($0) }) else {
                throw EngineAddressFault("a host is to have letters, digits, hyphens and dots, or be an IPv6 address in brackets")
            }
        }
        var chosen = port
        if let number {
            guard let given = self.number(number, most: 65_535), given > 0 else {
                throw EngineAddressFault("the port is no number from 1 to 65535")
            }
            chosen = given
        }
        return .host(String(host), port: chosen, usesTLS: scheme.usesTLS)
    }

    private static func database(_ text: Substring) throws(EngineAddressFault) -> Int {
        if text.isEmpty { return 0 }
        guard let number = self.number(text, most: Int(Int32.max)) else { throw EngineAddressFault("the database is no number") }
        return number
    }

    // MARK: - Characters

    /// Cuts off what follows the first of these; nil if there is none. Bytes are compared, as a combining mark would hide a character.
    private static func cut(_ text: inout Substring, at separator: Unicode.Scalar) -> Substring? {
        guard let index = text.utf8.firstIndex(of: UInt8(ascii: separator)) else { return nil }
        defer { text = text[..<index] }
        return text[text.utf8.index(after: index)...]
    }

    private static func decoded(_ text: Substring, _ what: String) throws(EngineAddressFault) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hex.value), let low = rest.popFirst().flatMap(Hex.value) else {
                throw EngineAddressFault("\(what) has a % that two hexadecimal digits do not follow (% itself is %25)")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw EngineAddressFault("\(what) is no UTF-8") }
        return decoded
    }

    private static func number(_ text: Substring, most: Int) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text), number <= most
        else { return nil }
        return number
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253 && text.utf8.allSatisfy { self.isLetterOrDigit($0) || "-._:{}".utf8.contains($0) }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
