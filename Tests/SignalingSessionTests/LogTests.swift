import Logging
import MetricsCore
import NIOConcurrencyHelpers
import SignalingCore
import SignalingRuntime
import SignalingSession
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// What the log tells of a pairing.
@Suite struct LogTests {
    /// The log's name for the room, under the rig's key.
    private static let alias = RoomAlias(key: (1, 2)).text(SessionRig.room)
    private static let offer = #"{"type":"offer","sdp":"v=0 secret-sdp"}"#

    /// The lines of level debug about the room, each as its message, its side and what else it says.
    private func story(_ recorder: LogRecorder) -> [String] {
        recorder.lines.filter { $0.level == .debug && $0.metadata["room"] == Self.alias }.map { line in
            let others = line.metadata.filter { $0.key != "room" && $0.key != "side" }.sorted { $0.key < $1.key }
            return ([line.metadata["side"] ?? "-", line.message] + others.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        }
    }

    @Test func aPairingCanBeFollowed() throws {
        let recorder = LogRecorder()
        let rig = SessionRig { $0.logger = recorder.logger }
        let a = rig.connect(.a, sid: "secret-sid")
        a.send(.text(Self.offer), .text(#"{"type":"ice","candidate":"secret-candidate"}"#))
        let b = rig.connect(.b)
        b.send(text: #"{"type":"answer","sdp":"v=0 secret-sdp"}"#)
        a.send(text: #"{"type":"send","to":"B","payload":"secret-payload","ref":1}"#)
        let again = rig.connect(.a, sid: "secret-sid")
        a.send(.close(4001))
        let stranger = rig.connect(.b)
        b.send(ClientFrame(.pong, try #require(try b.received().last?.payload)))
        stranger.send(.close(1008))
        b.send(.close(1000))
        again.drop()
        rig.advance(by: .minutes(11))
        while rig.parts.signaling.rooms.sweep(now: rig.network.clock.now) {}
        #expect(
            self.story(recorder) == [
                "A joined", "A frames held for the other side frames=2", "B joined", "B paired", "A item stored bytes=16 to=B",
                "A took over from an earlier connection with the same sid", "B side wanted; asking its holder whether it is alive",
                "B turned away; the side is busy", "B left", "A left", "- room kept for its mailboxes", "- room forgotten",
            ])
        // Each connection's end has its line at level info besides.
        #expect(recorder.lines("connection ended").map { $0.metadata["code"] } == ["4001", "1008", "1000", "1006"])
        for secret in ["secret-sdp", "secret-candidate", "secret-payload", "secret-sid", SessionRig.room.text] {
            #expect(!recorder.text.contains(secret))
        }
    }

    @Test func aHolderThatDoesNotAnswerIsToldOf() throws {
        let recorder = LogRecorder()
        let rig = SessionRig { $0.logger = recorder.logger }
        _ = try rig.pair()
        _ = rig.connect(.a)
        rig.advance(by: .milliseconds(2_200))
        #expect(
            self.story(recorder).suffix(4) == [
                "A side wanted; asking its holder whether it is alive", "A holder gave no sign of life in time; closing it",
                "A waited for the side, and has it", "A paired",
            ])
    }

    /// Where the log takes no such lines, nobody watches the rooms but for the ends of pairings.
    @Test func roomsHaveLittleToTellBelowDebug() {
        var logger = LogRecorder().logger
        for level in Logger.Level.allCases {
            logger.logLevel = level
            let log = RoomLog(logger, alias: RoomAlias(key: (1, 2)))
            #expect(log.followsEverything == (level <= .debug), "\(level)")
        }
    }

    // MARK: - Ends of pairings

    private func ends(_ recorder: LogRecorder, _ level: Logger.Level = .info) -> [[String: String]] {
        recorder.lines("pairing ended").filter { $0.level == level }.map(\.metadata)
    }

    @Test func aPairingThatConnectedHasOneLine() throws {
        let recorder = LogRecorder()
        let rig = SessionRig {
            $0.logger = recorder.logger
            $0.logger.logLevel = .info
        }
        let (a, b) = try rig.pair()
        rig.advance(by: .milliseconds(1_250))
        a.send(
            text: #"{"type":"telemetry","event":"ice-connected","mode":"relay","candidates":{"host":2,"srflx":1,"relay":1},"#
                + #""remote":{"host":1},"selected":{"local":"relay","remote":"host","relayProtocol":"tls"}}"#)
        rig.advance(by: .seconds(10))
        a.send(.close(1000))
        #expect(self.ends(recorder).isEmpty)
        b.drop()
        #expect(
            self.ends(recorder) == [
                [
                    "room": Self.alias, "outcome": "connected", "route": "relayed", "relay_protocol": "tls", "time_ms": "1250",
                    "candidates_a": "host 2, srflx 1, relay 1", "candidates_b": "host 1, srflx 0, relay 0",
                ]
            ])
        // Nothing else of the room is told.
        #expect(recorder.lines.allSatisfy { ["pairing ended", "connection ended"].contains($0.message) })
    }

    @Test func aPairingThatFailedSaysWhy() throws {
        let recorder = LogRecorder()
        let rig = SessionRig { $0.logger = recorder.logger }
        let (a, b) = try rig.pair()
        a.send(text: #"{"type":"telemetry","event":"ice-failed","reason":"verification-failed"}"#)
        a.send(.close(1000))
        b.send(.close(1000))
        #expect(self.ends(recorder) == [["room": Self.alias, "outcome": "failed", "cause": "verification_failed", "time_ms": "0"]])
    }

    @Test func aPairingWithoutAReportSaysSo() throws {
        let recorder = LogRecorder()
        let rig = SessionRig { $0.logger = recorder.logger }
        let (a, b) = try rig.pair()
        a.drop()
        b.send(.close(1000))
        #expect(self.ends(recorder) == [["room": Self.alias, "outcome": "unreported"]])
    }

    /// Its line is there for whoever looks for it.
    @Test func whatWasCountedBeforeIsToldAtDebug() throws {
        let recorder = LogRecorder()
        let rig = SessionRig { $0.logger = recorder.logger }
        let (a, b) = try rig.pair()
        a.send(text: #"{"type":"telemetry","event":"ice-connected","mode":"direct","resumed":true}"#)
        a.send(.close(1000))
        b.send(.close(1000))
        #expect(self.ends(recorder).isEmpty)
        #expect(self.ends(recorder, .debug).map { $0["route"] } == ["direct"])
        #expect(rig.counts.pairings.values.reduce(0, +) == 0 && rig.counts.established.values.reduce(0, +) == 0)
    }
}
