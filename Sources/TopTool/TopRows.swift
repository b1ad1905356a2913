/// A row of the screen: what it is about, and figures, of which each stays whole where the row has to be broken.
package struct TopRow: Sendable, Equatable {
    package let title: String
    package let figures: [String]
    /// Something that an operator has to look at.
    package let isAlarming: Bool

    package init(_ title: String, _ figures: [String], isAlarming: Bool = false) {
        self.title = title
        self.figures = figures
        self.isAlarming = isAlarming
    }
}

/// What is worth a look, of the pages that came: the most important first, as the rest goes out of a small window.
package enum TopRows {
    package static func of(_ history: TopHistory) -> [TopRow] {
        guard let page = history.latest else { return [] }
        return self.alarms(history, page)
            + [
                self.now(page), self.rates(history), self.outcomes(page), self.failures(page), self.firstFlow(page),
                self.process(history, page),
                self.refusals(history, page), self.kept(page), self.elsewhere(page),
            ].filter { !$0.figures.isEmpty }
    }

    private static func now(_ page: MetricsPage) -> TopRow {
        let digits = page.value("nt_code_digits").map { " of \(TopNumbers.count($0)) digits" } ?? ""
        return TopRow(
            "Now",
            [
                self.figure(page, "nt_ws_open", "WebSockets"), self.figure(page, "nt_rooms_active", "rooms"),
                self.figure(page, "nt_pairings_active", "pairings"), self.figure(page, "nt_codes_active", "codes").map { $0 + digits },
            ].compactMap { $0 })
    }

    private static func rates(_ history: TopHistory) -> TopRow {
        func rate(_ name: String, _ labels: [String: String], _ words: String) -> String? {
            history.rate(name, labels).map { "\(words) \(TopNumbers.count(($0 * 10).rounded() / 10))" }
        }
        return TopRow(
            "Per second",
            [
                rate("nt_codes_minted_total", [:], "minted"), rate("nt_codes_redeemed_total", ["result": "ok"], "redeemed"),
                rate("nt_codes_redeemed_total", ["result": "gone"], "wrong codes"), rate("nt_ws_connections_total", [:], "joined"),
                rate("nt_ws_messages_total", ["type": "text"], "messages"), rate("nt_http_requests_total", [:], "requests"),
            ].compactMap { $0 })
    }

    private static func outcomes(_ page: MetricsPage) -> TopRow {
        func ended(_ outcome: String) -> Double { page.value(TopHistory.pairings, ["outcome": outcome]) ?? 0 }
        let (connected, failed, unreported) = (ended("connected"), ended("failed"), ended("unreported"))
        guard connected + failed + unreported > 0 else { return TopRow("Pairings", ["none has ended yet"]) }
        let routes = page.byLabel(TopHistory.pairings, "route", TopHistory.connected).map { "\($0.label) \(TopNumbers.count($0.value))" }
        return TopRow(
            "Pairings",
            ["\(TopNumbers.percent(connected, of: connected + failed)) of \(TopNumbers.count(connected + failed)) connected"] + routes
                + (unreported > 0 ? ["\(TopNumbers.count(unreported)) did not say"] : []))
    }

    private static func failures(_ page: MetricsPage) -> TopRow {
        TopRow(
            "Failed",
            page.byLabel(TopHistory.pairings, "cause", ["outcome": "failed"]).map { "\($0.label) \(TopNumbers.count($0.value))" })
    }

    private static func firstFlow(_ page: MetricsPage) -> TopRow {
        let name = "nt_pairing_first_flow_seconds"
        guard let half = TopQuantile.of(page, name, 0.5), let most = TopQuantile.of(page, name, 0.95) else {
            return TopRow("First flow", [])
        }
        return TopRow("First flow", ["half within \(TopNumbers.seconds(half))", "95 % within \(TopNumbers.seconds(most))"])
    }

    private static func process(_ history: TopHistory, _ page: MetricsPage) -> TopRow {
        TopRow(
            "Process",
            [
                page.value("process_resident_memory_bytes").map { "memory \(TopNumbers.bytes($0))" },
                history.rate("process_cpu_seconds_total").map { "CPU \(TopNumbers.percent($0, of: 1))" },
                page.value("process_open_fds").map { open in
                    "descriptors \(TopNumbers.count(open))" + (page.value("process_max_fds").map { " of \(TopNumbers.count($0))" } ?? "")
                },
                self.figure(page, "nt_connections_open", "connections"),
            ].compactMap { $0 })
    }

    private static func refusals(_ history: TopHistory, _ page: MetricsPage) -> TopRow {
        let limits = page.byLabel("nt_rate_limited_total", "scope").map { "\($0.label) limit \(TopNumbers.count($0.value))" }
        let shares = page.byLabel("nt_share_refusals_total", "resource").map { "share of \($0.label) \(TopNumbers.count($0.value))" }
        let wrong = page.value("nt_codes_redeemed_total", ["result": "gone"]).flatMap {
            $0 > 0 ? "wrong codes \(TopNumbers.count($0))" : nil
        }
        return TopRow("Refused", limits + shares + [wrong].compactMap { $0 })
    }

    private static func kept(_ page: MetricsPage) -> TopRow {
        guard let items = page.value("nt_mailbox_messages"), let stored = page.value("nt_stored_bytes") else {
            return TopRow("Mailboxes", [])
        }
        return TopRow("Mailboxes", ["items \(TopNumbers.count(items))", "memory \(TopNumbers.bytes(stored))"])
    }

    private static func elsewhere(_ page: MetricsPage) -> TopRow {
        TopRow(
            "Store",
            [
                page.value("nt_store_bytes").map { "file \(TopNumbers.bytes($0))" }, self.figure(page, "nt_store_pending", "waiting"),
                page.value("nt_engine_up").map { $0 > 0 ? "engine up" : "engine away" },
            ].compactMap { $0 })
    }

    private static func alarms(_ history: TopHistory, _ page: MetricsPage) -> [TopRow] {
        var found: [String] = []
        func rises(_ name: String, _ words: String) {
            if let rate = history.rate(name), rate > 0 { found.append(words) }
        }
        if page.value("nt_engine_up") == 0 { found.append("the engine is away: nobody can join") }
        if page.value("nt_ice_provider_up") == 0 { found.append("the provider of ICE servers gives none") }
        rises("nt_code_guessing_alarms_total", "somebody is guessing codes")
        rises("nt_codes_exhausted_total", "no code is free: raise CODE_DIGITS_MAX")
        rises("nt_log_lines_dropped_total", "nobody reads the log")
        if let open = page.value("process_open_fds"), let most = page.value("process_max_fds"), most > 0, open > 0.9 * most {
            found.append("nearly all descriptors are open")
        }
        for (resource, taken) in page.byLabel("nt_share_taken", "resource") {
            if let most = page.value("nt_share_bound", ["resource": resource]), most > 0, taken > 0.8 * most {
                found.append("\(TopNumbers.percent(taken, of: most)) of all \(resource.replacing("_", with: " ")) are taken")
            }
        }
        return found.isEmpty ? [] : [TopRow("Look here", found, isAlarming: true)]
    }

    private static func figure(_ page: MetricsPage, _ name: String, _ words: String) -> String? {
        page.value(name).map { "\(words) \(TopNumbers.count($0))" }
    }
}
