import Testing

@testable import SignalingClient

@Suite struct WireTests {
    @Test func everyFrameOfTheServerIsReadAsWhatItIs() throws {
        let frames = try GoldenFrames.read([GoldenFrames.Server].self, "server-frames")
        #expect(frames.count >= 25)
        for frame in frames {
            let read = ReceivedFrame(Array(frame.text.utf8))
            switch frame.name {
            case "room_full": #expect(read == .paired)
            case "peer_left": #expect(read == .peerLeft)
            case "send", "deliver":
                let (seq, payload) = (try #require(frame.seq), try #require(frame.payload))
                #expect(read == .item(RawItem(seq: seq, json: Array(payload.utf8))))
            case "error":
                let (code, message) = (try #require(frame.code), try #require(frame.message))
                #expect(read == .refused(code: code, message: message, ref: frame.ref))
            case "mailbox":
                let (id, upTo) = (try #require(frame.id), try #require(frame.deliveredUpTo))
                #expect(read == .mailbox(id: id, deliveredUpTo: upTo))
            case "accepted":
                let ref = try #require(frame.ref)
                #expect(read == .accepted(ref: ref))
            case "going_away":
                let after = try #require(frame.reconnectAfterMs)
                #expect(read == .goingAway(reconnectAfterMs: after))
            default: Issue.record("the client knows no frame \(frame.name)")
            }
        }
    }

    @Test func whatTheServerRelaysIsReadWithItsBytesKept() throws {
        for frame in try GoldenFrames.read([GoldenFrames.Client].self, "client-frames") where RelayedFrame.types.contains(frame.kind) {
            let bytes = Array(frame.text.utf8)
            #expect(ReceivedFrame(bytes) == .relayed(RelayedFrame(type: frame.kind, json: bytes)), "\(frame)")
        }
    }

    /// What no server takes, and so none relays, is no frame: but for members that the client does not look at.
    @Test func whatIsNoJSONIsNoFrame() throws {
        let frames = try GoldenFrames.read([GoldenFrames.Refused].self, "refused-frames")
        #expect(frames.count > 100)
        for frame in frames where ["invalid_json", "missing_type"].contains(frame.code) {
            // Whether text is UTF-8 the decoder of its values looks at.
            if frame.hex != nil { continue }
            #expect(ReceivedFrame(frame.bytes) == nil, "\(frame)")
        }
    }

    @Test func theCodesAreThoseOfTheServer() throws {
        let codes = try GoldenFrames.read(GoldenFrames.Codes.self, "codes")
        #expect(CloseCodes.rows.map { GoldenFrames.Codes.Close(code: $0.code, reason: $0.reason) } == codes.closeCodes)
        #expect(CloseCodes.errorCodes == codes.errorCodes)
    }

    @Test func framesAreWrittenAsTheServerTakesThem() throws {
        #expect(text(SentFrame.hello(mailbox: "", deliveredUpTo: 0)) == #"{"type":"hello","mailbox":"","deliveredUpTo":0}"#)
        #expect(text(SentFrame.send(to: .b, payload: Array("1.50".utf8), ref: 7)) == #"{"type":"send","to":"B","payload":1.50,"ref":7}"#)
        #expect(text(SentFrame.delivered(upTo: 3)) == #"{"type":"delivered","upTo":3}"#)
        let detail = try JSONText.encode(["mode": "direct"])
        #expect(
            text(SentFrame.telemetry(event: "ice-connected", detail: detail))
                == #"{"type":"telemetry","event":"ice-connected","mode":"direct"}"#)
        #expect(text(SentFrame.telemetry(event: "ice-restart", detail: [])) == #"{"type":"telemetry","event":"ice-restart"}"#)
        // The same text is among the golden frames.
        let golden = try GoldenFrames.read([GoldenFrames.Client].self, "client-frames").map(\.text)
        #expect(golden.contains(#"{"type":"hello","mailbox":"","deliveredUpTo":0}"#))
    }

    /// The server relays by the last type. A client that went by the first could be told by the other side that its items are stored.
    @Test func ofARepeatedTypeTheLastCounts() {
        let frame = ReceivedFrame(Array(#"{"type":"accepted","ref":7,"ty\u0070e":"ICE"}"#.utf8))
        guard case .relayed(let relayed) = frame else { return #expect(Bool(false), "\(String(describing: frame))") }
        #expect(relayed.type == "ice")
    }

    @Test(arguments: [
        #"{"type":"accepted","ref":-1}"#, #"{"type":"accepted","ref":1e3}"#, #"{"type":"accepted","ref":18446744073709551616}"#,
        #"{"type":"going_away"}"#, #"{"type":"mailbox","id":7,"deliveredUpTo":0}"#, #"{"type":"send","seq":1}"#, #"{"type":"new"}"#,
        #"{"type":"acce\ud800pted","ref":1}"#, "[]", "", "{", "nul",
    ])
    func whatIsNotUnderstoodIsIgnored(text: String) {
        #expect(ReceivedFrame(Array(text.utf8)) == nil)
    }

    /// Kept inputs with a few bytes changed: nothing crashes, whatever comes.
    @Test func noVariationOfAFrameCrashes() throws {
        let seeds = try GoldenFrames.read([GoldenFrames.Server].self, "server-frames").map { Array($0.text.utf8) }
        var generator = SplitMix(state: 18)
        var understood = 0
        for _ in 0..<20_000 {
            var bytes = seeds[Int(generator.next() % UInt64(seeds.count))]
            for _ in 0..<generator.next() % 4 {
                let at = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.insert(contentsOf: bytes[at...].prefix(8), at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + 3))
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            if ReceivedFrame(bytes) != nil { understood += 1 }
        }
        #expect(understood > 1000 && understood < 19_000)
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(ReceivedFrame(Array(#"{"type":"send","seq":1,"payload":\#(deep)"#.utf8)) == nil)
        #expect(JSONScanner.isPayload(Array((String(repeating: "[", count: 127) + String(repeating: "]", count: 127)).utf8)))
        #expect(!JSONScanner.isPayload(Array((String(repeating: "[", count: 128) + String(repeating: "]", count: 128)).utf8)))
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
