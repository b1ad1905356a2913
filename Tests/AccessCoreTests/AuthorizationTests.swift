import AccessCore
import Testing

/// What is read from the field Authorization.
@Suite struct AuthorizationTests {
    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   a.b.c", "a.b.c"),
    ])
    func aBearerIsRead(value: String, token: String) throws {
        #expect(try Authorization(Array(value.utf8)).bearer.get() == Array(token.utf8))
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Basic YTpi", "Bearerabc", "abc", "Bearer a\u{7f}", "Bearer \u{e4}"])
    func anythingElseIsNone(value: String) { #expect(Authorization(Array(value.utf8)).bearer == .failure(.scheme)) }

    @Test func nothingAndTooMuch() {
        #expect(Authorization.absent.bearer == .failure(.missing))
        #expect(Authorization.repeated.bearer == .failure(.repeated))
    }
}
