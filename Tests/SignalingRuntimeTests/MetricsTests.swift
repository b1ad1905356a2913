import MetricsCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

@Suite struct MetricsTests {
    // MARK: - Labels

    private func isClosed<Label: LabelSet>(_ label: Label.Type) -> Bool {
        let names = Label.names
        return Set(names).count == names.count && names.indices.allSatisfy { Label(rawValue: $0)?.rawValue == $0 }
            && Label(rawValue: names.count) == nil && Label(rawValue: -1) == nil
    }

    @Test func labelsAreClosedSets() {
        #expect(self.isClosed(MessageLabel.self))
        #expect(self.isClosed(SignalLabel.self))
        #expect(self.isClosed(ModeLabel.self))
        #expect(self.isClosed(ReasonLabel.self))
        #expect(self.isClosed(RedeemLabel.self))
        #expect(self.isClosed(LimitLabel.self))
        #expect(self.isClosed(ICERequestLabel.self))
        #expect(self.isClosed(FetchLabel.self))
        #expect(self.isClosed(ClosedLabel.self))
        #expect(SignalLabel.names[SignalLabel.kind(.senderReady).rawValue] == "sender_ready")
        #expect(SignalLabel.names[SignalLabel.kind(.unknown).rawValue] == "other")
        #expect(SignalLabel.names[SignalLabel.invalid.rawValue] == "invalid")
    }

    @Test func numbersOutsideTheSetAreOther() {
        for code in CloseCode.allCases { #expect(ClosedLabel.names[ClosedLabel(Int(code.rawValue)).rawValue] == "\(code.rawValue)") }
        for code in [0, 999, 1004, 3000, 4999, -1, .max] { #expect(ClosedLabel.names[ClosedLabel(code).rawValue] == "other") }
    }

    // MARK: - Counting

    @Test func framesAreCountedByWhatTheyAre() {
        let shard = MetricsShard()
        shard.frameIn(.senderReady, opcode: .text, bytes: 10)
        shard.frameIn(nil, opcode: .binary, bytes: 300)
        shard.frameOut(.senderReady, bytes: 10)
        let counts = shard.snapshot
        #expect(counts.wsMessages[.text] == 1 && counts.wsMessages[.binary] == 1)
        #expect(counts.signalMessages[.kind(.senderReady)] == 1 && counts.signalMessages[.invalid] == 1)
        #expect(counts.signalBytesIn[.invalid] == 300 && counts.signalBytesOut[.kind(.senderReady)] == 10)
        #expect(counts.wsFrameBytesIn.sum == 310 && counts.wsFrameBytesOut.sum == 10)
    }
}
