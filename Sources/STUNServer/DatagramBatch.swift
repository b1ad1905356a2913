import CPortableSockets
import NetworkAddresses

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Space for the datagrams of one call, which one thread reads into again and again. What is written in a datagram's place is the response
/// to it.
struct DatagramBatch: ~Copyable {
    // Of one thread, which frees it. What C reads and writes lies within `capacity`, which bounds each count that it is given.
    private let datagrams: UnsafeMutablePointer<psk_datagram>
    private(set) var count = 0

    static let capacity = psk_most_datagrams

    init() {
        self.datagrams = .allocate(capacity: Self.capacity)
        self.datagrams.initialize(repeating: psk_datagram(), count: Self.capacity)
    }

    deinit { self.datagrams.deallocate() }

    /// Replaces what it holds by what has arrived. If there is nothing, the result is why: EAGAIN, or an error.
    mutating func receive(at socket: STUNSocket, most: Int) -> CInt? {
        let count = psk_receive_datagrams(socket.descriptor, self.datagrams, CInt(min(most, Self.capacity)))
        let reason = count < 0 ? errno : nil
        self.count = max(0, Int(count))
        return reason
    }

    /// The result is how many went out.
    func sendResponses(at socket: STUNSocket) -> Int { Int(psk_send_datagrams(socket.descriptor, self.datagrams, CInt(self.count))) }

    func source(of index: Int) -> (address: ClientAddress, port: UInt16) {
        precondition(index < self.count)
        let datagram = self.datagrams + index
        return (ClientAddress.v6(high: datagram.pointee.peer_high, low: datagram.pointee.peer_low).unmapped, datagram.pointee.peer_port)
    }

    /// What has arrived; nothing where that was too long to be kept whole.
    func length(of index: Int) -> Int {
        precondition(index < self.count)
        return self.datagrams[index].is_cut == 0 ? Int(self.datagrams[index].count) : 0
    }

    func withBytes<Result>(of index: Int, _ body: (RawSpan) -> Result) -> Result {
        // As many bytes as the kernel has written to this place, which has space for that many.
        let bytes = UnsafeRawBufferPointer(start: psk_bytes(self.datagrams + index), count: self.length(of: index))
        return body(bytes.bytes)
    }

    /// An empty response is none.
    func respond(to index: Int, with response: [UInt8]) {
        precondition(index < self.count && response.count <= psk_datagram_space)
        self.datagrams[index].count = UInt32(response.count)
        UnsafeMutableRawBufferPointer(start: psk_bytes(self.datagrams + index), count: response.count).copyBytes(from: response)
    }
}
