import ICECore
import SignalingTestKit
import Testing

/// Lists of servers as operators and providers write them, and as they go into responses.
@Suite struct ICEServerListTests {
    private func entries(_ list: ICEServerList) -> (open: String, accounts: String) {
        let entries = ICEEntries(list)
        return (String(decoding: entries.open, as: UTF8.self), String(decoding: entries.accounts, as: UTF8.self))
    }

    @Test func urlsSeparatedByCommasAreAList() throws {
        let list = try ICEServerList(parsing: " stun:a.example , stuns:b.example:5349,turn:c.example?transport=tcp")
        #expect(self.entries(list).open == #"{"urls":["stun:a.example","stuns:b.example:5349"]}"#)
        #expect(list.withoutCredentials.map(\.text) == ["turn:c.example?transport=tcp"] && list.urlCount == 3)
    }

    @Test func anArrayOfServersIsAList() throws {
        let list = try ICEServerList(
            parsing: """
                 [{"urls":"stun:a.example"},
                 {"urls":["turn:b.example:3478","turns:b.example:443?transport=tcp"],"username":"u","credential":"p","credentialType":"password"},
                 {"url":"stun:c.example","further":[{}]}]
                """)
        let (open, accounts) = self.entries(list)
        #expect(open == #"{"urls":["stun:a.example"]},{"urls":["stun:c.example"]}"#)
        #expect(
            accounts
                == #"{"urls":["turn:b.example:3478","turns:b.example:443?transport=tcp"],"username":"u","credential":"p"}"#)
        #expect(PlainJSON(Array("[\(open),\(accounts)]".utf8))?.elements?.count == 3)
    }

    @Test func stunNeedsNoCredentialsAndIsThereForThoseWhoGetNone() throws {
        let list = try ICEServerList(
            parsing: #"[{"urls":["stun:a.example","turn:a.example","stun:b.example"],"username":"u","credential":"p"}]"#)
        let (open, accounts) = self.entries(list)
        #expect(open == #"{"urls":["stun:a.example","stun:b.example"]}"#)
        #expect(accounts == #"{"urls":["turn:a.example"],"username":"u","credential":"p"}"#)
        // And where they are all there is, nobody needs the user.
        let stun = try ICEServerList(parsing: #"{"urls":"stun:a.example","username":"u"}"#)
        #expect(self.entries(stun) == (#"{"urls":["stun:a.example"]}"#, ""))
    }

    @Test func credentialsArePassedOnAsTheyAreSpelled() throws {
        let user = #"q\"uo\\te\u00e9"# + "\u{fc}/"
        let list = try ICEServerList(parsing: #"[{"urls":"turn:a","username":"\#(user)","credential":"p\n"}]"#)
        let accounts = self.entries(list).accounts
        #expect(accounts == #"{"urls":["turn:a"],"username":"\#(user)","credential":"p\n"}"#)
        #expect(PlainJSON(Array(accounts.utf8))?["username"]?.text == "q\"uo\\te\u{e9}\u{fc}/")
    }

    @Test func ofURLsThatAreEscapedTheMeaningCounts() throws {
        #expect(try ICEServerList(parsing: #"[{"\u0075rls":"stun\u003aa"}]"#).open == [[ICEURL("stun:a")]])
    }

    @Test func anEmptyListIsOne() throws { #expect(try ICEServerList(parsing: "[]").urlCount == 0) }

    private static let long = String(repeating: "secret", count: 200)
    private static let objects = Array(repeating: #"{"urls":"stun:a"}"#, count: 33).joined(separator: ",")
    private static let strings = Array(repeating: #""stun:a""#, count: 33).joined(separator: ",")
    private static let urls = Array(repeating: "stun:a", count: 33).joined(separator: ",")

    @Test(arguments: [
        (#"[{"urls":"turn:a","username":"\#(long)","credential":"c"}]"#, "more than 1024 bytes"), ("[\(objects)]", "more than 32 URLs"),
        (#"[{"urls":[\#(strings)]}]"#, "more than 32 URLs"), (urls, "more than 32 URLs"),
    ])
    func whatIsTooMuchIsRefused(text: String, reason: String) { self.whatIsNoListIsExplained(text: text, reason: reason) }

    @Test(
        arguments: [
            ("", "URL 1 does not begin with"), ("stun:a,", "URL 2 does not begin with"), ("stun:a,,stun:b", "URL 2 does not begin with"),
            ("stun:a,stun://b", "URL 2 has slashes"), ("[", "the list is not JSON"), ("[{}", "the list is not JSON"),
            ("{", "the list is not JSON"),
            ("[1]", "server 1 is no object"), (#"["stun:a"]"#, "server 1 is no object"), ("[{}]", "server 1 has no urls"),
            (#"[{"urls":"stun:a"},{"url":7}]"#, "server 2 has urls that are neither"),
            (#"[{"urls":[]}]"#, "server 1 has urls that are neither"),
            (#"[{"urls":[1]}]"#, "server 1 has a URL that is no string"),
            (#"[{"urls":["http:a"]}]"#, "server 1 has a URL that does not begin"),
            (#"[{"urls":"turn:a","username":"u"}]"#, "server 1 has a username, and no credential"),
            (#"[{"urls":"turn:a","credential":"secret"}]"#, "server 1 has a credential, and no username"),
            (#"[{"urls":"turn:a","username":"","credential":"secret"}]"#, "server 1 has a credential, and no username"),
            (#"[{"urls":"turn:a","username":1,"credential":"secret"}]"#, "server 1 has a username that is no string"),
            (#"[{"urls":"turn:a","username":"u","credential":{"macKey":"secret"}}]"#, "server 1 has a credential that is no string"),
            (#"[{"urls":"turn:a","username":"u","credential":"secret","credentialType":"oauth"}]"#, "server 1 has a credentialType"),
            (#"[{"urls":"turn:u:secret@a"}]"#, "names a user"), ("[{\"urls\":\"st\u{fc}n:a\"}]", "not ASCII"),
        ])
    func whatIsNoListIsExplained(text: String, reason: String) {
        do {
            _ = try ICEServerList(parsing: text)
            Issue.record("it was taken: \(text)")
        } catch {
            #expect(error.reason.contains(reason), "\(error.reason)")
            // There may be credentials in what was refused.
            #expect(!error.reason.contains("secret"))
        }
    }

    @Test func whatIsNoUTF8IsRefused() {
        #expect(throws: ICEListFault.self) { try ICEServerList(json: Array(#"[{"urls":"turn:a","username":""#.utf8) + [0xFF]) }
    }

    @Test func whatIsShownHasNoCredentials() throws {
        let list = try ICEServerList(
            parsing: #"[{"urls":["stun:a","turn:a"],"username":"me","credential":"hidden"},{"urls":"turn:b"}]"#)
        #expect(
            list.shown == #"[{"urls":["stun:a"]},{"urls":["turn:a"],"username":"***","credential":"***"},{"urls":["turn:b"]}]"#)
    }

    @Test func entriesAreJoinedByCommas() {
        var list: [UInt8] = []
        ICEEntries.append([], to: &list)
        ICEEntries.append(Array("1".utf8), to: &list)
        ICEEntries.append([], to: &list)
        ICEEntries.append(Array("2,3".utf8), to: &list)
        #expect(String(decoding: list, as: UTF8.self) == "1,2,3")
    }
}
