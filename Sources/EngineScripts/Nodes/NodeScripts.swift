// KEYS of all scripts on nodes: the nodes by name, when their leases end, what all nodes know alone, and the inbox of one node. ARGV begins with
// that node's name.

extension EngineScript {
    static let nodesPrelude = """
        local nodes, leases, shared, inbox, me = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]

        -- Ms that are left of the node's lease; nil where it has lapsed.
        local function left()
            local ending = redis.call('ZSCORE', leases, me)
            if ending and tonumber(ending) > now then return tonumber(ending) - now end
            return nil
        end

        local function remove(node)
            redis.call('HDEL', nodes, node)
            redis.call('ZREM', leases, node)
        end
        """

    /// ARGV: node, life in ms, address, a key. A node's name is used once. Replies: the key that all nodes share, which is that of the first.
    static let enterSource = """
        for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 64)) do remove(lapsed) end
        redis.call('ZADD', leases, now + tonumber(ARGV[2]), me)
        redis.call('HSET', nodes, me, '0 ' .. ARGV[3])
        redis.call('HSETNX', shared, 'key', ARGV[4])
        return redis.call('HGET', shared, 'key')
        """

    /// ARGV: node, life in ms, whether it drains. A lease that has lapsed stays so. Replies: `{}` then; else `{what is in the inbox, node, ms left,
    /// whether it drains and its address, node, …}` with all nodes whose lease lasts.
    static let renewSource = """
        if not left() then
            remove(me)
            return {}
        end
        redis.call('ZADD', leases, now + tonumber(ARGV[2]), me)
        local address = string.match(redis.call('HGET', nodes, me), '^%d (.*)$')
        redis.call('HSET', nodes, me, ARGV[3] .. ' ' .. address)
        local reply = {redis.call('LRANGE', inbox, 0, -1)}
        redis.call('DEL', inbox)
        local lasting = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%d', now), '+inf', 'WITHSCORES')
        for index = 1, #lasting, 2 do
            reply[#reply + 1] = lasting[index]
            reply[#reply + 1] = tonumber(lasting[index + 1]) - now
            reply[#reply + 1] = redis.call('HGET', nodes, lasting[index])
        end
        return reply
        """

    /// ARGV: node. Replies: ms that are left of its lease; 0 where it has lapsed.
    static let leaseSource = "return left() or 0"

    /// ARGV: node, what it is to know. Replies whether it was told: an inbox takes 10,000 notes until the node renews its lease.
    static let notifySource = """
        if not left() or redis.call('LLEN', inbox) >= 10000 then return 0 end
        redis.call('RPUSH', inbox, ARGV[2])
        redis.call('PEXPIRE', inbox, 60000)
        return 1
        """

    /// ARGV: node. Replies 1, where the engine takes what is written.
    static let probeSource = """
        redis.call('HSET', shared, 'probe', me)
        return 1
        """

    /// ARGV: node.
    static let leaveSource = """
        remove(me)
        redis.call('DEL', inbox)
        return 1
        """
}
