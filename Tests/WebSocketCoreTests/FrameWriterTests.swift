import NIOCore
import Testing
import WebSocketCore

private func written(_ body: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    body(&buffer)
    return Array(buffer.readableBytesView)
}

@Suite struct FrameWriterTests {
    @Test(
        arguments: [
            (0, [0x82, 0]), (1, [0x82, 1]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65535, [0x82, 126, 0xFF, 0xFF]),
            (65536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]), (1 << 20, [0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 0]),
        ] as [(Int, [UInt8])])
    func lengthsAreSpelledInTheFewestBytes(_ length: Int, _ header: [UInt8]) {
        #expect(written { WebSocketFrame.writeHeader(.binary, payload: length, into: &$0) } == header)
        #expect(WebSocketFrame.headerLength(length) == header.count)
    }

    @Test func everyOpcodeIsFinalAndUnmasked() {
        for (opcode, first) in [(Opcode.text, 0x81), (.binary, 0x82), (.close, 0x88), (.ping, 0x89), (.pong, 0x8A)] as [(Opcode, UInt8)] {
            #expect(written { WebSocketFrame.writeHeader(opcode, payload: 3, into: &$0) } == [first, 3])
        }
    }

    @Test func closesCarryCodeAndReason() {
        #expect(written { WebSocketFrame.writeClose(nil, into: &$0) } == [0x88, 0])
        #expect(written { WebSocketFrame.writeClose(1000, into: &$0) } == [0x88, 2, 0x03, 0xE8])
        let replaced = written { WebSocketFrame.writeClose(4001, reason: "replaced", into: &$0) }
        #expect(replaced == [0x88, 10, 0x0F, 0xA1] + Array("replaced".utf8))
        // A control frame holds 125 bytes.
        let long = String(repeating: "x", count: 500)
        let cut = written { WebSocketFrame.writeClose(1000, reason: long, into: &$0) }
        #expect(cut == [0x88, 125, 0x03, 0xE8] + Array(long.utf8.prefix(123)))
    }

    @Test func closeCodesThatMayStandInAFrame() {
        let valid = Array(1000...1003) + Array(1007...1014) + Array(3000...4999)
        #expect((0...UInt16.max).filter(WebSocketFrame.isValidOnTheWire) == valid.map { UInt16($0) })
    }
}
