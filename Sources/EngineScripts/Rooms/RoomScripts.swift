// KEYS of all scripts on rooms: the room, and the mailboxes of A and of B. ARGV begins with the node that asks, and its epoch: who it is to be
// home, and since when. A node that is not the room's home any more, or was in another epoch, changes nothing.

extension EngineScript {
    static let roomsPrelude = """
        local room, me, epoch = KEYS[1], ARGV[1], ARGV[2]
        local function mailbox(side) return side == 'A' and KEYS[2] or KEYS[3] end
        local function number(field) return tonumber(redis.call('HGET', room, field) or 0) end

        -- The reply to a node that is not home, or not since this epoch: who is, and since when. Nil for the home.
        local function loss()
            local found = redis.call('HMGET', room, 'home', 'epoch')
            if found[1] == me and found[2] == epoch then return nil end
            return {0, found[1] or '', found[2] or ''}
        end

        local function live(life)
            redis.call('HSET', room, 'end', string.format('%d', now + life))
            for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, life + 60000) end
        end
        """

    /// ARGV: node, the home that has lapsed (or none), life in ms, ms that a deserted room is kept, mailbox id, owner.
    /// Replies: `{0, home}`, or `{1, epoch, mailbox id, owner, locked sides, A's and B's acknowledged number, what of A's and B's items was accepted, A's
    /// items, B's items}`.
    static let claimSource = """
        local lapsed = ARGV[2]
        local function found() return redis.call('HMGET', room, 'home', 'epoch', 'end', 'deserted', 'mailbox') end
        local before = found()
        local last = tonumber(before[2] or 0)
        local isOver = before[3] and tonumber(before[3]) <= now
            or before[1] == '' and before[4] and before[4] ~= '' and tonumber(before[4]) + tonumber(ARGV[4]) <= now
        if before[5] and isOver then
            redis.call('DEL', room, KEYS[2], KEYS[3])
            before = found()
        end
        local home = before[1]
        if home and home ~= '' and home ~= me and home ~= lapsed then return {0, home} end
        if not before[5] then redis.call('HSET', room, 'mailbox', ARGV[5], 'owner', ARGV[6], 'locked', '') end
        -- Later than any that a room of this name had, also one that is forgotten.
        local next = string.format('%d', math.max(last + 1, now))
        redis.call('HSET', room, 'home', me, 'epoch', next, 'deserted', '')
        live(tonumber(ARGV[3]))
        local kept = redis.call('HMGET', room, 'mailbox', 'owner', 'locked', 'done-A', 'done-B', 'accepted-A', 'accepted-B')
        return {
            1, next, kept[1], kept[2], kept[3], kept[4] or '0', kept[5] or '0', kept[6] or '', kept[7] or '',
            redis.call('LRANGE', KEYS[2], 0, -1), redis.call('LRANGE', KEYS[3], 0, -1)
        }
        """

    /// Replies: `{home, epoch}` of the room, both empty where it has none.
    static let lookSource = """
        local found = redis.call('HMGET', room, 'home', 'epoch')
        return {found[1] or '', found[2] or ''}
        """

    /// ARGV: node, epoch, life in ms, recipient, the first item's number, sender, what of the sender's items was accepted (empty: unchanged), items.
    /// Replies: `{1, last number}`; `{0, home, its epoch}`; `{2, last number}` where numbers before the first are missing.
    static let storeSource = """
        local lost = loss()
        if lost then return lost end
        local items = mailbox(ARGV[4])
        local last = number('done-' .. ARGV[4]) + redis.call('LLEN', items)
        local first = tonumber(ARGV[5])
        if first > last + 1 then return {2, last} end
        -- Those that are there already came before, and their reply was lost.
        for index = 8 + last + 1 - first, #ARGV do
            redis.call('RPUSH', items, ARGV[index])
            last = last + 1
        end
        if ARGV[7] ~= '' then redis.call('HSET', room, 'accepted-' .. ARGV[6], ARGV[7]) end
        live(tonumber(ARGV[3]))
        return {1, last}
        """

    /// ARGV: node, epoch, side, number. All items of the side's mailbox up to this one are done with. Replies: `{1, that number}`, `{0,
    /// home, its epoch}`.
    static let acknowledgeSource = """
        local lost = loss()
        if lost then return lost end
        local items, field = mailbox(ARGV[3]), 'done-' .. ARGV[3]
        local acknowledged = number(field)
        local done = math.min(redis.call('LLEN', items), tonumber(ARGV[4]) - acknowledged)
        if done > 0 then
            redis.call('LTRIM', items, done, -1)
            acknowledged = redis.call('HINCRBY', room, field, done)
        end
        return {1, acknowledged}
        """

    /// ARGV: node, epoch, deserted since (empty: in use), locked sides. Replies: `{1}`, `{0, home, its epoch}`.
    static let standSource = """
        local lost = loss()
        if lost then return lost end
        local before = redis.call('HGET', room, 'locked')
        for side in string.gmatch(ARGV[4], '%u') do
            -- Which items were accepted was a stranger's matter.
            if not string.find(before, side, 1, true) then redis.call('HDEL', room, 'accepted-' .. side) end
        end
        redis.call('HSET', room, 'deserted', ARGV[3], 'locked', ARGV[4])
        return {1}
        """

    /// ARGV: node, epoch, life in ms. Replies: `{1}`, `{0, home, its epoch}`.
    static let keepSource = """
        local lost = loss()
        if lost then return lost end
        live(tonumber(ARGV[3]))
        return {1}
        """

    /// ARGV: node, epoch, deserted since (empty: it is forgotten). Replies: `{1}`, `{0, home, its epoch}`.
    static let releaseSource = """
        local lost = loss()
        if lost then return lost end
        if ARGV[3] == '' then
            redis.call('DEL', room, KEYS[2], KEYS[3])
        else
            redis.call('HSET', room, 'home', '', 'deserted', ARGV[3])
        end
        return {1}
        """

    /// Writes anew what a home has of its room, where the engine has lost it or may have something else: unless a later home has it.
    /// ARGV: node, epoch, life in ms, mailbox id, owner, deserted since, locked sides, A's and B's acknowledged number, what of A's and
    /// B's items was accepted, how many items are A's, items. Replies: `{1}`, `{0, home, its epoch}`.
    static let adoptSource = """
        local found = redis.call('HMGET', room, 'home', 'epoch')
        local last = tonumber(found[2] or 0)
        -- Where the engine lost the room, a home that had lost it before may have come first: what that one wrote is older.
        if last > tonumber(epoch) or last == tonumber(epoch) and found[1] ~= me then return {0, found[1], found[2]} end
        redis.call('DEL', room, KEYS[2], KEYS[3])
        redis.call(
            'HSET', room, 'home', me, 'epoch', epoch, 'mailbox', ARGV[4], 'owner', ARGV[5], 'deserted', ARGV[6], 'locked', ARGV[7],
            'done-A', ARGV[8], 'done-B', ARGV[9], 'accepted-A', ARGV[10], 'accepted-B', ARGV[11])
        for index = 13, #ARGV do
            redis.call('RPUSH', index < 13 + tonumber(ARGV[12]) and KEYS[2] or KEYS[3], ARGV[index])
        end
        live(tonumber(ARGV[3]))
        return {1}
        """
}
