import LoadClients
import RawLoad

/// From the upgrades to the close frames.
extension Session {
    func upgraded(_ connection: RawConnection) {
        if connection.side == 0 { self.join(self.worker(connection), side: 1) }
    }

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        let worker = self.worker(connection)
        switch FrameType(payload) {
        case .roomFull: self.roomFull(worker, connection.side)
        case .offer:
            guard connection.side == 1, !worker.hasOffer else { return self.fail(worker, "a stray offer") }
            worker.hasOffer = true
            self.offerLatency.record(MonotonicClock.now - worker.offeredAt)
            self.compare(payload, self.frames.offer)
            self.loop.send(self.frames.answerFrame, on: connection)
            self.sendCandidates(connection)
        case .answer:
            self.compare(payload, self.frames.answer)
            self.sendCandidates(connection)
        case .ice:
            let number = worker.peers[connection.side].candidates
            if number < 8 { self.compare(payload, self.frames.candidates[number]) } else { self.faults.duplicated += 1 }
            worker.peers[connection.side].candidates = number + 1
            if number == 7 { self.leave(worker) }
        case .peerLeft, .deliver, .accepted, .error, .other: self.faults.ignored += 1
        }
    }

    private func compare(_ payload: UnsafeRawBufferPointer, _ sent: [UInt8]) {
        if !payload.isEqual(to: sent) { self.faults.altered += 1 }
    }

    private func roomFull(_ worker: SessionWorker, _ side: Int) {
        if worker.peers[side].isFull {
            self.faults.duplicated += 1
            return
        }
        worker.peers[side].isFull = true
        guard worker.peers[1 - side].isFull, let first = worker.peers[0].connection else { return }
        worker.phase = .talking
        worker.offeredAt = MonotonicClock.now
        self.pairing.record(worker.offeredAt - worker.begunAt)
        self.loop.send(self.frames.offerFrame, on: first)
    }

    private func sendCandidates(_ connection: RawConnection) {
        // Each in a write of its own, as browsers find them one after the other.
        for frame in self.frames.candidateFrames { self.loop.send(frame, on: connection) }
    }

    private func leave(_ worker: SessionWorker) {
        guard worker.phase == .talking, worker.peers.allSatisfy({ $0.candidates >= 8 }) else { return }
        worker.phase = .leaving
        for side in 0...1 {
            worker.peers[side].hasLeft = true
            if let connection = worker.peers[side].connection { self.loop.send(self.frames.goodbye, on: connection) }
        }
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        let worker = self.worker(connection)
        if connection.mode == .http {
            if worker.http === connection { self.fail(worker, "HTTP: \(end)") }
        } else if worker.peers[connection.side].hasLeft {
            self.end(worker)
        } else {
            self.fail(worker, "WebSocket: \(end)")
        }
    }
}
