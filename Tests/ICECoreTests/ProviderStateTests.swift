import ICECore
import Testing
import TimeKeeping

/// How long a provider's list is used, and when it is asked for the next.
@Suite struct ProviderStateTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func list(_ ttl: Int? = nil, host: String = "a") throws -> ProvidedList {
        let member = ttl.map { #","ttl":\#($0)"# } ?? ""
        let text = #"{"iceServers":[{"urls":["stun:\#(host)","turn:\#(host)"],"username":"u","credential":"p"}]\#(member)}"#
        return try ProvidedList(Array(text.utf8), unixSeconds: 0)
    }

    @Test func aListIsUsedUntilItEndsAndTheNextIsFetchedBefore() throws {
        var state = ProviderState(life: .minutes(120))
        #expect(state.current(now: self.start) == nil && !state.isUp)
        let (change, wait) = state.received(try self.list(600), now: self.start, jitter: 0)
        #expect(change == .up(urls: 2) && wait == .seconds(300) && state.isUp)
        let current = try #require(state.current(now: self.start))
        #expect(current.end == self.start + .seconds(600) && current.urlCount == 2)
        #expect(state.current(now: self.start + .milliseconds(599_999)) == current)
        #expect(state.current(now: self.start + .seconds(600)) == nil)
    }

    @Test func whereTheProviderNamesNoLifeTheOneCountsThatWasAskedFor() throws {
        var state = ProviderState(life: .minutes(120))
        #expect(state.received(try self.list(), now: self.start, jitter: 0).wait == .minutes(60))
        #expect(state.current(now: self.start)?.end == self.start + .minutes(120))
    }

    @Test func aListWithoutCredentialsDoesNotEnd() throws {
        var state = ProviderState(life: .minutes(2))
        let list = try ProvidedList(Array(#"[{"urls":"stun:a"}]"#.utf8), unixSeconds: 0)
        #expect(state.received(list, now: self.start, jitter: 0).wait == ProviderState.longestRest)
        #expect(state.current(now: self.start + .seconds(1_000_000))?.end == .some(nil))
    }

    @Test func theLastGoodListIsUsedWhileTheProviderFails() throws {
        var state = ProviderState(life: .minutes(120))
        _ = state.received(try self.list(600), now: self.start, jitter: 0)
        let later = self.start + .seconds(300)
        #expect(state.failed("it sleeps", now: later, jitter: 0).change == .down("it sleeps", left: .seconds(300)))
        #expect(!state.isUp && state.current(now: later) != nil)
        // Nobody wants to read that it goes on as it was.
        #expect(state.failed("it sleeps", now: later + .seconds(10), jitter: 0).change == nil)
        #expect(state.failed("it sleeps", now: self.start + .seconds(600), jitter: 0).change == .ended)
        #expect(state.failed("it sleeps", now: self.start + .seconds(660), jitter: 0).change == nil)
        let again = state.received(try self.list(600, host: "b"), now: self.start + .seconds(700), jitter: 0)
        #expect(again.change == .up(urls: 2))
        #expect(state.current(now: self.start + .seconds(701)) != nil)
        #expect(state.received(try self.list(600), now: self.start + .seconds(900), jitter: 0).change == nil)
    }

    @Test func aProviderThatNeverGaveAnythingIsToldOfOnce() {
        var state = ProviderState(life: .minutes(120))
        #expect(state.failed("no", now: self.start, jitter: 0).change == .down("no", left: nil))
        for _ in 0..<5 { #expect(state.failed("no", now: self.start, jitter: 0).change == nil) }
    }

    @Test func whoFailsIsAskedLessAndLess() throws {
        var state = ProviderState(life: .minutes(120))
        let waits = (0..<8).map { _ in state.failed("no", now: self.start, jitter: 0).wait }
        #expect(waits == [2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        _ = state.received(try self.list(600), now: self.start, jitter: 0)
        #expect(state.failed("no", now: self.start, jitter: 0).wait == .seconds(2))
    }

    @Test func severalServersDoNotAskAtTheSameTime() throws {
        var state = ProviderState(life: .minutes(120))
        #expect(state.failed("no", now: self.start, jitter: 0.5).wait == .milliseconds(1500))
        // Earlier, never later: the list would end.
        #expect(state.received(try self.list(600), now: self.start, jitter: 0.5).wait == .seconds(285))
        #expect(state.received(try self.list(30), now: self.start, jitter: 0.99).wait > .seconds(13))
    }

    @Test func noProviderIsAskedAllTheTime() throws {
        var state = ProviderState(life: .seconds(1))
        #expect(state.received(try self.list(), now: self.start, jitter: 0.99).wait == ProviderState.shortestRest)
    }
}
