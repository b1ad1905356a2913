/// How a store lies in its file.
enum StoreFormat {
    /// What tells the file from those of other programs: "NTWR".
    static let application: UInt32 = 0x4e54_5752
    /// A server refuses files of later versions.
    static let version: UInt32 = 1

    /// Numbers without sign are stored as the signed ones with the same bits.
    ///
    /// - A code is its digits' count × 10⁸ + its value. A room's name is its 16 bytes, an address its 4 or 16, a name of an attempt its text.
    /// - Redemptions are numbered as they come, which is nearly the order in which they are forgotten. Of two with one code and name the later
    ///   one counts.
    /// - A room is one row, so that an item changes two rows, itself and this one. `deserted` is null while somebody is in the room; `locked`
    ///   has bit 0 for side A and bit 1 for B. What is stored of a side's own items (`sid`, `last`, `refused`) is null before the first.
    /// - Items of a side have a `seq` from behind the last that was acknowledged on, without a gap. `number` is in the order in which items of
    ///   all rooms came. By their places alone, in a table without it, each that is longer than a quarter of a page would take a page of its
    ///   own.
    /// - A probe has no meaning but to have been written.
    static let tables = [
        """
        CREATE TABLE codes (code INTEGER PRIMARY KEY, room BLOB NOT NULL, expires INTEGER NOT NULL, client BLOB NOT NULL)
        """,
        """
        CREATE TABLE redemptions (number INTEGER PRIMARY KEY, code INTEGER NOT NULL, id TEXT NOT NULL, room BLOB NOT NULL,
            expires_at REAL NOT NULL, forgotten INTEGER NOT NULL)
        """,
        """
        CREATE TABLE rooms (mailbox INTEGER PRIMARY KEY, room BLOB NOT NULL, owner BLOB NOT NULL, deserted INTEGER, locked INTEGER NOT NULL,
            a_acknowledged INTEGER NOT NULL DEFAULT 0, a_sid TEXT, a_last INTEGER, a_refused BLOB,
            b_acknowledged INTEGER NOT NULL DEFAULT 0, b_sid TEXT, b_last INTEGER, b_refused BLOB)
        """,
        """
        CREATE TABLE items (number INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, side INTEGER NOT NULL, seq INTEGER NOT NULL,
            payload BLOB NOT NULL)
        """,
        "CREATE UNIQUE INDEX item_places ON items (mailbox, side, seq)",
        "CREATE TABLE keys (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE probes (number INTEGER PRIMARY KEY, value BLOB NOT NULL)",
    ]
}
