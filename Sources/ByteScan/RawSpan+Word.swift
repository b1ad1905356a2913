extension RawSpan {
    /// Eight bytes as a little-endian word. `unsafeLoadUnaligned` checks the bounds; what it leaves to its caller is that any bit
    /// pattern be a valid value, which holds for an integer.
    @inlinable
    package func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
