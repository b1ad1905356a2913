import ByteScan
import SignalingWire
package import TimeKeeping

/// What a webhook says.
package enum WebhookVerdict: Sendable, Equatable {
    /// The life of the code may be shorter than was asked for.
    case admitted(AccessSubject?, longestLife: TimeSpan?)
    case refused(AccessRefusal)
    /// It says nothing that is understood, so that nobody is let in.
    case unusable(String)

    /// Bytes of its response.
    package static let longestBody = 4096

    package init(status: Int, body: [UInt8]) {
        switch status {
        case 204: self = .admitted(nil, longestLife: nil)
        case 200: self = Self.reading(body)
        case 401: self = .refused(.unauthorized)
        case 403: self = .refused(.forbidden)
        default: self = .unusable("status \(status)")
        }
    }

    /// A page that says 200 to everything is no webhook: a body must be what is expected of one.
    private static func reading(_ body: [UInt8]) -> WebhookVerdict {
        let text = body.span
        if JSONObject.isBlank(text) { return .admitted(nil, longestLife: nil) }
        guard UTF8Validator.isWhole(text), let ttl = try? JSONObject.member("ttl", of: text),
            let subject = try? JSONObject.member("subject", of: text)
        else { return .unusable("a body that is no JSON object") }
        var (who, life): (AccessSubject?, TimeSpan?)
        if subject.isPresent, subject.form != .null {
            who = subject.string(in: text, atMost: AccessSubject.longestName).flatMap { AccessSubject(.webhook, $0) }
            if who == nil { return .unusable("a subject that is no text of 1 to \(AccessSubject.longestName) bytes") }
        }
        if ttl.isPresent, ttl.form != .null {
            guard let seconds = ttl.number(in: text), seconds > 0 else { return .unusable("a ttl that is no number of seconds above 0") }
            // The code book has a bound of its own; this one only keeps the nanoseconds within 64 bits.
            life = TimeSpan(nanoseconds: max(1, Int64(min(seconds, 1e8) * 1e9)))
        }
        return .admitted(who, longestLife: life)
    }
}
