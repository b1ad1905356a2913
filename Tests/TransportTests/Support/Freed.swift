/// Says when it is freed.
final class Freed: Sendable {
    private let freed: @Sendable () -> Void

    init(_ freed: @escaping @Sendable () -> Void) { self.freed = freed }

    deinit { self.freed() }

    func touch() {}
}
