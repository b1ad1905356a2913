/// Servers that help peers to find a way to each other, as `RTCPeerConnection` takes them.
package struct ICEServerList: Sendable, Equatable {
    /// Servers that take one user, with the credentials as JSON has them between its quotes.
    package struct Account: Sendable, Equatable {
        package var urls: [ICEURL]
        package var username: String
        package var credential: String

        package init(urls: [ICEURL], username: String, credential: String) {
            self.urls = urls
            self.username = username
            self.credential = credential
        }
    }

    /// Groups of servers that anybody may use.
    package var open: [[ICEURL]] = []
    package var accounts: [Account] = []
    /// TURN servers without credentials. Nobody can use them without, so whoever reads a list has to know where those come from.
    package var withoutCredentials: [ICEURL] = []

    /// URLs of a list. Each is asked by each client for each of its networks; browsers warn from five on.
    package static let mostURLs = 32
    /// Bytes of a username, and of a credential, as JSON has it.
    package static let longestCredential = 1024

    package init() {}

    /// As JSON, without the credentials.
    package var shown: String {
        let open = self.open.map { String(decoding: ICEEntries.entry($0), as: UTF8.self) }
        let accounts = self.accounts.map {
            String(decoding: ICEEntries.entry($0.urls).dropLast(), as: UTF8.self) + #","username":"***","credential":"***"}"#
        }
        let bare = self.withoutCredentials.isEmpty ? [] : [String(decoding: ICEEntries.entry(self.withoutCredentials), as: UTF8.self)]
        return "[" + (open + accounts + bare).joined(separator: ",") + "]"
    }

    package var urlCount: Int {
        self.open.reduce(0) { $0 + $1.count } + self.accounts.reduce(0) { $0 + $1.urls.count } + self.withoutCredentials.count
    }

    /// Adds one server. STUN has no use for credentials: its URLs become a server of their own, which those may have who get none.
    mutating func add(_ urls: [ICEURL], _ credentials: (username: String, credential: String)?) {
        let stun = urls.filter { !$0.isTURN }
        let turn = urls.filter(\.isTURN)
        if !stun.isEmpty { self.open.append(stun) }
        if turn.isEmpty { return }
        if let credentials {
            self.accounts.append(Account(urls: turn, username: credentials.username, credential: credentials.credential))
        } else {
            self.withoutCredentials += turn
        }
    }
}

/// Why a text is no list of servers: the end of a sentence that begins with what the text is. It repeats nothing of the text, as there may be
/// credentials in it.
package struct ICEListFault: Error, Sendable, Equatable {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
