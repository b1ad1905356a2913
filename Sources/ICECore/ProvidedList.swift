import ByteScan
import SignalingWire
package import TimeKeeping

/// A list as a provider's endpoint gives it, with the life of its credentials.
package struct ProvidedList: Sendable, Equatable {
    package let list: ICEServerList
    /// How long the credentials are good from when they came; nil if the response does not say so.
    package let life: TimeSpan?

    /// Bytes of a response that are read.
    package static let mostBytes = 65_536
    /// A life that is said to be longer counts as this.
    package static let longestLife = TimeSpan.seconds(86_400 * 7)
    /// Credentials with a shorter life are not worth giving away: a pairing may take as long.
    package static let shortestLife = TimeSpan.seconds(30)

    /// Reads `[…]`, `{"iceServers":[…]}` (Cloudflare and many) or `{"ice_servers":[…]}` (Twilio), with or without a `ttl` in seconds beside the
    /// list. A username of the form `expiry:…` says when it ends, too.
    package init(_ body: [UInt8], unixSeconds: Double) throws(ICEListFault) {
        guard UTF8Validator.isWhole(body.span) else { throw ICEListFault("it is not UTF-8") }
        let text = body.span
        var ends: [TimeSpan] = []
        if JSONArray.elements(of: text) != nil {
            self.list = try ICEServerList(text)
        } else {
            let servers = try Self.member("iceServers", "ice_servers", of: text)
            guard servers.form == .other else { throw ICEListFault("it is neither an array of servers nor an object with iceServers") }
            self.list = try ICEServerList(text.extracting(servers.range))
            let ttl = try Self.member("ttl", nil, of: text)
            if ttl.isPresent, ttl.form != .null {
                guard let seconds = Self.seconds(ttl, in: text) else { throw ICEListFault("its ttl is no number of seconds") }
                ends.append(.seconds(seconds))
            }
        }
        guard self.list.withoutCredentials.isEmpty else { throw ICEListFault("it has a turn: URL without username and credential") }
        guard self.list.urlCount > 0 else { throw ICEListFault("there are no servers in it") }
        for account in self.list.accounts {
            guard let expiry = Self.expiry(account.username) else { continue }
            let left = Double(expiry) - unixSeconds
            guard left > 0 else { throw ICEListFault("its credentials have expired (\(Int(-left)) s ago by this machine's clock)") }
            ends.append(TimeSpan(nanoseconds: Int64(min(left, Self.longestLife.seconds) * 1e9)))
        }
        self.life = ends.min().map { min($0, Self.longestLife) }
        if let life, life < Self.shortestLife { throw ICEListFault("its credentials end within \(Int(Self.shortestLife.seconds)) s") }
    }

    /// The expiry in seconds since 1970 UTC that a username begins with (as coturn's do): of a time between 2001 and 2286, which has ten
    /// digits.
    private static func expiry(_ username: String) -> Int? {
        let digits = username.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count == 10, username.utf8.dropFirst(10).first == UInt8(ascii: ":") else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// A whole number, or a string of its digits.
    private static func seconds(_ field: Envelope.Field, in text: Span<UInt8>) -> Int64? {
        let digits: [UInt8]
        switch field.form {
        case .number: digits = field.range.map { text[$0] }
        case .string: digits = field.content.map { text[$0] }
        case .absent, .null, .other: return nil
        }
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return min(Int64(String(decoding: digits.prefix(12), as: UTF8.self)) ?? 0, Int64(Self.longestLife.seconds))
    }

    /// The member of the first name that is there.
    private static func member(_ name: StaticString, _ other: StaticString?, of text: Span<UInt8>) throws(ICEListFault) -> Envelope.Field {
        do throws(JSONObject.Refusal) {
            let field = try JSONObject.member(name, of: text)
            if field.isPresent { return field }
            guard let other else { return field }
            return try JSONObject.member(other, of: text)
        } catch {
            throw ICEListFault("it is not JSON of a list of servers")
        }
    }
}
