import ByteStreams
import FairShares
package import HTTPServer
import MetricsCore
package import STUNCore
import SignalingCore
package import SignalingRuntime

/// The metrics page: all the server's metrics at one moment.
package struct MetricsPage: Sendable {
    private let counts: MetricCounts
    private let http: HTTPCounts
    private let rooms: RoomTotals.Snapshot
    /// Nil where others have codes in the same place.
    private let codes: CodeService.Gauges?
    private let codesEnded: CodesEnded
    private let roomsEnded: RoomTotals.Ended
    private let limiterKeys: Int
    private let waitingRedeems: Int
    private let openConnections: Int
    private let openWebSockets: Int
    private let clients: Int
    private let shareRefusals: Counts<SharedResource>
    private let shareUsage: [(resource: SharedResource, taken: Int, bound: Int)]
    /// Nil where nothing is stored.
    private let store: StoreFigures?
    private let node: NodeFigures?
    /// Nil where no provider gives ICE servers.
    private let iceProvider: ProviderFigures?
    private let passedHere: Int
    /// Nil where there is no STUN.
    private let stun: STUNFigures?
    private let operation: OperationFigures
    private let droppedLogLines: Int
    private let version: String
    private let startedAt: Double
    private let process: ProcessStatistics

    /// The metrics as they are now.
    ///
    /// - Parameters:
    ///   - node: Nil for a server that is alone.
    ///   - stun: Nil for one without STUN.
    package init(
        _ signaling: Signaling, node: NodeFigures? = nil, http: HTTPMetrics, stun: STUNFigures? = nil,
        operation: OperationFigures = OperationFigures(), openConnections: Int, droppedLogLines: Int, version: String
    ) {
        self.node = node
        self.iceProvider = signaling.ice.provided?.figures
        self.stun = stun
        self.passedHere = signaling.admission.openPassedHere
        self.counts = signaling.metrics.counts
        self.http = http.counts
        self.rooms = signaling.rooms.totals.snapshot
        self.codes = signaling.codes.gauges(now: signaling.clock.now())
        self.codesEnded = signaling.codes.ended
        self.roomsEnded = signaling.rooms.totals.ended
        self.limiterKeys = signaling.limits.keyCount
        self.waitingRedeems = signaling.limits.redeemFailures.waiting
        self.operation = operation
        self.openConnections = openConnections
        self.openWebSockets = signaling.admission.open
        self.clients = signaling.shares.clientCount
        self.shareRefusals = signaling.shares.refusals
        self.shareUsage = signaling.shares.usage
        self.store = signaling.journal?.figures
        self.droppedLogLines = droppedLogLines
        self.version = version
        self.startedAt = signaling.metrics.startedAt
        self.process = .read()
    }

    package func render() -> String {
        var page = PrometheusText()
        self.writeWebSocket(&page)
        self.writeSignaling(&page)
        self.writeCodes(&page)
        self.writeICE(&page)
        if let store { Self.write(store, &page) }
        if let node { self.write(node, &page) }
        if let stun { Self.write(stun, &page) }
        self.writeHTTP(&page)
        self.writeProcess(&page)
        return page.text
    }

    private func writeWebSocket(_ page: inout PrometheusText) {
        page.counter("nt_ws_connections_total", "WebSocket connections accepted.", self.counts.wsConnections)
        page.gauge("nt_ws_open", "WebSocket connections open; MAX_CONNECTIONS is their bound.", Double(self.openWebSockets))
        page.counter("nt_ws_messages_total", "WebSocket messages and control frames received.", "type", self.counts.wsMessages)
        page.gauge("nt_rooms_active", "Rooms with at least one side connected.", Double(self.rooms.activeRooms))
        page.gauge("nt_rooms_kept", "Rooms held in memory, deserted ones with mailboxes included.", Double(self.rooms.rooms))
        page.counter(
            "nt_rooms_ended_total", "Rooms that are gone, by whether both sides were ever there.", "how",
            [("paired", self.roomsEnded.paired), ("alone", self.roomsEnded.alone)])
        page.gauge("nt_peers_active", "Connections that have a side of a room.", Double(self.rooms.peers))
        page.histogram(
            "nt_ws_frame_bytes", "Payload bytes of messages received and handed on.",
            [("dir=\"in\"", self.counts.wsFrameBytesIn), ("dir=\"out\"", self.counts.wsFrameBytesOut)])
        page.histogram("nt_ws_rtt_seconds", "Round trip of the server's own pings.", self.counts.wsRTT)
        page.counter("nt_ws_closed_total", "WebSocket connections ended, by close code.", "code", self.counts.wsClosed)
    }

    private func writeSignaling(_ page: inout PrometheusText) {
        page.counter("nt_signal_messages_total", "Frames received, by type.", "type", self.counts.signalMessages)
        page.counter(
            "nt_signal_bytes_total", "Payload bytes of frames, by direction and type.", "dir", "type",
            [("in", self.counts.signalBytesIn), ("out", self.counts.signalBytesOut)])
        page.counter(
            "nt_session_established_total", "Pairings whose peers reported a connection, by its mode.", "mode", self.counts.established)
        page.counter("nt_session_failed_total", "Pairings whose peers reported failure, by reason.", "reason", self.counts.failed)
        page.histogram(
            "nt_session_time_to_first_flow_seconds", "From room_full to the first report of a connection.",
            self.counts.timeToFirstFlow)
        self.writePairings(&page)
        page.gauge("nt_mailbox_messages", "Mailbox items waiting to be acknowledged.", Double(self.rooms.mailboxMessages))
        page.gauge("nt_mailbox_bytes", "Payload bytes of those items.", Double(self.rooms.mailboxBytes))
        page.gauge("nt_held_bytes", "Payload bytes of frames held for a side that is not there yet.", Double(self.rooms.heldBytes))
        page.gauge(
            "nt_stored_bytes", "Memory of items and held frames, payload and all; STORED_BYTES_MAX is its bound.",
            Double(self.rooms.storedBytes))
    }

    private func writePairings(_ page: inout PrometheusText) {
        page.gauge("nt_pairings_active", "Pairings that have begun and are not over.", Double(self.rooms.pairings))
        page.counter("nt_pairings_total", "Pairings that are over, by what became of them.", self.counts.pairings)
        page.histogram(
            "nt_pairing_first_flow_seconds", "From the first room_full of a pairing to the first report of a connection, by route.",
            Route.allCases.map { ("route=\"\($0.name)\"", self.counts.pairingFirstFlow[$0.rawValue]) })
    }

    private func writeCodes(_ page: inout PrometheusText) {
        if let codes {
            page.gauge("nt_codes_active", "Codes minted and neither redeemed nor expired.", Double(codes.live))
            page.gauge("nt_code_digits", "Digits of the codes being minted.", Double(codes.digits))
        }
        page.counter("nt_codes_minted_total", "Codes minted.", self.counts.codesMinted)
        page.counter(
            "nt_codes_ended_total", "Codes that are live no more, by how that came.", "how",
            [("redeemed", self.codesEnded.redeemed), ("expired", self.codesEnded.expired), ("lost", self.codesEnded.lost)].compactMap {
                how, count in count.map { (how, $0) }
            })
        page.counter("nt_codes_exhausted_total", "Mint requests refused because no code was free.", self.counts.codesExhausted)
        page.counter("nt_codes_redeemed_total", "Redeem requests, by result.", "result", self.counts.codesRedeemed)
        page.counter(
            "nt_code_guessing_alarms_total", "Minutes in which failed guesses of all clients passed their budget.",
            self.counts.guessingAlarms)
        page.counter(
            "nt_access_total", "Requests whose clients were asked who they are, by result; none with AUTH=off.", "result",
            self.counts.access)
        page.counter("nt_rate_limited_total", "Requests and frames refused for coming too often.", "scope", self.counts.rateLimited)
        page.counter(
            "nt_share_refusals_total", "What was refused to clients, or taken back from them, so that there is some for others.",
            "resource", self.shareRefusals)
        page.gauge(
            "nt_share_taken", "How much is taken of what all clients share.", "resource",
            self.shareUsage.map { (SharedResource.names[$0.resource.rawValue], Double($0.taken)) })
        page.gauge(
            "nt_share_bound", "How much there may be of it: MAX_CONNECTIONS, MAX_ROOMS, STORED_BYTES_MAX and others, as in force.",
            "resource",
            self.shareUsage.map { (SharedResource.names[$0.resource.rawValue], Double($0.bound)) })
        page.gauge("nt_clients_counted", "Client networks that hold anything that has a bound.", Double(self.clients))
        page.gauge("nt_limiter_keys", "Client windows and buckets held by the rate limits.", Double(self.limiterKeys))
        page.gauge("nt_redeems_waiting", "Redeem requests that wait for their client's next guess.", Double(self.waitingRedeems))
        page.counter("nt_redeem_waits_total", "Redeem requests that waited, by how that ended.", "end", self.counts.redeemWaits)
    }

    private func writeICE(_ page: inout PrometheusText) {
        page.counter(
            "nt_ice_credentials_total", "Responses with credentials for ICE servers, by request.", "request", self.counts.iceCredentials)
        guard let iceProvider else { return }
        page.gauge(
            "nt_ice_provider_up", "Whether the provider of ICE servers gave a list when it was asked last.", iceProvider.isUp ? 1 : 0)
        page.counter(
            "nt_ice_provider_fetches_total", "Requests for the provider's list, by result.", "result", iceProvider.fetches)
    }

    private static func write(_ store: StoreFigures, _ page: inout PrometheusText) {
        let operations = StoreOperation.allCases
        page.counter(
            "nt_store_operations_total", "Changes for the store, by operation and by what came of them.", "operation", "result",
            operations.map { ("\($0)", store.operations[$0.rawValue]) })
        page.histogram(
            "nt_store_seconds", "From a change to its confirmation by the store, by operation.",
            operations.map { ("operation=\"\($0)\"", store.seconds[$0.rawValue]) })
        page.gauge("nt_store_pending", "Changes that the store has not confirmed yet.", Double(store.pending))
        page.gauge("nt_store_bytes", "What the store takes on its disk.", Double(store.bytes))
    }

    private func write(_ node: NodeFigures, _ page: inout PrometheusText) {
        page.gauge("nt_engine_up", "Whether the engine that keeps codes and mailboxes is connected.", node.isEngineUp ? 1 : 0)
        page.histogram(
            "nt_engine_seconds", "From a call of a script to the engine's reply, by script.",
            node.engineSeconds.map { ("script=\"\($0.script)\"", $0.seconds) })
        page.gauge("nt_rooms_home", "Rooms that are at this node.", Double(node.rooms))
        page.gauge(
            "nt_connections_passed",
            "WebSocket connections open whose rooms are at other nodes (out), and those that other nodes passed here (in).",
            "direction", [("out", Double(node.passedOn)), ("in", Double(self.passedHere))])
        page.counter(
            "nt_leases_lost_total", "Times that this node's lease had lapsed, so that its rooms could be others'.", node.leasesLost)
    }

    private static func write(_ stun: STUNFigures, _ page: inout PrometheusText) {
        page.counter("nt_stun_requests_total", "STUN datagrams that arrived, by what came of them.", "result", stun.requests)
        page.counter(
            "nt_stun_bytes_total", "Bytes of STUN datagrams, without the heads of IP and UDP.", "dir",
            [("in", stun.bytesIn), ("out", stun.bytesOut)])
    }

    private func writeHTTP(_ page: inout PrometheusText) {
        page.counter(
            "nt_http_requests_total", "HTTP requests, by route and by status of the response.", "route", "status", self.http.requests)
        page.histogram("nt_http_request_duration_seconds", "From a request's head to its response.", self.http.duration)
        page.gauge("nt_connections_open", "TCP connections open, of any kind.", Double(self.openConnections))
        page.counter("nt_log_lines_dropped_total", "Log lines dropped because nobody read the log.", self.droppedLogLines)
    }

    private func writeProcess(_ page: inout PrometheusText) {
        page.counter(
            "nt_reloads_total", "Times that settings, or a renewed certificate, were read again, by result.", "result",
            self.operation.reloads)
        if let end = self.operation.certificateEnd {
            page.gauge("nt_tls_certificate_not_after_seconds", "End of the certificate, in seconds since 1970 UTC.", Double(end))
        }
        page.info("nt_build_info", "The build that is running.", [("version", self.version)])
        page.counterSeconds("process_cpu_seconds_total", "User and system CPU time.", self.process.cpuSeconds)
        page.gauge("process_start_time_seconds", "Start, in seconds since 1970 UTC.", self.startedAt)
        page.gauge("process_max_fds", "The limit on open file descriptors.", Double(self.process.maxDescriptors))
        if let open = self.process.openDescriptors { page.gauge("process_open_fds", "Open file descriptors.", Double(open)) }
        if let bytes = self.process.residentBytes { page.gauge("process_resident_memory_bytes", "Resident memory.", Double(bytes)) }
        if let bytes = self.process.virtualBytes { page.gauge("process_virtual_memory_bytes", "Virtual memory.", Double(bytes)) }
    }
}
