import ICECore
import SignalingTestKit
import TimeKeeping

extension FuzzTarget {
    /// The first byte's lowest bit chooses between a provider's response and an operator's list; the rest is its text.
    static let ice = FuzzTarget(
        name: "ice", summary: "lists of ICE servers, of providers and of operators", maxLength: 1024, briefRuns: 60_000,
        makeCheck: {
            { input in
                var cursor = InputCursor(input)
                let choices = cursor.byte()
                if choices & 1 == 0 { try ICECheck.provided(cursor.all()) } else { try ICECheck.written(cursor.all()) }
            }
        })
}

/// What goes into responses is JSON, with the servers in it that a plain reader finds in the text, and nothing that a browser would refuse.
enum ICECheck {
    private static let now = 1_700_000_000.0

    static func provided(_ text: [UInt8]) throws {
        let provided: ProvidedList
        do throws(ICEListFault) {
            provided = try ProvidedList(text, unixSeconds: self.now)
        } catch {
            return try self.checkReason(error.reason)
        }
        if let life = provided.life {
            try expect(life >= ProvidedList.shortestLife && life <= ProvidedList.longestLife, "a life of \(life.seconds) s")
        }
        try expect(provided.list.withoutCredentials.isEmpty, "\(shown(text)) has TURN servers without credentials")
        guard let json = PlainJSON(text) else { throw Finding("\(shown(text)) is no JSON, and was taken") }
        try self.compare(provided.list, json.elements == nil ? json["iceServers"] ?? json["ice_servers"] : json, text)
    }

    static func written(_ text: [UInt8]) throws {
        let string = String(decoding: text, as: UTF8.self)
        let list: ICEServerList
        do throws(ICEListFault) {
            list = try ICEServerList(parsing: string)
        } catch {
            return try self.checkReason(error.reason)
        }
        let shown = list.shown
        let again = try? ICEServerList(parsing: shown)
        try expect(again?.shown == shown, "\(shown) is read as \(again?.shown ?? "nothing")")
        try self.compare(list, PlainJSON(Array(string.utf8)), text)
    }

    private static func checkReason(_ reason: String) throws {
        try expect(reason.utf8.count <= 200 && !reason.utf8.contains { $0 < 0x20 }, "a reason that is no line: \(reason)")
    }

    private static func compare(_ list: ICEServerList, _ source: PlainJSON?, _ text: [UInt8]) throws {
        try expect(list.urlCount <= ICEServerList.mostURLs, "\(list.urlCount) URLs")
        let entries = ICEEntries(list)
        var all = entries.open
        ICEEntries.append(entries.accounts, to: &all)
        guard let servers = PlainJSON([UInt8(ascii: "[")] + all + [UInt8(ascii: "]")])?.elements else {
            throw Finding("\(shown(text)) became \(shown(all))")
        }
        for server in servers {
            let urls = server["urls"]?.elements?.compactMap(\.text) ?? []
            try expect(!urls.isEmpty && urls.allSatisfy(self.isURL), "\(shown(text)) became \(shown(all))")
            let isTURN = urls.contains { $0.hasPrefix("turn") }
            try expect(isTURN == (server["credential"]?.text != nil) && isTURN == (server["username"]?.text != nil), "\(shown(all))")
        }
        // URLs that are separated by commas have no credentials.
        guard let source else { return try expect(list.accounts.isEmpty, "\(shown(text)) has credentials, and is no JSON") }
        let expected = (source.elements ?? [source]).compactMap(self.account)
        let written = servers.compactMap(self.account)
        try expect(written == expected, "\(shown(text)) has the accounts \(expected), and became \(written)")
    }

    private struct Account: Equatable {
        var urls: [String]
        var username: String?
        var credential: String?
    }

    /// A server's TURN URLs and who may use them; nil where it has none, or nobody may.
    private static func account(_ server: PlainJSON) -> Account? {
        let value = server["urls"] ?? server["url"]
        let urls = (value?.elements ?? value.map { [$0] } ?? []).compactMap(\.text).filter { $0.lowercased().hasPrefix("turn") }
        guard !urls.isEmpty, let username = server["username"]?.text, let credential = server["credential"]?.text, !username.isEmpty else {
            return nil
        }
        return Account(urls: urls.map(self.lowerScheme), username: username, credential: credential)
    }

    private static func lowerScheme(_ url: String) -> String {
        guard let colon = url.firstIndex(of: ":") else { return url }
        return url[..<colon].lowercased() + url[colon...]
    }

    private static func isURL(_ url: String) -> Bool {
        let host = #/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/#
        if let stun = try? #/stuns?:(.*)/#.wholeMatch(in: url) { return stun.1.wholeMatch(of: host) != nil }
        guard let turn = try? #/turns?:([^?]*)(?:\?transport=(?:udp|tcp))?/#.wholeMatch(in: url) else { return false }
        return turn.1.wholeMatch(of: host) != nil
    }
}
