import SignalingCore
import SignalingWire
import Testing

/// Credentials for TURN servers that know the secret.
@Suite struct TURNCredentialsTests {
    private let credentials = TURNCredentials(secret: Array("north".utf8))
    private let room: RoomID

    init() throws { self.room = try #require(RoomID("6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34".utf8)) }

    /// Computed with `openssl dgst`: the name with `-sha256 -hmac north` of the room's 16 bytes and the side's letter, its first 16 digits
    /// behind the expiry; the credential with `-sha1 -hmac north -binary` of the name, in Base64. The same is in docs/protocol.md.
    @Test(arguments: [
        (Side.a, "1769864400:6a51631ce2507e95", "66evid+WlBp8YmAb5WsqV6rTC+g="),
        (.b, "1769864400:f0ea0dc64bcccac0", "omFmh5T/xBUNxS35wCmmzYWHxg0="),
    ])
    func credentialsAreWhatOpenSSLSays(side: Side, username: String, credential: String) {
        #expect(self.credentials.username(self.room, side, expiresAt: 1_769_864_400) == username)
        #expect(self.credentials.credential(for: username) == credential)
    }

    @Test func eachSideOfEachRoomIsAnother() {
        var names: Set<String> = []
        for number in UInt64(0)..<100 {
            for side in Side.allCases {
                names.insert(self.credentials.username(RoomID(high: number, low: 7), side, expiresAt: 1))
                names.insert(self.credentials.username(RoomID(high: 7, low: number), side, expiresAt: 1))
            }
        }
        #expect(names.count == 398)
        #expect(
            TURNCredentials(secret: Array("south".utf8)).username(self.room, .a, expiresAt: 1)
                != self.credentials.username(self.room, .a, expiresAt: 1))
    }
}
