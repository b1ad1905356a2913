"""What routers do to packets, as rules of nftables. `wan` is the side of the internet, `lan` the other.

What the kernel's own translation does without further words, as most home routers do: an address and port inside keeps its port outside,
whoever it talks to, and only those it has talked to may answer: port-restricted. What comes unasked is dropped before the kernel takes it
for a connection of the router's own, or a later packet to that very sender would be given another port.
"""

NAT = """
table ip nat_of_home {{
    {mapped}
    chain out {{
        type nat hook postrouting priority srcnat;
        oifname "wan" masquerade {how}
    }}
    chain to_router {{
        type filter hook input priority filter;
        iifname "wan" ct state new drop
    }}
    chain through {{
        type filter hook forward priority filter;
        {through}
        iifname "wan" ct state new drop
    }}
}}
"""

# Anybody may send to a port outside once something inside has used it, whoever that was sent to. (Behind such a router is one device here,
# so that ports are always kept, and there is nothing to translate but the address.)
FULL_CONE = """
    map ports {
        type inet_service : ipv4_addr
        flags dynamic,timeout
        timeout 5m
    }
    chain note_port {
        type filter hook postrouting priority mangle;
        oifname "wan" meta l4proto udp update @ports { udp sport : ip saddr }
    }
    chain to_noted_port {
        type nat hook prerouting priority dstnat;
        iifname "wan" meta l4proto udp dnat to udp dport map @ports
    }
"""

RULES = {
    "full cone": NAT.format(mapped=FULL_CONE, how="", through="ct status dnat accept"),
    "port-restricted": NAT.format(mapped="", how="", through=""),
    # Another port outside for each address and port that is talked to.
    "symmetric": NAT.format(mapped="", how="fully-random", through=""),
    # Many a company's network, and many a hotel's. Nobody is told.
    "UDP blocked": NAT.format(mapped="", how="", through="meta l4proto udp drop"),
    # The strictest that people can still read web pages in.
    "the web alone": NAT.format(mapped="", how="", through="meta l4proto udp drop; iifname \"lan\" tcp dport != { 80, 443 } drop"),
}
