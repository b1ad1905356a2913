import SignalingCore
import TimeKeeping

/// The times that what is stored can have: a wall clock goes back sometimes.
struct TimeBounds {
    let now: UnixMilliseconds
    /// The life of codes, and of rooms that nobody is in.
    let roomTTL: Int64

    init(now: UnixMilliseconds, roomTTL: TimeSpan) {
        self.now = now
        self.roomTTL = roomTTL.milliseconds
    }

    /// Takes out what has ended, and shortens what would last longer than it may. Who was in a room when the process ended is in it no more.
    /// What is not a time is left for whoever reads it: it is damage.
    func enforce(in database: Database) throws(DatabaseFault) {
        try database.prepare("DELETE FROM codes WHERE expires <= ?1").run(.integer(self.now))
        try database.prepare("UPDATE codes SET expires = ?1 WHERE expires > ?1 AND typeof(expires) = 'integer'").run(
            .integer(self.now + self.roomTTL))
        try database.prepare("DELETE FROM redemptions WHERE forgotten <= ?1").run(.integer(self.now))
        try database.prepare("UPDATE redemptions SET forgotten = ?1 WHERE forgotten > ?1 AND typeof(forgotten) = 'integer'").run(
            .integer(self.now + RecentRedemptions.memory.milliseconds))
        try database.prepare("UPDATE rooms SET deserted = ?1 WHERE deserted IS NULL OR deserted > ?1 AND typeof(deserted) = 'integer'").run(
            .integer(self.now))
        let ended = SQLValue.integer(self.now - self.roomTTL)
        try database.prepare("DELETE FROM items WHERE mailbox IN (SELECT mailbox FROM rooms WHERE deserted <= ?1)").run(ended)
        try database.prepare("DELETE FROM rooms WHERE deserted <= ?1").run(ended)
    }
}
