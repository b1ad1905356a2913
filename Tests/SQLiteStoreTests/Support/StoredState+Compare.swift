import SignalingCore
import SignalingWire
import TimeKeeping

extension StoredState {
    /// In one order: stores may hold their contents in any.
    var inOrder: StoredState {
        StoredState(
            codes: self.codes.sorted { ($0.code.digits, $0.code.value) < ($1.code.digits, $1.code.value) },
            redemptions: self.redemptions.sorted { ($0.code.text, $0.id.text) < ($1.code.text, $1.id.text) },
            rooms: self.rooms.sorted { $0.name.mailbox.number < $1.name.mailbox.number })
    }

    /// What a process finds that is started at this time.
    func survivors(at now: UnixMilliseconds, roomTTL: TimeSpan) -> StoredState {
        var left = StoredState()
        for code in self.codes where code.expires > now {
            let expires = min(code.expires, now + roomTTL.milliseconds)
            left.codes.append(StoredCode(code: code.code, room: code.room, expires: expires, client: code.client))
        }
        for redemption in self.redemptions where redemption.forgotten > now {
            let forgotten = min(redemption.forgotten, now + 30_000)
            left.redemptions.append(
                StoredRedemption(code: redemption.code, id: redemption.id, redemption: redemption.redemption, forgotten: forgotten))
        }
        for var room in self.rooms {
            let since = min(room.standing.desertedSince ?? now, now)
            room.standing.desertedSince = since
            if since + roomTTL.milliseconds > now { left.rooms.append(room) }
        }
        return left
    }
}
