import RawLoad
import Testing

@Suite struct ByteSearchTests {
    private func text(_ object: String, _ key: String) -> String? {
        Array(object.utf8).withUnsafeBytes { bytes in
            bytes.text(behind: Array("\"\(key)\"".utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func textIsFoundBehindItsKey() {
        let object = #"{"code":"2802","appID": "5f0c","empty":""}"#
        #expect(self.text(object, "code") == "2802")
        #expect(self.text(object, "appID") == "5f0c")
        #expect(self.text(object, "empty") == "")
        #expect(self.text(object, "other") == nil)
        for cut in 0..<12 { #expect(self.text(String(object.prefix(cut)), "code") == nil) }
    }

    private func number(_ object: String, _ key: String) -> Int? {
        Array(object.utf8).withUnsafeBytes { $0.number(behind: Array("\"\(key)\"".utf8)) }
    }

    @Test func numbersAreFoundBehindTheirKeys() {
        let object = #"{"seq":120,"ref": 7,"far":12345678901234567890,"text":"1","last":0"#
        #expect(self.number(object, "seq") == 120)
        #expect(self.number(object, "ref") == 7)
        #expect(self.number(object, "last") == 0)
        for key in ["far", "text", "other"] { #expect(self.number(object, key) == nil) }
        #expect(self.number(#"{"seq":"#, "seq") == nil)
        #expect(self.number(#"{"seq""#, "seq") == nil)
    }

    @Test func aNeedleIsFoundOnlyWhole() {
        let bytes = Array("aababc".utf8)
        bytes.withUnsafeBytes { bytes in
            #expect(bytes.offset(of: Array("abc".utf8)) == 3)
            #expect(bytes.offset(of: Array("ab".utf8), from: 2) == 3)
            #expect(bytes.offset(of: Array("abcd".utf8)) == nil)
            #expect(bytes.offset(of: Array("c".utf8)) == 5)
        }
    }

    @Test(
        arguments: [
            (#"{"type":"room_full"}"#, FrameType.roomFull), (#"{"type":"peer_left"}"#, .peerLeft), (#"{"type": "offer","sdp":""}"#, .offer),
            (#"{"type":"answer"}"#, .answer), (#"{"x":1,"type":"ice"}"#, .ice), (#"{"type":"error"}"#, .error),
            (#"{"type":"deliver","seq":1,"payload":"type"}"#, .deliver), (#"{"type":"accepted","ref":7}"#, .accepted),
            (#"{"type":"going_away"}"#, .other), ("{}", .other), ("", .other),
        ]) func typesAreTold(text: String, type: FrameType)
    {
        Array(text.utf8).withUnsafeBytes { #expect(FrameType($0) == type) }
    }
}
