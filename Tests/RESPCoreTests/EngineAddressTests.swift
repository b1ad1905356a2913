import RESPCore
import Testing

@Suite struct EngineAddressTests {
    @Test(arguments: [
        ("valkey://host", "valkey://host:6379/0?prefix=nt"), ("redis://host:1/3", "valkey://host:1/3?prefix=nt"),
        ("VALKEY://Host/", "valkey://Host:6379/0?prefix=nt"), ("valkeys://a.example:6380", "valkeys://a.example:6380/0?prefix=nt"),
        ("rediss://[::1]:7/1?prefix=x", "valkeys://[::1]:7/1?prefix=x"), ("valkey://[fd00::1]", "valkey://[fd00::1]:6379/0?prefix=nt"),
        ("valkey://u:p@h", "valkey://***@h:6379/0?prefix=nt"),
        ("valkey+sentinel://h1,h2:26379,h3/name", "valkey+sentinel://h1:26379,h2:26379,h3:26379/name/0?prefix=nt"),
        ("redis+sentinel://:p@[::1]:1/main/4?prefix=%7Bnt%7D", "valkey+sentinel://***@[::1]:1/main/4?prefix={nt}"),
        ("rediss+sentinel://h/n", "valkeys+sentinel://h:26379/n/0?prefix=nt"),
        ("unix:///run/valkey.sock", "valkey+unix:///run/valkey.sock?db=0&prefix=nt"),
        ("valkey+unix:///run/a%20b/user@1/x?db=2&prefix=p", "valkey+unix:///run/a%20b/user@1/x?db=2&prefix=p"),
        ("redis+unix://u:p@/x", "valkey+unix://***@/x?db=0&prefix=nt"),
    ]) func whatIsRead(text: String, shown: String) throws { #expect(try EngineAddress(text).description == shown) }

    @Test func parts() throws {
        let address = try EngineAddress("valkey://us%3Aer:p%40ss%2F%25%C3%A4:x@host:65535/2147483647?prefix=a-b_c.d:e")
        #expect(address.target == .direct(.host("host", port: 65535, usesTLS: false)))
        #expect(address.credentials == EngineCredentials(user: "us:er", password: "p@ss/%ä:x"))
        #expect(address.database == 2_147_483_647)
        #expect(address.prefix == "a-b_c.d:e")
        let other = try EngineAddress("valkey://:p@host")
        #expect(other.credentials == EngineCredentials(user: nil, password: "p"))
    }

    @Test(arguments: [
        ("", "begins with"), ("host:6379", "begins with"), ("http://host", "begins with"), ("val\u{212A}ey://host", "begins with"),
        ("valkey:/host", "begins with"), ("valkeys+unix:///x", "begins with"), ("valkey://", "host is missing"),
        ("valkey://:6379", "host is missing"), ("valkey://u:p@", "host is missing"), ("valkey://ho st", "a host is to have"),
        ("valkey://h\u{301}", "a host is to have"), ("valkey://::1", "host is missing"), ("valkey://[::1", "a host is to have"),
        ("valkey://[1.2.3.4]", "IPv6"), ("valkey://[::1]x", "IPv6"), ("valkey://h:", "port"), ("valkey://h:0", "port"),
        ("valkey://h:65536", "port"), ("valkey://h:+1", "port"), ("valkey://h:99999999999999999999", "port"),
        ("valkey://h,g", "a host is to have"), ("valkey://h/x", "database"), ("valkey://h/-1", "database"),
        ("valkey://h/1/2", "database"), ("valkey://h/2147483648", "database"), ("valkey://u@h", "colon"),
        ("valkey://u:@h", "password is empty"),
        ("valkey://u:%zz@h", "password has a %"), ("valkey://u:%4@h", "password has a %"), ("valkey://u:%ff@h", "password is no UTF-8"),
        ("valkey://u%:p@h", "user name has a %"), ("valkey://u:p@q@h", "percent-encoded"), ("valkey://u:p/q@h", "percent-encoded"),
        ("valkey://u:p?q@h", "percent-encoded"), ("valkey://u:p#q@h", "%23"), ("valkey://h#x", "%23"), ("valkey://h?x=1", "only prefix"),
        ("valkey://h?db=1", "follow the host"), ("valkey://h?prefix", "prefix"), ("valkey://h?prefix=a%20b", "prefix"),
        ("valkey://h?prefix=a&prefix=b", "twice"), ("valkey+sentinel://h", "name of the primary"),
        ("valkey+sentinel://h/", "name of the primary"),
        ("valkey+sentinel://h,/n", "host is missing"), ("valkey+sentinel:///n", "host is missing"),
        ("valkey+sentinel://h/n/x", "database"), ("valkey+sentinel://h/n/1/2", "follow"), ("unix://", "socket's path"),
        ("unix:///", "socket's path"), ("unix://run/x", "begins with a /"), ("unix:///a%00", "socket's path"),
        ("unix:///a%0Ab", "socket's path"), ("unix://u:p/q@/x", "percent-encoded"),
    ]) func whatIsWrongIsNamed(text: String, part: String) {
        #expect {
            _ = try EngineAddress(text)
        } throws: { error in
            let line = "\(error)"
            return line.contains(part) && !line.contains("\n")
        }
    }

    @Test func aLongPathIsRefused() throws {
        #expect(throws: EngineAddressFault.self) { try EngineAddress("unix:///" + String(repeating: "a", count: 103)) }
        _ = try EngineAddress("unix:///" + String(repeating: "a", count: 102))
    }

    /// Neither what is printed of an address nor an error shows the password, however it is printed.
    @Test func thePasswordIsNotShown() throws {
        let address = try EngineAddress("valkey://user:geheim@host/1")
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\(address.credentials as Any)", dumped] {
            #expect(!text.contains("geheim"))
        }
        for text in [
            "valkey://u:geheim", "valkey://u:geheim/@h", "valkey://u:geheim@h@i", "geheim", "geheim://h", "valkey://u:geheim%@h",
            "valkey://u:geheim#@h", "valkey://u:geheim?x@h", "valkey://geheim@h", "valkey+unix://u:geheim/x@/y",
            "valkey://h?password=geheim",
        ] {
            #expect {
                _ = try EngineAddress(text)
            } throws: { !"\($0)".contains("geheim") }
        }
    }
}
