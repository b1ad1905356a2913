extension RawSpan {
    /// Eight bytes as a little-endian word. `unsafeLoadUnaligned` checks the bounds; its caller has to ensure that any bit pattern is a
    /// valid value, which is true of an integer.
    @inlinable
    package func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
