// KEYS of all scripts on codes: live codes, what is counted, the request's result; whose the live codes are, by networks of three widths;
// and for each length from 4 to 8 the codes by their ends and by their values. `redeem` has the guesser's buckets behind these.
// ARGV begins with the fewest and the most digits that codes are minted with, and how many may be live.

extension EngineScript {
    static let codesPrelude = """
        local fewest, longest, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local live, counts, result = KEYS[1], KEYS[2], KEYS[3]
        local function byEnd(digits) return KEYS[2 * digits - 1] end
        local function byValue(digits) return KEYS[2 * digits] end
        local function size(digits) return 10 ^ digits end

        -- A live code's value is its end, its room, and the networks that it counts for.
        local function read(value)
            local ending, room, networks = string.match(value, '^(%d+) (%S+) (.*)$')
            return tonumber(ending), room, networks
        end

        local function count(networks, by)
            local index = 4
            for network in string.gmatch(networks, '%S+') do
                if redis.call('HINCRBY', KEYS[index], network, by) <= 0 then redis.call('HDEL', KEYS[index], network) end
                index = index + 1
            end
        end

        local function insert(code, ending, room, networks)
            redis.call('HSET', live, code, string.format('%d %s %s', ending, room, networks))
            redis.call('ZADD', byEnd(#code), ending, code)
            redis.call('ZADD', byValue(#code), tonumber(code), code)
            count(networks, 1)
        end

        local function remove(code, networks)
            redis.call('HDEL', live, code)
            redis.call('ZREM', byEnd(#code), code)
            redis.call('ZREM', byValue(#code), code)
            count(networks, -1)
        end

        -- Of each length, so that nobody waits for a whole burst.
        local function clearEnded(most)
            local cleared = 0
            for digits = fewest, longest do
                for _, code in ipairs(redis.call('ZRANGEBYSCORE', byEnd(digits), '-inf', now, 'LIMIT', 0, most)) do
                    local _, _, networks = read(redis.call('HGET', live, code))
                    remove(code, networks)
                    cleared = cleared + 1
                end
            end
            return cleared
        end

        local function liveCount(digits) return redis.call('ZCARD', byEnd(digits)) end

        local function totalCount() return redis.call('HLEN', live) end

        -- The fewest digits that new codes have now, if such codes are free.
        local function floorDigits()
            local floor = redis.call('HMGET', counts, 'floor', 'floor-until')
            if floor[2] and tonumber(floor[2]) > now then return math.max(fewest, math.min(longest, tonumber(floor[1]))) end
            return fewest
        end

        -- The shortest length of which less than half is taken; if there is none, the longest that is not used up.
        local function lengthForMinting()
            if totalCount() >= most then return nil end
            for digits = floorDigits(), longest do
                if liveCount(digits) * 2 < size(digits) then return digits end
            end
            for digits = longest, fewest, -1 do
                if liveCount(digits) < size(digits) then return digits end
            end
            return nil
        end
        """

    /// ARGV: … life in ms, room, networks, the cap of one client (0: none), how many times that each network may have, random numbers below 2^53.
    /// Replies: `{1, cleared, code, end, ms left}`, `{0, cleared, ms until a code is free}`, `{2, cleared}` for a client that has its share;
    /// `cleared` says how many codes that had ended this call has removed.
    static let mintSource = """
        local again = redis.call('GET', result)
        if again then
            local code, ending, forgotten = string.match(again, '^(%d+) (%d+) (%d+)$')
            if tonumber(forgotten) > now then return {1, 0, code, tonumber(ending), math.max(tonumber(ending) - now, 0)} end
        end

        -- A mint frees several, so that none pile up.
        local cleared = clearEnded(64)

        local total, cap, index, isAtShare = totalCount(), tonumber(ARGV[7]), 1, false
        for network in string.gmatch(ARGV[6], '%S+') do
            local holders = KEYS[3 + index]
            local held = tonumber(redis.call('HGET', holders, network) or 0)
            if cap > 0 and held + 1 > cap * tonumber(ARGV[7 + index]) then return {2, cleared} end
            -- Whoever holds none may begin. The sharers are those that hold any, and one that may come.
            if held > 0 and held >= math.floor(most / (redis.call('HLEN', holders) + 1)) then isAtShare = true end
            index = index + 1
        end
        if total + 1 > most - math.floor(most / 4) and isAtShare then return {2, cleared} end

        local digits = lengthForMinting()
        if not digits then
            local earliest
            for digits = 4, 8 do
                local first = redis.call('ZRANGE', byEnd(digits), 0, 0, 'WITHSCORES')[2]
                if first and (not earliest or tonumber(first) < earliest) then earliest = tonumber(first) end
            end
            return {0, cleared, math.max((earliest or now) - now, 1000)}
        end

        local function spelled(value) return string.format('%0' .. digits .. 'd', value) end
        local code
        for index = 11, #ARGV do
            local drawn = spelled(math.floor(tonumber(ARGV[index]) / 2 ^ 53 * size(digits)))
            if redis.call('HEXISTS', live, drawn) == 0 then
                code = drawn
                break
            end
        end
        if not code then
            -- Of the free values the one of a random rank.
            local rank = math.floor(tonumber(ARGV[11]) / 2 ^ 53 * (size(digits) - liveCount(digits)))
            local low, high = 0, size(digits) - 1
            while low < high do
                local middle = math.floor((low + high) / 2)
                if middle + 1 - redis.call('ZCOUNT', byValue(digits), 0, middle) > rank then high = middle else low = middle + 1 end
            end
            code = spelled(low)
        end

        local ending = now + tonumber(ARGV[4])
        insert(code, ending, ARGV[5], ARGV[6])
        redis.call('SET', result, string.format('%s %d %d', code, ending, now + 30000), 'PX', 90000)
        return {1, cleared, code, ending, ending - now}
        """

