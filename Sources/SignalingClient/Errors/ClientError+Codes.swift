// The codes of errors, and what people can do about each. They are those of the JavaScript client, and a few of Swift's own.

extension ClientError.Code {
    public static let codeMalformed: Self = "code_malformed"
    public static let codeGone: Self = "code_gone"
    public static let tooManyGuesses: Self = "too_many_guesses"
    public static let noCodeFree: Self = "no_code_free"
    public static let rateLimited: Self = "rate_limited"
    public static let unauthorized: Self = "unauthorized"
    public static let forbidden: Self = "forbidden"
    public static let originRefused: Self = "origin_refused"
    public static let tokenRefused: Self = "token_refused"
    public static let serverFull: Self = "server_full"
    public static let serverDraining: Self = "server_draining"
    public static let serverUnreachable: Self = "server_unreachable"
    public static let serverError: Self = "server_error"
    public static let upgradeRefused: Self = "upgrade_refused"
    public static let roomInvalid: Self = "room_invalid"
    public static let sideBusy: Self = "side_busy"
    public static let replaced: Self = "replaced"
    public static let unresponsive: Self = "unresponsive"
    public static let slowConsumer: Self = "slow_consumer"
    public static let mailboxFull: Self = "mailbox_full"
    public static let messageTooBig: Self = "message_too_big"
    public static let messageTooSlow: Self = "message_too_slow"
    public static let tooManyRefusals: Self = "too_many_refusals"
    public static let queueFull: Self = "queue_full"
    public static let protocolError: Self = "protocol_error"
    public static let closed: Self = "closed"

    /// The task that waited was cancelled.
    public static let cancelled: Self = "cancelled"
    /// The program has passed something that cannot be.
    public static let invalidArgument: Self = "invalid_argument"
    /// An item is no value of the type that was asked for.
    public static let itemUnreadable: Self = "item_unreadable"

    var advice: String? { Self.advices[self.rawValue] }

    private static let advices: [String: String] = [
        "code_malformed": "Type the code again: it has 4 to 8 digits, and its words behind them if it has any.",
        "code_gone": """
        The code was used, has expired or never was. If you have just been told it, somebody else was quicker. Ask for a new one.
        """,
        "too_many_guesses": "Too many wrong codes came from here. Wait, then check the code before trying again.",
        "no_code_free": "The server has no code left at the moment. Try again later.",
        "rate_limited": "The server has had too many requests from here. Wait, then try again.",
        "unauthorized": "The server asks for an access key, and got none, or one that is wrong or has expired. Pass one as authorization.",
        "forbidden": "The server knows who asks, and does not allow it. Ask its operator.",
        "origin_refused": "The server, or a proxy before it, does not let this program in. Ask its operator.",
        "token_refused": "The server does not know this room's token: the room is gone, or was never one of its codes. Ask for a new code.",
        "server_full": "The server has as many connections as it may. Try again later.",
        "server_draining": "The server is restarting. Try again in a moment.",
        "server_unreachable": "Check the network and the server's address.",
        "server_error": """
        The server, or a proxy before it, gave an unexpected answer. Try again later; if that does not help, tell its operator.
        """,
        "upgrade_refused": "The server answers, but no WebSocket comes about. A proxy may not pass upgrades on.",
        "room_invalid": "The room's name must be a UUID, such as createCode and redeemCode give.",
        "side_busy": "Somebody else has this side of the room. Ask for a new code, or close the other one.",
        "replaced": "Another program or device has taken this place over. Go on there, or begin anew here.",
        "unresponsive": "The connection has died. Check the network.",
        "slow_consumer": "This device did not keep up with what was sent to it. Send less, or slower.",
        "mailbox_full": "The mailbox is full until the other side has fetched something. Wait, then send again.",
        "message_too_big": "Send it in smaller pieces, or over the data channel.",
        "message_too_slow": "The network is too slow for a message of this size. Send smaller ones.",
        "too_many_refusals": "The server has refused too many frames in a minute. Send slower, and look at the errors that it gave.",
        "queue_full": "Too much is waiting to be sent. Wait until earlier sends have returned.",
        "protocol_error": "Client and server, or both clients, do not understand each other. Update them to versions that fit.",
        "closed": "The session was closed here. Begin a new one.",
        "item_unreadable": "The other side sent something else than was asked for. Read it with rawItems, or update both programs.",
    ]
}
