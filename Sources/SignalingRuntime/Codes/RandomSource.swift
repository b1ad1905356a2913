/// Randomness passed in, so that tests can seed it; the server uses the system's secure generator.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private let draw: @Sendable () -> UInt64

    package init(_ draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

    package static let system = RandomSource { RandomPool.system.next() }

    package mutating func next() -> UInt64 { self.draw() }
}
