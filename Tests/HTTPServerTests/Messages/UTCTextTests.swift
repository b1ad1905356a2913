import Testing

@testable import HTTPServer

@Suite struct UTCTextTests {
    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_827_696.0, "2000-02-29T12:34:56Z", "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_769_860_800.0, "2026-01-31T12:00:00Z", "Sat, 31 Jan 2026 12:00:00 GMT"),
        (1_798_761_599.999, "2026-12-31T23:59:59Z", "Thu, 31 Dec 2026 23:59:59 GMT"),
        (4_107_542_400.0, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func aMomentIsSpelledInUTC(unixSeconds: Double, timestamp: String, date: String) {
        #expect(UTCText.timestamp(unixSeconds) == timestamp)
        #expect(UTCText.httpDate(unixSeconds) == date)
    }

    @Test func theCachedDateMovesOnWithTheSecond() {
        var cache = DateCache()
        #expect(cache.text(at: 59.999) == "Thu, 01 Jan 1970 00:00:59 GMT")
        #expect(cache.text(at: 60.0) == "Thu, 01 Jan 1970 00:01:00 GMT")
        #expect(cache.text(at: 60.9) == "Thu, 01 Jan 1970 00:01:00 GMT")
        // A wall clock may be set back.
        #expect(cache.text(at: 0.5) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }
}
