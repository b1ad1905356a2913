import NetworkAddresses
import SignalingTestKit

/// Somebody who mints a code, and those who redeem it at any nodes, some of them more than once.
final class CodeClient {
    private struct Attempt {
        let reply: AskedReply
        /// By which it may be repeated; the number of one that has no name is its own.
        let name: String
        let began: Int64
    }

    private unowned let world: ServerWorld
    private var minting: (reply: AskedReply, began: Int64)?
    private var code: (digits: String, room: String)?
    private var attempts: [Attempt] = []
    private var tries = 0
    private(set) var redeemed = 0

    init(_ world: ServerWorld) { self.world = world }

    private var cluster: Cluster { self.world.cluster }

    func act() {
        self.readMinting()
        self.readAttempts()
        guard let node = self.world.anyNode() else { return }
        guard let code = self.code else {
            if self.minting == nil, !self.world.isOver { self.minting = (self.cluster.ask(.mint, at: node), self.cluster.now) }
            return
        }
        if self.tries < 6, self.cluster.chance(2), !self.world.isOver {
            self.tries += 1
            // Names are used again, at another node as well.
            let name = self.cluster.chance(3) ? nil : "name-\(code.room.prefix(8))-\(self.cluster.random(0...1))"
            let reply = self.cluster.ask(.redeem(code.digits, id: name), at: node)
            self.attempts.append(Attempt(reply: reply, name: name ?? "nameless \(self.cluster.number())", began: self.cluster.now))
        } else if self.tries == 6 || self.world.isOver, self.attempts.isEmpty {
            self.code = nil
        }
    }

    private func readMinting() {
        guard let (asked, began) = self.minting else { return }
        if asked.reply == nil, !asked.stream.isOver { self.world.checkWait(since: began, at: asked.stream.node, "a mint") }
        if let reply = asked.reply {
            self.minting = nil
            asked.stream.end(.fin)
            guard reply.status == 200, let digits = reply.text("code"), let room = reply.text("appID") else { return }
            self.code = (digits, room)
            self.tries = 0
            self.world.minted(digits, room)
        } else if asked.stream.isOver || self.cluster.now - began > 6_000_000_000 {
            self.minting = nil
            asked.stream.end(.reset)
        }
    }

    private func readAttempts() {
        for attempt in self.attempts {
            if attempt.reply.reply == nil, !attempt.reply.stream.isOver {
                self.world.checkWait(since: attempt.began, at: attempt.reply.stream.node, "a redeem")
            }
            if let reply = attempt.reply.reply {
                if reply.status == 200, let code = self.code {
                    self.redeemed += 1
                    self.world.redeemed(code.digits, reply.text("appID") ?? "-", by: attempt.name)
                }
            } else if attempt.reply.stream.isOver || self.cluster.now - attempt.began > 6_000_000_000 || self.cluster.chance(20) {
                // Whoever has left does not know.
            } else {
                continue
            }
            attempt.reply.stream.end(.reset)
            self.attempts.removeAll { $0.reply === attempt.reply }
        }
    }
}
