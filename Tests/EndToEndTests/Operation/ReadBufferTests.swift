import NIOCore
import Testing

@testable import ChannelTransport

@Suite struct ReadBufferTests {
    @Test(arguments: [512, 4096, 65_536, 1 << 20])
    func theFirstBufferHasTheSizeThatIsSet(size: Int) {
        let first = ChannelLoops.readBuffers(first: size).buffer(allocator: ByteBufferAllocator())
        // No read brings more than 64 KiB.
        #expect(first.capacity == min(size, 65_536))
    }

    @Test func buffersGrowWithWhatIsRead() {
        var buffers = ChannelLoops.readBuffers(first: 4096)
        for _ in 0..<8 { _ = buffers.record(actualReadBytes: buffers.buffer(allocator: ByteBufferAllocator()).capacity) }
        #expect(buffers.buffer(allocator: ByteBufferAllocator()).capacity == 65_536)
    }
}
