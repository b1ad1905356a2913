import Testing

@testable import SetupCore

/// Ports, files and descriptors.
@Suite struct MachineTests {
    private func line(_ fault: ListenFault) -> String { fault.finding("HOST=h PORT=1", variables: ("HOST", "PORT")).line }

    @Test func eachReasonNotToListenHasWordsOfItsOwn() {
        let faults: [(ListenFault, FindingCode, String)] = [
            (.unknownHost("h"), .hostUnknown, "h has no address"), (.taken(by: nil), .portTaken, "another process has the port"),
            (.taken(by: PortOwner(name: "nginx", pid: 7)), .portTaken, "nginx (pid 7) has the port"),
            (.privileged(firstFree: 1024), .portPrivileged, "may not have a port below 1024"),
            (.privileged(firstFree: nil), .portPrivileged, "may not have a port so low"),
            (.elsewhere, .listenFailed, "does not have the address"), (.other("why"), .listenFailed, "why"),
        ]
        for (fault, code, words) in faults {
            let finding = fault.finding("HOST=h PORT=1", variables: ("HOST", "PORT"))
            #expect(finding.code == code && finding.level == .fault && !finding.advice.isEmpty)
            #expect(finding.line.hasPrefix("HOST=h PORT=1: cannot listen there: ") && finding.what.contains(words))
        }
        #expect(ListenFault.stunPortTaken(3478, by: PortOwner(name: "coturn", pid: 8)).level == .warning)
    }

    @Test func theTableOfSocketsIsRead() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:04D2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
               1: 0100007F:04D2 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
               2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
               3: 0000
            """
        #expect(SocketTable.inodes(ofPort: 1234, in: text) == ["4711"] && SocketTable.inodes(ofPort: 80, in: text) == ["4713"])
        #expect(SocketTable.inodes(ofPort: 1234, in: text, isTCP: false) == ["4711", "4712"])
        #expect(SocketTable.inodes(ofPort: 81, in: text).isEmpty && SocketTable.inodes(ofPort: 80, in: "").isEmpty)
    }

    @Test(arguments: [(0o100644, true), (0o100604, true), (0o100640, false), (0o100400, false)])
    func aSecretThatAllCanReadIsWarnedOf(mode: Int, isOpen: Bool) {
        let finding = FileReaders(variable: "TLS_KEY_FILE", path: "/k", mode: mode, owner: "nt", group: "ssl").finding
        #expect(finding.level == (isOpen ? .warning : .info) && finding.code == (isOpen ? .secretReadableByAll : .fileReaders))
    }

    @Test func whoReadsAFileIsNamed() {
        func what(_ mode: Int) -> String { FileReaders(variable: "V", path: "/k", mode: mode, owner: "nt", group: "ssl").finding.what }
        #expect(
            what(0o640) == "V=/k: is read by its owner nt and the group ssl (0640)" && what(0o600) == "V=/k: is read by its owner nt (0600)"
        )
    }

    @Test func connectionsBeyondTheDescriptorsAreWarnedOf() {
        #expect(DescriptorRules.finding(asked: 901, possible: 900, limit: 1024).level == .warning)
        let fine = DescriptorRules.finding(asked: 0, possible: 900, limit: 1024)
        #expect(fine.level == .info && fine.what == "up to 900 WebSockets at once: the limit on open files is 1024")
    }
}
