import ICECore
import Testing
import TimeKeeping

/// What providers' endpoints respond with.
@Suite struct ProvidedListTests {
    private static let now = 1_769_860_800.0

    private func read(_ text: String) throws(ICEListFault) -> ProvidedList {
        try ProvidedList(Array(text.utf8), unixSeconds: Self.now)
    }

    private static let turn = #"{"urls":["turn:a.example:3478?transport=udp"],"username":"u","credential":"p"}"#

    /// Cloudflare: generate-ice-servers, and its older generate, which gave one object; Twilio; Metered.
    @Test(
        arguments: [
            (#"{"iceServers":[{"urls":["stun:stun.example:3478"]},\#(turn)]}"#, nil),
            (#"{"iceServers":\#(turn)}"#, nil),
            (#"{"username":"x","ice_servers":[{"url":"stun:s.example","urls":"stun:s.example"},\#(turn)],"ttl":"86400"}"#, 86_400),
            (#"{"iceServers":[\#(turn)],"ttl":600}"#, 600), (#"{"iceServers":[\#(turn)],"ttl":null}"#, nil), ("[\(turn)]", nil),
            (#"{"iceServers":[\#(turn)],"ttl":99999999999999999999}"#, 604_800),
        ] as [(String, Int64?)])
    func theFormsOfProvidersAreRead(text: String, seconds: Int64?) throws {
        let provided = try self.read(text)
        #expect(provided.list.accounts.count == 1 && provided.life == seconds.map { .seconds($0) })
    }

    @Test(
        arguments: [(1_769_861_400, 600, nil), (1_769_861_400, 600, 3600), (1_769_864_400, 60, 60), (4_000_000_000, 604_800, nil)]
            as [(Int, Int64, Int?)])
    func aUsernameTellsTheEndToo(expiry: Int, seconds: Int64, ttl: Int?) throws {
        let member = ttl.map { #","ttl":\#($0)"# } ?? ""
        let text = #"{"iceServers":[{"urls":"turn:a","username":"\#(expiry):x","credential":"p"}]\#(member)}"#
        #expect(try self.read(text).life == .seconds(seconds))
    }

    @Test(arguments: ["1769861400", "17698614000:x", "176986140:x", "user:1769861400"])
    func anotherUsernameTellsNothing(name: String) throws {
        #expect(try self.read(#"[{"urls":"turn:a","username":"\#(name)","credential":"p"}]"#).life == nil)
    }

    @Test(
        arguments: [
            ("", "not JSON"), ("<html>", "not JSON"), ("7", "not JSON"), ("{}", "neither an array"),
            (#"{"iceServers":"x"}"#, "neither an array"),
            ("[]", "no servers"), (#"{"iceServers":[]}"#, "no servers"), (#"{"error":"unauthorized"}"#, "neither an array"),
            (#"[{"urls":"turn:a"}]"#, "without username"), (#"{"iceServers":[\#(turn)],"ttl":"soon"}"#, "ttl"),
            (#"{"iceServers":[\#(turn)],"ttl":-1}"#, "ttl"), (#"{"iceServers":[\#(turn)],"ttl":1.5}"#, "ttl"),
            (#"{"iceServers":[\#(turn)],"ttl":29}"#, "within 30 s"), (#"{"iceServers":[\#(turn)],"ttl":0}"#, "within 30 s"),
            (#"[{"urls":"turn:a","username":"1769860000:x","credential":"p"}]"#, "expired (800 s ago"),
            (#"[{"urls":"turn:a","username":"1769860820:x","credential":"p"}]"#, "within 30 s"),
            (#"{"iceServers":[{"urls":"tarn:a"}]}"#, "does not begin"),
        ])
    func whatIsNoListIsExplained(text: String, reason: String) {
        do {
            _ = try self.read(text)
            Issue.record("it was taken: \(text)")
        } catch {
            #expect(error.reason.contains(reason), "\(error.reason)")
        }
    }

    @Test func whatIsNoUTF8IsRefused() {
        #expect(throws: ICEListFault.self) { try ProvidedList([0x5B, 0xC3, 0x28, 0x5D], unixSeconds: Self.now) }
    }
}
