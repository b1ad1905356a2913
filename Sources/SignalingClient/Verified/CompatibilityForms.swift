// Written by scripts/swift-words, of Unicode 14.0.0.

/// Each first character, behind it the ASCII text that NFKC makes of it. Other characters that NFKC changes are in no code.
let compatibilityForms = """
    \u{aa}a \u{b2}2 \u{b3}3 \u{b9}1 \u{ba}o \u{132}IJ \u{133}ij \u{17f}s \u{1c7}LJ \u{1c8}Lj \u{1c9}lj \u{1ca}NJ \u{1cb}Nj \u{1cc}nj
    \u{1f1}DZ \u{1f2}Dz \u{1f3}dz \u{2b0}h \u{2b2}j \u{2b3}r \u{2b7}w \u{2b8}y \u{2e1}l \u{2e2}s \u{2e3}x \u{37e}; \u{1d2c}A \u{1d2e}B
    \u{1d30}D \u{1d31}E \u{1d33}G \u{1d34}H \u{1d35}I \u{1d36}J \u{1d37}K \u{1d38}L \u{1d39}M \u{1d3a}N \u{1d3c}O \u{1d3e}P \u{1d3f}R
    \u{1d40}T \u{1d41}U \u{1d42}W \u{1d43}a \u{1d47}b \u{1d48}d \u{1d49}e \u{1d4d}g \u{1d4f}k \u{1d50}m \u{1d52}o \u{1d56}p \u{1d57}t
    \u{1d58}u \u{1d5b}v \u{1d62}i \u{1d63}r \u{1d64}u \u{1d65}v \u{1d9c}c \u{1da0}f \u{1dbb}z \u{1fef}` \u{2024}. \u{2025}.. \u{2026}...
    \u{203c}!! \u{2047}?? \u{2048}?! \u{2049}!? \u{2070}0 \u{2071}i \u{2074}4 \u{2075}5 \u{2076}6 \u{2077}7 \u{2078}8 \u{2079}9
    \u{207a}+ \u{207c}= \u{207d}( \u{207e}) \u{207f}n \u{2080}0 \u{2081}1 \u{2082}2 \u{2083}3 \u{2084}4 \u{2085}5 \u{2086}6 \u{2087}7
    \u{2088}8 \u{2089}9 \u{208a}+ \u{208c}= \u{208d}( \u{208e}) \u{2090}a \u{2091}e \u{2092}o \u{2093}x \u{2095}h \u{2096}k \u{2097}l
    \u{2098}m \u{2099}n \u{209a}p \u{209b}s \u{209c}t \u{20a8}Rs \u{2100}a/c \u{2101}a/s \u{2102}C \u{2105}c/o \u{2106}c/u \u{210a}g
    \u{210b}H \u{210c}H \u{210d}H \u{210e}h \u{2110}I \u{2111}I \u{2112}L \u{2113}l \u{2115}N \u{2116}No \u{2119}P \u{211a}Q \u{211b}R
    \u{211c}R \u{211d}R \u{2120}SM \u{2121}TEL \u{2122}TM \u{2124}Z \u{2128}Z \u{212a}K \u{212c}B \u{212d}C \u{212f}e \u{2130}E
    \u{2131}F \u{2133}M \u{2134}o \u{2139}i \u{213b}FAX \u{2145}D \u{2146}d \u{2147}e \u{2148}i \u{2149}j \u{2160}I \u{2161}II
    \u{2162}III \u{2163}IV \u{2164}V \u{2165}VI \u{2166}VII \u{2167}VIII \u{2168}IX \u{2169}X \u{216a}XI \u{216b}XII \u{216c}L \u{216d}C
    \u{216e}D \u{216f}M \u{2170}i \u{2171}ii \u{2172}iii \u{2173}iv \u{2174}v \u{2175}vi \u{2176}vii \u{2177}viii \u{2178}ix \u{2179}x
    \u{217a}xi \u{217b}xii \u{217c}l \u{217d}c \u{217e}d \u{217f}m \u{2460}1 \u{2461}2 \u{2462}3 \u{2463}4 \u{2464}5 \u{2465}6 \u{2466}7
    \u{2467}8 \u{2468}9 \u{2469}10 \u{246a}11 \u{246b}12 \u{246c}13 \u{246d}14 \u{246e}15 \u{246f}16 \u{2470}17 \u{2471}18 \u{2472}19
    \u{2473}20 \u{2474}(1) \u{2475}(2) \u{2476}(3) \u{2477}(4) \u{2478}(5) \u{2479}(6) \u{247a}(7) \u{247b}(8) \u{247c}(9) \u{247d}(10)
    \u{247e}(11) \u{247f}(12) \u{2480}(13) \u{2481}(14) \u{2482}(15) \u{2483}(16) \u{2484}(17) \u{2485}(18) \u{2486}(19) \u{2487}(20)
    \u{2488}1. \u{2489}2. \u{248a}3. \u{248b}4. \u{248c}5. \u{248d}6. \u{248e}7. \u{248f}8. \u{2490}9. \u{2491}10. \u{2492}11.
    \u{2493}12. \u{2494}13. \u{2495}14. \u{2496}15. \u{2497}16. \u{2498}17. \u{2499}18. \u{249a}19. \u{249b}20. \u{249c}(a) \u{249d}(b)
    \u{249e}(c) \u{249f}(d) \u{24a0}(e) \u{24a1}(f) \u{24a2}(g) \u{24a3}(h) \u{24a4}(i) \u{24a5}(j) \u{24a6}(k) \u{24a7}(l) \u{24a8}(m)
    \u{24a9}(n) \u{24aa}(o) \u{24ab}(p) \u{24ac}(q) \u{24ad}(r) \u{24ae}(s) \u{24af}(t) \u{24b0}(u) \u{24b1}(v) \u{24b2}(w) \u{24b3}(x)
    \u{24b4}(y) \u{24b5}(z) \u{24b6}A \u{24b7}B \u{24b8}C \u{24b9}D \u{24ba}E \u{24bb}F \u{24bc}G \u{24bd}H \u{24be}I \u{24bf}J
    \u{24c0}K \u{24c1}L \u{24c2}M \u{24c3}N \u{24c4}O \u{24c5}P \u{24c6}Q \u{24c7}R \u{24c8}S \u{24c9}T \u{24ca}U \u{24cb}V \u{24cc}W
    \u{24cd}X \u{24ce}Y \u{24cf}Z \u{24d0}a \u{24d1}b \u{24d2}c \u{24d3}d \u{24d4}e \u{24d5}f \u{24d6}g \u{24d7}h \u{24d8}i \u{24d9}j
    \u{24da}k \u{24db}l \u{24dc}m \u{24dd}n \u{24de}o \u{24df}p \u{24e0}q \u{24e1}r \u{24e2}s \u{24e3}t \u{24e4}u \u{24e5}v \u{24e6}w
    \u{24e7}x \u{24e8}y \u{24e9}z \u{24ea}0 \u{2a74}::= \u{2a75}== \u{2a76}=== \u{2c7c}j \u{2c7d}V \u{3250}PTE \u{3251}21 \u{3252}22
    \u{3253}23 \u{3254}24 \u{3255}25 \u{3256}26 \u{3257}27 \u{3258}28 \u{3259}29 \u{325a}30 \u{325b}31 \u{325c}32 \u{325d}33 \u{325e}34
    \u{325f}35 \u{32b1}36 \u{32b2}37 \u{32b3}38 \u{32b4}39 \u{32b5}40 \u{32b6}41 \u{32b7}42 \u{32b8}43 \u{32b9}44 \u{32ba}45 \u{32bb}46
    \u{32bc}47 \u{32bd}48 \u{32be}49 \u{32bf}50 \u{32cc}Hg \u{32cd}erg \u{32ce}eV \u{32cf}LTD \u{3371}hPa \u{3372}da \u{3373}AU
    \u{3374}bar \u{3375}oV \u{3376}pc \u{3377}dm \u{3378}dm2 \u{3379}dm3 \u{337a}IU \u{3380}pA \u{3381}nA \u{3383}mA \u{3384}kA
    \u{3385}KB \u{3386}MB \u{3387}GB \u{3388}cal \u{3389}kcal \u{338a}pF \u{338b}nF \u{338e}mg \u{338f}kg \u{3390}Hz \u{3391}kHz
    \u{3392}MHz \u{3393}GHz \u{3394}THz \u{3396}ml \u{3397}dl \u{3398}kl \u{3399}fm \u{339a}nm \u{339c}mm \u{339d}cm \u{339e}km
    \u{339f}mm2 \u{33a0}cm2 \u{33a1}m2 \u{33a2}km2 \u{33a3}mm3 \u{33a4}cm3 \u{33a5}m3 \u{33a6}km3 \u{33a9}Pa \u{33aa}kPa \u{33ab}MPa
    \u{33ac}GPa \u{33ad}rad \u{33b0}ps \u{33b1}ns \u{33b3}ms \u{33b4}pV \u{33b5}nV \u{33b7}mV \u{33b8}kV \u{33b9}MV \u{33ba}pW
    \u{33bb}nW \u{33bd}mW \u{33be}kW \u{33bf}MW \u{33c2}a.m. \u{33c3}Bq \u{33c4}cc \u{33c5}cd \u{33c7}Co. \u{33c8}dB \u{33c9}Gy
    \u{33ca}ha \u{33cb}HP \u{33cc}in \u{33cd}KK \u{33ce}KM \u{33cf}kt \u{33d0}lm \u{33d1}ln \u{33d2}log \u{33d3}lx \u{33d4}mb
    \u{33d5}mil \u{33d6}mol \u{33d7}PH \u{33d8}p.m. \u{33d9}PPM \u{33da}PR \u{33db}sr \u{33dc}Sv \u{33dd}Wb \u{33ff}gal \u{a7f2}C
    \u{a7f3}F \u{a7f4}Q \u{fb00}ff \u{fb01}fi \u{fb02}fl \u{fb03}ffi \u{fb04}ffl \u{fb05}st \u{fb06}st \u{fb29}+ \u{fe10}, \u{fe13}:
    \u{fe14}; \u{fe15}! \u{fe16}? \u{fe19}... \u{fe30}.. \u{fe33}_ \u{fe34}_ \u{fe35}( \u{fe36}) \u{fe37}{ \u{fe38}} \u{fe47}[ \u{fe48}]
    \u{fe4d}_ \u{fe4e}_ \u{fe4f}_ \u{fe50}, \u{fe52}. \u{fe54}; \u{fe55}: \u{fe56}? \u{fe57}! \u{fe59}( \u{fe5a}) \u{fe5b}{ \u{fe5c}}
    \u{fe5f}# \u{fe60}& \u{fe61}* \u{fe62}+ \u{fe63}- \u{fe64}< \u{fe65}> \u{fe66}= \u{fe68}\\ \u{fe69}$ \u{fe6a}% \u{fe6b}@ \u{ff01}!
    \u{ff02}\" \u{ff03}# \u{ff04}$ \u{ff05}% \u{ff06}& \u{ff07}' \u{ff08}( \u{ff09}) \u{ff0a}* \u{ff0b}+ \u{ff0c}, \u{ff0d}- \u{ff0e}.
    \u{ff0f}/ \u{ff10}0 \u{ff11}1 \u{ff12}2 \u{ff13}3 \u{ff14}4 \u{ff15}5 \u{ff16}6 \u{ff17}7 \u{ff18}8 \u{ff19}9 \u{ff1a}: \u{ff1b};
    \u{ff1c}< \u{ff1d}= \u{ff1e}> \u{ff1f}? \u{ff20}@ \u{ff21}A \u{ff22}B \u{ff23}C \u{ff24}D \u{ff25}E \u{ff26}F \u{ff27}G \u{ff28}H
    \u{ff29}I \u{ff2a}J \u{ff2b}K \u{ff2c}L \u{ff2d}M \u{ff2e}N \u{ff2f}O \u{ff30}P \u{ff31}Q \u{ff32}R \u{ff33}S \u{ff34}T \u{ff35}U
    \u{ff36}V \u{ff37}W \u{ff38}X \u{ff39}Y \u{ff3a}Z \u{ff3b}[ \u{ff3c}\\ \u{ff3d}] \u{ff3e}^ \u{ff3f}_ \u{ff40}` \u{ff41}a \u{ff42}b
    \u{ff43}c \u{ff44}d \u{ff45}e \u{ff46}f \u{ff47}g \u{ff48}h \u{ff49}i \u{ff4a}j \u{ff4b}k \u{ff4c}l \u{ff4d}m \u{ff4e}n \u{ff4f}o
    \u{ff50}p \u{ff51}q \u{ff52}r \u{ff53}s \u{ff54}t \u{ff55}u \u{ff56}v \u{ff57}w \u{ff58}x \u{ff59}y \u{ff5a}z \u{ff5b}{ \u{ff5c}|
    \u{ff5d}} \u{ff5e}~ \u{107a5}q \u{1d400}A \u{1d401}B \u{1d402}C \u{1d403}D \u{1d404}E \u{1d405}F \u{1d406}G \u{1d407}H \u{1d408}I
    \u{1d409}J \u{1d40a}K \u{1d40b}L \u{1d40c}M \u{1d40d}N \u{1d40e}O \u{1d40f}P \u{1d410}Q \u{1d411}R \u{1d412}S \u{1d413}T \u{1d414}U
    \u{1d415}V \u{1d416}W \u{1d417}X \u{1d418}Y \u{1d419}Z \u{1d41a}a \u{1d41b}b \u{1d41c}c \u{1d41d}d \u{1d41e}e \u{1d41f}f \u{1d420}g
    \u{1d421}h \u{1d422}i \u{1d423}j \u{1d424}k \u{1d425}l \u{1d426}m \u{1d427}n \u{1d428}o \u{1d429}p \u{1d42a}q \u{1d42b}r \u{1d42c}s
    \u{1d42d}t \u{1d42e}u \u{1d42f}v \u{1d430}w \u{1d431}x \u{1d432}y \u{1d433}z \u{1d434}A \u{1d435}B \u{1d436}C \u{1d437}D \u{1d438}E
    \u{1d439}F \u{1d43a}G \u{1d43b}H \u{1d43c}I \u{1d43d}J \u{1d43e}K \u{1d43f}L \u{1d440}M \u{1d441}N \u{1d442}O \u{1d443}P \u{1d444}Q
    \u{1d445}R \u{1d446}S \u{1d447}T \u{1d448}U \u{1d449}V \u{1d44a}W \u{1d44b}X \u{1d44c}Y \u{1d44d}Z \u{1d44e}a \u{1d44f}b \u{1d450}c
    \u{1d451}d \u{1d452}e \u{1d453}f \u{1d454}g \u{1d456}i \u{1d457}j \u{1d458}k \u{1d459}l \u{1d45a}m \u{1d45b}n \u{1d45c}o \u{1d45d}p
    \u{1d45e}q \u{1d45f}r \u{1d460}s \u{1d461}t \u{1d462}u \u{1d463}v \u{1d464}w \u{1d465}x \u{1d466}y \u{1d467}z \u{1d468}A \u{1d469}B
    \u{1d46a}C \u{1d46b}D \u{1d46c}E \u{1d46d}F \u{1d46e}G \u{1d46f}H \u{1d470}I \u{1d471}J \u{1d472}K \u{1d473}L \u{1d474}M \u{1d475}N
    \u{1d476}O \u{1d477}P \u{1d478}Q \u{1d479}R \u{1d47a}S \u{1d47b}T \u{1d47c}U \u{1d47d}V \u{1d47e}W \u{1d47f}X \u{1d480}Y \u{1d481}Z
    \u{1d482}a \u{1d483}b \u{1d484}c \u{1d485}d \u{1d486}e \u{1d487}f \u{1d488}g \u{1d489}h \u{1d48a}i \u{1d48b}j \u{1d48c}k \u{1d48d}l
    \u{1d48e}m \u{1d48f}n \u{1d490}o \u{1d491}p \u{1d492}q \u{1d493}r \u{1d494}s \u{1d495}t \u{1d496}u \u{1d497}v \u{1d498}w \u{1d499}x
    \u{1d49a}y \u{1d49b}z \u{1d49c}A \u{1d49e}C \u{1d49f}D \u{1d4a2}G \u{1d4a5}J \u{1d4a6}K \u{1d4a9}N \u{1d4aa}O \u{1d4ab}P \u{1d4ac}Q
    \u{1d4ae}S \u{1d4af}T \u{1d4b0}U \u{1d4b1}V \u{1d4b2}W \u{1d4b3}X \u{1d4b4}Y \u{1d4b5}Z \u{1d4b6}a \u{1d4b7}b \u{1d4b8}c \u{1d4b9}d
    \u{1d4bb}f \u{1d4bd}h \u{1d4be}i \u{1d4bf}j \u{1d4c0}k \u{1d4c1}l \u{1d4c2}m \u{1d4c3}n \u{1d4c5}p \u{1d4c6}q \u{1d4c7}r \u{1d4c8}s
    \u{1d4c9}t \u{1d4ca}u \u{1d4cb}v \u{1d4cc}w \u{1d4cd}x \u{1d4ce}y \u{1d4cf}z \u{1d4d0}A \u{1d4d1}B \u{1d4d2}C \u{1d4d3}D \u{1d4d4}E
    \u{1d4d5}F \u{1d4d6}G \u{1d4d7}H \u{1d4d8}I \u{1d4d9}J \u{1d4da}K \u{1d4db}L \u{1d4dc}M \u{1d4dd}N \u{1d4de}O \u{1d4df}P \u{1d4e0}Q
    \u{1d4e1}R \u{1d4e2}S \u{1d4e3}T \u{1d4e4}U \u{1d4e5}V \u{1d4e6}W \u{1d4e7}X \u{1d4e8}Y \u{1d4e9}Z \u{1d4ea}a \u{1d4eb}b \u{1d4ec}c
    \u{1d4ed}d \u{1d4ee}e \u{1d4ef}f \u{1d4f0}g \u{1d4f1}h \u{1d4f2}i \u{1d4f3}j \u{1d4f4}k \u{1d4f5}l \u{1d4f6}m \u{1d4f7}n \u{1d4f8}o
    \u{1d4f9}p \u{1d4fa}q \u{1d4fb}r \u{1d4fc}s \u{1d4fd}t \u{1d4fe}u \u{1d4ff}v \u{1d500}w \u{1d501}x \u{1d502}y \u{1d503}z \u{1d504}A
    \u{1d505}B \u{1d507}D \u{1d508}E \u{1d509}F \u{1d50a}G \u{1d50d}J \u{1d50e}K \u{1d50f}L \u{1d510}M \u{1d511}N \u{1d512}O \u{1d513}P
    \u{1d514}Q \u{1d516}S \u{1d517}T \u{1d518}U \u{1d519}V \u{1d51a}W \u{1d51b}X \u{1d51c}Y \u{1d51e}a \u{1d51f}b \u{1d520}c \u{1d521}d
    \u{1d522}e \u{1d523}f \u{1d524}g \u{1d525}h \u{1d526}i \u{1d527}j \u{1d528}k \u{1d529}l \u{1d52a}m \u{1d52b}n \u{1d52c}o \u{1d52d}p
    \u{1d52e}q \u{1d52f}r \u{1d530}s \u{1d531}t \u{1d532}u \u{1d533}v \u{1d534}w \u{1d535}x \u{1d536}y \u{1d537}z \u{1d538}A \u{1d539}B
    \u{1d53b}D \u{1d53c}E \u{1d53d}F \u{1d53e}G \u{1d540}I \u{1d541}J \u{1d542}K \u{1d543}L \u{1d544}M \u{1d546}O \u{1d54a}S \u{1d54b}T
    \u{1d54c}U \u{1d54d}V \u{1d54e}W \u{1d54f}X \u{1d550}Y \u{1d552}a \u{1d553}b \u{1d554}c \u{1d555}d \u{1d556}e \u{1d557}f \u{1d558}g
    \u{1d559}h \u{1d55a}i \u{1d55b}j \u{1d55c}k \u{1d55d}l \u{1d55e}m \u{1d55f}n \u{1d560}o \u{1d561}p \u{1d562}q \u{1d563}r \u{1d564}s
    \u{1d565}t \u{1d566}u \u{1d567}v \u{1d568}w \u{1d569}x \u{1d56a}y \u{1d56b}z \u{1d56c}A \u{1d56d}B \u{1d56e}C \u{1d56f}D \u{1d570}E
    \u{1d571}F \u{1d572}G \u{1d573}H \u{1d574}I \u{1d575}J \u{1d576}K \u{1d577}L \u{1d578}M \u{1d579}N \u{1d57a}O \u{1d57b}P \u{1d57c}Q
    \u{1d57d}R \u{1d57e}S \u{1d57f}T \u{1d580}U \u{1d581}V \u{1d582}W \u{1d583}X \u{1d584}Y \u{1d585}Z \u{1d586}a \u{1d587}b \u{1d588}c
    \u{1d589}d \u{1d58a}e \u{1d58b}f \u{1d58c}g \u{1d58d}h \u{1d58e}i \u{1d58f}j \u{1d590}k \u{1d591}l \u{1d592}m \u{1d593}n \u{1d594}o
    \u{1d595}p \u{1d596}q \u{1d597}r \u{1d598}s \u{1d599}t \u{1d59a}u \u{1d59b}v \u{1d59c}w \u{1d59d}x \u{1d59e}y \u{1d59f}z \u{1d5a0}A
    \u{1d5a1}B \u{1d5a2}C \u{1d5a3}D \u{1d5a4}E \u{1d5a5}F \u{1d5a6}G \u{1d5a7}H \u{1d5a8}I \u{1d5a9}J \u{1d5aa}K \u{1d5ab}L \u{1d5ac}M
    \u{1d5ad}N \u{1d5ae}O \u{1d5af}P \u{1d5b0}Q \u{1d5b1}R \u{1d5b2}S \u{1d5b3}T \u{1d5b4}U \u{1d5b5}V \u{1d5b6}W \u{1d5b7}X \u{1d5b8}Y
    \u{1d5b9}Z \u{1d5ba}a \u{1d5bb}b \u{1d5bc}c \u{1d5bd}d \u{1d5be}e \u{1d5bf}f \u{1d5c0}g \u{1d5c1}h \u{1d5c2}i \u{1d5c3}j \u{1d5c4}k
    \u{1d5c5}l \u{1d5c6}m \u{1d5c7}n \u{1d5c8}o \u{1d5c9}p \u{1d5ca}q \u{1d5cb}r \u{1d5cc}s \u{1d5cd}t \u{1d5ce}u \u{1d5cf}v \u{1d5d0}w
    \u{1d5d1}x \u{1d5d2}y \u{1d5d3}z \u{1d5d4}A \u{1d5d5}B \u{1d5d6}C \u{1d5d7}D \u{1d5d8}E \u{1d5d9}F \u{1d5da}G \u{1d5db}H \u{1d5dc}I
    \u{1d5dd}J \u{1d5de}K \u{1d5df}L \u{1d5e0}M \u{1d5e1}N \u{1d5e2}O \u{1d5e3}P \u{1d5e4}Q \u{1d5e5}R \u{1d5e6}S \u{1d5e7}T \u{1d5e8}U
    \u{1d5e9}V \u{1d5ea}W \u{1d5eb}X \u{1d5ec}Y \u{1d5ed}Z \u{1d5ee}a \u{1d5ef}b \u{1d5f0}c \u{1d5f1}d \u{1d5f2}e \u{1d5f3}f \u{1d5f4}g
    \u{1d5f5}h \u{1d5f6}i \u{1d5f7}j \u{1d5f8}k \u{1d5f9}l \u{1d5fa}m \u{1d5fb}n \u{1d5fc}o \u{1d5fd}p \u{1d5fe}q \u{1d5ff}r \u{1d600}s
    \u{1d601}t \u{1d602}u \u{1d603}v \u{1d604}w \u{1d605}x \u{1d606}y \u{1d607}z \u{1d608}A \u{1d609}B \u{1d60a}C \u{1d60b}D \u{1d60c}E
    \u{1d60d}F \u{1d60e}G \u{1d60f}H \u{1d610}I \u{1d611}J \u{1d612}K \u{1d613}L \u{1d614}M \u{1d615}N \u{1d616}O \u{1d617}P \u{1d618}Q
    \u{1d619}R \u{1d61a}S \u{1d61b}T \u{1d61c}U \u{1d61d}V \u{1d61e}W \u{1d61f}X \u{1d620}Y \u{1d621}Z \u{1d622}a \u{1d623}b \u{1d624}c
    \u{1d625}d \u{1d626}e \u{1d627}f \u{1d628}g \u{1d629}h \u{1d62a}i \u{1d62b}j \u{1d62c}k \u{1d62d}l \u{1d62e}m \u{1d62f}n \u{1d630}o
    \u{1d631}p \u{1d632}q \u{1d633}r \u{1d634}s \u{1d635}t \u{1d636}u \u{1d637}v \u{1d638}w \u{1d639}x \u{1d63a}y \u{1d63b}z \u{1d63c}A
    \u{1d63d}B \u{1d63e}C \u{1d63f}D \u{1d640}E \u{1d641}F \u{1d642}G \u{1d643}H \u{1d644}I \u{1d645}J \u{1d646}K \u{1d647}L \u{1d648}M
    \u{1d649}N \u{1d64a}O \u{1d64b}P \u{1d64c}Q \u{1d64d}R \u{1d64e}S \u{1d64f}T \u{1d650}U \u{1d651}V \u{1d652}W \u{1d653}X \u{1d654}Y
    \u{1d655}Z \u{1d656}a \u{1d657}b \u{1d658}c \u{1d659}d \u{1d65a}e \u{1d65b}f \u{1d65c}g \u{1d65d}h \u{1d65e}i \u{1d65f}j \u{1d660}k
    \u{1d661}l \u{1d662}m \u{1d663}n \u{1d664}o \u{1d665}p \u{1d666}q \u{1d667}r \u{1d668}s \u{1d669}t \u{1d66a}u \u{1d66b}v \u{1d66c}w
    \u{1d66d}x \u{1d66e}y \u{1d66f}z \u{1d670}A \u{1d671}B \u{1d672}C \u{1d673}D \u{1d674}E \u{1d675}F \u{1d676}G \u{1d677}H \u{1d678}I
    \u{1d679}J \u{1d67a}K \u{1d67b}L \u{1d67c}M \u{1d67d}N \u{1d67e}O \u{1d67f}P \u{1d680}Q \u{1d681}R \u{1d682}S \u{1d683}T \u{1d684}U
    \u{1d685}V \u{1d686}W \u{1d687}X \u{1d688}Y \u{1d689}Z \u{1d68a}a \u{1d68b}b \u{1d68c}c \u{1d68d}d \u{1d68e}e \u{1d68f}f \u{1d690}g
    \u{1d691}h \u{1d692}i \u{1d693}j \u{1d694}k \u{1d695}l \u{1d696}m \u{1d697}n \u{1d698}o \u{1d699}p \u{1d69a}q \u{1d69b}r \u{1d69c}s
    \u{1d69d}t \u{1d69e}u \u{1d69f}v \u{1d6a0}w \u{1d6a1}x \u{1d6a2}y \u{1d6a3}z \u{1d7ce}0 \u{1d7cf}1 \u{1d7d0}2 \u{1d7d1}3 \u{1d7d2}4
    \u{1d7d3}5 \u{1d7d4}6 \u{1d7d5}7 \u{1d7d6}8 \u{1d7d7}9 \u{1d7d8}0 \u{1d7d9}1 \u{1d7da}2 \u{1d7db}3 \u{1d7dc}4 \u{1d7dd}5 \u{1d7de}6
    \u{1d7df}7 \u{1d7e0}8 \u{1d7e1}9 \u{1d7e2}0 \u{1d7e3}1 \u{1d7e4}2 \u{1d7e5}3 \u{1d7e6}4 \u{1d7e7}5 \u{1d7e8}6 \u{1d7e9}7 \u{1d7ea}8
    \u{1d7eb}9 \u{1d7ec}0 \u{1d7ed}1 \u{1d7ee}2 \u{1d7ef}3 \u{1d7f0}4 \u{1d7f1}5 \u{1d7f2}6 \u{1d7f3}7 \u{1d7f4}8 \u{1d7f5}9 \u{1d7f6}0
    \u{1d7f7}1 \u{1d7f8}2 \u{1d7f9}3 \u{1d7fa}4 \u{1d7fb}5 \u{1d7fc}6 \u{1d7fd}7 \u{1d7fe}8 \u{1d7ff}9 \u{1f100}0. \u{1f101}0,
    \u{1f102}1, \u{1f103}2, \u{1f104}3, \u{1f105}4, \u{1f106}5, \u{1f107}6, \u{1f108}7, \u{1f109}8, \u{1f10a}9, \u{1f110}(A)
    \u{1f111}(B) \u{1f112}(C) \u{1f113}(D) \u{1f114}(E) \u{1f115}(F) \u{1f116}(G) \u{1f117}(H) \u{1f118}(I) \u{1f119}(J) \u{1f11a}(K)
    \u{1f11b}(L) \u{1f11c}(M) \u{1f11d}(N) \u{1f11e}(O) \u{1f11f}(P) \u{1f120}(Q) \u{1f121}(R) \u{1f122}(S) \u{1f123}(T) \u{1f124}(U)
    \u{1f125}(V) \u{1f126}(W) \u{1f127}(X) \u{1f128}(Y) \u{1f129}(Z) \u{1f12b}C \u{1f12c}R \u{1f12d}CD \u{1f12e}WZ \u{1f130}A \u{1f131}B
    \u{1f132}C \u{1f133}D \u{1f134}E \u{1f135}F \u{1f136}G \u{1f137}H \u{1f138}I \u{1f139}J \u{1f13a}K \u{1f13b}L \u{1f13c}M \u{1f13d}N
    \u{1f13e}O \u{1f13f}P \u{1f140}Q \u{1f141}R \u{1f142}S \u{1f143}T \u{1f144}U \u{1f145}V \u{1f146}W \u{1f147}X \u{1f148}Y \u{1f149}Z
    \u{1f14a}HV \u{1f14b}MV \u{1f14c}SD \u{1f14d}SS \u{1f14e}PPV \u{1f14f}WC \u{1f16a}MC \u{1f16b}MD \u{1f16c}MR \u{1f190}DJ \u{1fbf0}0
    \u{1fbf1}1 \u{1fbf2}2 \u{1fbf3}3 \u{1fbf4}4 \u{1fbf5}5 \u{1fbf6}6 \u{1fbf7}7 \u{1fbf8}8 \u{1fbf9}9
    """
