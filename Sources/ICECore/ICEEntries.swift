/// A list of servers as it goes into responses: the elements of a JSON array, with commas between them and without its brackets.
package struct ICEEntries: Sendable, Equatable {
    /// What anybody may have.
    package private(set) var open: [UInt8] = []
    /// What has credentials in it.
    package private(set) var accounts: [UInt8] = []

    package init(_ list: ICEServerList = ICEServerList()) {
        for urls in list.open { Self.append(Self.entry(urls), to: &self.open) }
        for account in list.accounts {
            let end = #","username":"\#(account.username)","credential":"\#(account.credential)"}"#
            Self.append(Self.entry(account.urls).dropLast() + Array(end.utf8), to: &self.accounts)
        }
    }

    /// One server that anybody may use.
    package static func entry(_ urls: [ICEURL]) -> [UInt8] {
        Array((#"{"urls":["# + urls.map { "\"\($0.text)\"" }.joined(separator: ",") + "]}").utf8)
    }

    /// The STUN server at this host, which is a name, an address, or an IPv6 address in brackets; nil for what no URL can have there. Written
    /// for each response, and so without a detour.
    package static func stun(host: String, port: Int) -> [UInt8]? {
        guard ICEURL.isPlace(host) else { return nil }
        var entry: [UInt8] = []
        entry.reserveCapacity(host.utf8.count + 32)
        entry += #"{"urls":["stun:"#.utf8
        entry += host.utf8
        entry.append(UInt8(ascii: ":"))
        entry += String(port).utf8
        entry += #""]}"#.utf8
        return entry
    }

    /// Adds elements behind others.
    package static func append(_ elements: some Collection<UInt8>, to list: inout [UInt8]) {
        if elements.isEmpty { return }
        if !list.isEmpty { list.append(UInt8(ascii: ",")) }
        list += elements
    }
}
