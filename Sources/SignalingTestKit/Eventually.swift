/// Asks again and again until the answer is yes; a test whose condition never comes about fails.
package func eventually(
    _ what: String, within patience: Duration = .seconds(Patience.seconds), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < end else { throw SocketFailure.unexpected("never came about: \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
