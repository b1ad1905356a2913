import NIOCore
import SignalingTestKit
import SignalingWire

/// What clients write: well-formed messages in many spellings, each unlike any other, so that a lost, doubled or changed one shows.
enum ClientText {
    private static let filler = ByteBuffer(string: String(repeating: "v=0 o=- 46117 2 IN IP4 127.0.0.1 a=candidate ", count: 6000))
    private static let relayed = [FrameKind.offer, .answer, .ice, .senderReady]

    /// A frame for the other side. `size` is how much is added to the shortest form.
    static func relay(link: UInt64, number: Int, size: Int, random: inout SplitMix64) -> (kind: FrameKind, text: ByteBuffer) {
        let frame = self.relayed[Int(random.next() % 4)]
        let kind = frame.name
        var text = ByteBuffer()
        text.reserveCapacity(size + 96)
        switch random.next() % 8 {
        case 0:
            text.writeString("{ \"n\" : \(number), \"c\":\(link),\t\"type\": \"\(kind.uppercased())\",\n \"p\":\"")
            self.fill(&text, size)
            text.writeString("\\u00e9é😀\" } \n")
        case 1:
            // Of a repeated key the last counts.
            text.writeString("{\"type\":\"hello\",\"c\":\(link),\"n\":\(number),\"x\":[1e400,-0.0,[{\"type\":\"send\"}]],\"p\":\"")
            self.fill(&text, size)
            text.writeString("\",\"type\":\"\(kind)\"}")
        case 2:
            text.writeString("{\"\\u0074ype\":\"\(kind)\",\"c\":\(link),\"n\":\(number),\"p\":\"")
            self.fill(&text, size)
            text.writeString("\"}")
        default:
            text.writeString("{\"type\":\"\(kind)\",\"c\":\(link),\"n\":\(number),\"p\":\"")
            self.fill(&text, size)
            text.writeString("\"}")
        }
        return (frame, text)
    }

    /// The payload of a mailbox item: any JSON.
    static func item(link: UInt64, number: Int, size: Int, random: inout SplitMix64) -> ByteBuffer {
        var text = ByteBuffer()
        switch random.next() % 6 {
        case 0: text.writeString("\(link).\(number)e2")
        case 1: text.writeString("[ \(link) ,\(number), {\"payload\":null}, \"\\\"}\" ]")
        default:
            text.writeString("{\"c\":\(link),\"n\":\(number),\"p\":\"")
            self.fill(&text, size)
            text.writeString("\"}")
        }
        return text
    }

    private static func fill(_ text: inout ByteBuffer, _ size: Int) {
        if let slice = self.filler.getSlice(at: 0, length: min(size, self.filler.readableBytes)) { text.writeImmutableBuffer(slice) }
    }
}