    /// ARGV: … code, and for each of the guesser's buckets the ms in which a token comes back and those in which all do.
    /// Replies: `{1, room, end, ms left, whether it was redeemed by this request before}`; `{2, ms until a guess is looked at}`; `{0}` for a code that
    /// is gone, or, where the failures of all clients are too many, `{0, live, codes of that length, digits now, whether they grew}`.
    static let redeemSource = """
        local again = redis.call('GET', result)
        if again then
            local room, ending, forgotten = string.match(again, '^(%S+) (%d+) (%d+) ')
            if tonumber(forgotten) > now then return {1, room, tonumber(ending), math.max(tonumber(ending) - now, 0), 1} end
        end

        local ready, buckets = now, {}
        for index = 17, #KEYS do
            local each, all = tonumber(ARGV[2 * index - 29]), tonumber(ARGV[2 * index - 28])
            local full = math.max(tonumber(redis.call('GET', KEYS[index]) or 0), now) + each
            ready = math.max(ready, full - all)
            buckets[index] = full
        end
        if ready > now then return {2, ready - now} end

        local code = ARGV[4]
        local value = redis.call('HGET', live, code)
        if value then
            local ending, room, networks = read(value)
            -- One that has ended is cleared, and counted, by `clearEnded`.
            if ending > now then
                remove(code, networks)
                redis.call('SET', result, string.format('%s %d %d %s', room, ending, now + 30000, networks), 'PX', 90000)
                return {1, room, ending, ending - now, 0}
            end
        end

        for index, full in pairs(buckets) do redis.call('SET', KEYS[index], string.format('%d', full), 'PX', full - now + 60000) end

        -- The failures of all clients in a minute, against the number that gives half a hit by chance.
        local window = redis.call('HMGET', counts, 'window-end', 'failures', 'told')
        local failures, told = tonumber(window[2] or 0) + 1, window[3]
        if not window[1] or tonumber(window[1]) <= now then
            failures, told = 1, '0'
            redis.call('HSET', counts, 'window-end', string.format('%d', now + 60000), 'told', '0')
        end
        redis.call('HSET', counts, 'failures', failures)
        local digits = lengthForMinting() or longest
        local taken = liveCount(digits)
        if told == '1' or failures <= math.max(20, math.floor(size(digits) / (2 * math.max(1, taken)))) then return {0} end
        local current = floorDigits()
        local raised = math.min(current + 1, longest)
        redis.call('HSET', counts, 'told', '1', 'floor', raised, 'floor-until', string.format('%d', now + 600000))
        return {0, taken, size(digits), lengthForMinting() or longest, raised > current and 1 or 0}
        """

    /// ARGV: … code, room. Nobody was told of the code: it leads nowhere any more. Replies whether it led to this room.
    static let freeSource = """
        local value = redis.call('HGET', live, ARGV[4])
        if not value then return 0 end
        local _, room, networks = read(value)
        if room ~= ARGV[5] then return 0 end
        remove(ARGV[4], networks)
        return 1
        """

    /// ARGV: … code, room. Nobody was told that the code was redeemed, by the request whose result is forgotten: it is live again, unless it has
    /// ended, or one like it was minted since. Replies whether it is.
    static let giveBackSource = """
        local again = redis.call('GET', result)
        if not again then return 0 end
        local room, ending, forgotten, networks = string.match(again, '^(%S+) (%d+) (%d+) (.*)$')
        if room ~= ARGV[5] or tonumber(forgotten) <= now then return 0 end
        redis.call('DEL', result)
        if tonumber(ending) <= now or redis.call('HEXISTS', live, ARGV[4]) == 1 then return 0 end
        insert(ARGV[4], tonumber(ending), room, networks)
        return 1
        """

    /// ARGV: … how many of each length at most. Removes codes that have ended, and replies how many.
    static let clearEndedSource = """
        return clearEnded(tonumber(ARGV[4]))
        """
}
