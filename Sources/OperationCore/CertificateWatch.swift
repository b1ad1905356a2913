/// When the files of a certificate are worth reading again, and what is said of that.
///
/// Whoever renews a certificate writes two files, one after the other, and may be seen in between: what cannot be used is left, and tried at
/// each look until it can.
package struct CertificateWatch<Stamp: Equatable & Sendable>: Sendable {
    package enum Report: Sendable, Equatable {
        case renewed
        /// It was not said yet.
        case cannotBeUsed(String)
        case nothing
    }

    /// What the files were when they were read last.
    private var known: Stamp
    /// Why they could not be used then.
    private var complaint: String?

    package init(served: Stamp) { self.known = served }

    package func isWorthReading(_ seen: Stamp) -> Bool { seen != self.known || self.complaint != nil }

    /// They were read, and can be used unless there is a reason why not.
    package mutating func wasRead(_ seen: Stamp, complaint: String?) -> Report {
        let before = self.complaint
        self.known = seen
        self.complaint = complaint
        guard let complaint else { return .renewed }
        return complaint == before ? .nothing : .cannotBeUsed(complaint)
    }
}
