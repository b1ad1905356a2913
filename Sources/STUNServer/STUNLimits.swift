package import STUNCore
import TimeKeeping

/// How much of the machine STUN may take.
package struct STUNLimits: Sendable {
    /// Requests of one IPv4 address or IPv6 /64 in each second: a household of many devices, or an office, behind one address; directed at
    /// somebody by forged requests, 55 kbit/s.
    package var perSource = 100
    /// Of all, 20,000 datagrams in a second, and a quarter of the time of one core.
    package var budget = WorkBudget(tick: .milliseconds(10), datagrams: 200, share: TimeSpan(nanoseconds: 2_500_000))
    /// How long until the port is tried again, where it is not to be had.
    package var pauseBeforeRetry = Duration.seconds(5)

    package init() {}
}
