/// Why a frame was refused, as the `code` of an `error` frame. The connection stays open.
package enum ErrorCode: String, Sendable, CaseIterable {
    case invalidJSON = "invalid_json"
    case missingType = "missing_type"
    case unknownType = "unknown_type"
    case invalidField = "invalid_field"
    case peerAbsent = "peer_absent"
    case mailboxFull = "mailbox_full"
    case rateLimited = "rate_limited"
}
