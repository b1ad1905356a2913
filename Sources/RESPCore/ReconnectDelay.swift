package import TimeKeeping

/// How long to wait before the next try to connect: any time up to a bound that doubles from try to try, so that those who lost a connection
/// together do not come back together.
package struct ReconnectDelay: Sendable {
    package static let shortest = TimeSpan.milliseconds(50)
    package static let longest = TimeSpan.seconds(2)

    private var bound = Self.shortest

    package init() {}

    /// After a connection that was of use for so long, if it was at all. One that was for long enough begins the row anew; one that ends as
    /// soon as it is used does not, or it would be opened twenty times a second.
    package mutating func next(after use: TimeSpan?, random: UInt64) -> TimeSpan {
        if let use, use >= Self.longest { self.bound = Self.shortest }
        // The high half of the product: any number of the range is as likely as the others.
        let nanoseconds = random.multipliedFullWidth(by: UInt64(self.bound.nanoseconds) + 1).high
        self.bound = min(self.bound * 2, Self.longest)
        return TimeSpan(nanoseconds: Int64(nanoseconds))
    }
}
