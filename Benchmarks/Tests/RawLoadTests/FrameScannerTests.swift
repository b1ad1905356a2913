import RawLoad
import Testing

@Suite struct FrameScannerTests {
    private func scan(_ bytes: some Sequence<UInt8>) -> FrameScanner.Result { Array(bytes).withUnsafeBytes { FrameScanner.scan($0) } }

    @Test(arguments: [0, 1, 125, 126, 127, 300, 65_535, 65_536]) func aFrameCutAnywhereNeedsMore(length: Int) {
        let extended = length < 126 ? [] : length < 65_536 ? [8, 0] : [56, 48, 40, 32, 24, 16, 8, 0]
        let short = extended.isEmpty ? UInt8(length) : extended.count == 2 ? 126 : 127
        let head = [0x81, short] + extended.map { UInt8(truncatingIfNeeded: length >> $0) }
        let frame = head + [UInt8](repeating: 97, count: length)
        // Cuts in the head, and those at the payload's ends.
        let cuts = Set(0..<min(frame.count, head.count + 130)).union([frame.count - 1]).filter { $0 < frame.count }
        for cut in cuts { #expect(self.scan(frame[..<cut]) == .needMore) }
        let whole = FrameScanner.Result.frame(opcode: 1, header: head.count, length: length)
        #expect(self.scan(frame) == whole)
        #expect(self.scan(frame + [0x88, 2, 3, 0xE8]) == whole)
    }

    @Test(
        arguments: [
            [0x01, 0], [0x80 | 0x40 | 1, 0], [0x81, 0x80, 1, 2, 3, 4], [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0],
            [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]]) func whatAServerMayNotSendIsAViolation(bytes: [UInt8])
    {
        guard case .violation = self.scan(bytes) else {
            Issue.record("\(bytes) passed")
            return
        }
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536]) func clientFramesUnmaskToWhatWasSent(length: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let frame = ClientFrame.text(payload)
        let header = (length < 126 ? 2 : length < 65_536 ? 4 : 10) + 4
        #expect(frame.count == header + length)
        #expect(frame[1] & 0x80 != 0)
        let mask = Array(frame[(header - 4)..<header])
        #expect(frame[header...].enumerated().map { $1 ^ mask[$0 & 3] } == payload)
        // Without its mask it is a server's frame.
        var bare = frame
        bare[1] &= 0x7F
        bare.removeSubrange((header - 4)..<header)
        #expect(self.scan(bare) == .frame(opcode: 1, header: header - 4, length: length))
    }
}
