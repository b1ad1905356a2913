// The words of the page in English. Another language has a file like this with the same keys and slots (Tests/JavaScript/demo-text.test.js).

export const direction = "ltr";

export const words = {
    // What the window or tab is called, by screen
    "tab.start": "Connect two devices",
    "tab.code": "Your code",
    "tab.connecting": "Connecting…",
    "tab.ended": "Not connected",
    "tab.connected": "Connected",

    // Start
    "start.title": "Connect two devices",
    "start.lead":
        "Chat and send files of any size, straight from one browser to the other. This server only introduces the two; what you send never " +
        "passes through it.",
    "start.first": "On the first device",
    "start.first.text": "Get a short code for the other device, with a QR code for a phone.",
    "start.create": "Create a code",
    "start.second": "On the second device",
    "start.second.text": "Type what the first device shows: the digits and the words.",
    "start.enter": "Enter a code",
    "start.join": "Connect",
    "start.steps": "How it works",
    "start.step1": "One device creates a code.",
    "start.step2": "The other device enters it, or scans it.",
    "start.step3": "Both are connected, directly and encrypted.",
    "start.invited": "You were invited with the code {code}. Press Connect to use it.",

    // Connection settings
    "settings.title": "Connection settings",
    "settings.key": "Access key",
    "settings.key.hint": "Only if whoever runs this page has given you one. It is kept until you close this tab.",
    "settings.key.continue": "Continue",
    "settings.key.wrong": "The server does not take this access key.",
    "settings.key.needed": "This server asks for an access key.",
    "settings.ice":
        "Usually nothing is needed here: the server names the STUN and TURN servers that it knows. A STUN server tells your browser its public " +
        "address; a TURN server passes the data on, still encrypted, where there is no direct way. One that you enter is used instead.",
    "settings.ice.address": "Address of a STUN or TURN server",
    "settings.ice.username": "User name (TURN)",
    "settings.ice.password": "Password (TURN)",
    "settings.ice.relay": "Use the TURN server only, so that the other side does not see my address",
    "settings.ice.malformed": "Write stun:host:port or turn:host:port.",
    "settings.ice.incomplete": "A TURN server needs the user name and the password.",
    "settings.ice.relay.needed": "To use a TURN server only, enter one here, or nothing if the server has one.",
    "settings.ice.refused": "This browser does not take the address: {reason}",

    // What is wrong with a code that was entered
    "code.malformed": "A code has 4 to 8 digits, and its words behind them.",
    "code.word.unknown": "“{word}” is none of the words.",
    "code.word.wrong": "One of the words is not right.",
    "code.word.compare": "Compare it with the first device.",
    "code.word.suggested": "Is it {words}?",
    "code.spoken": "Code {digits}",

    // The code
    "code.title": "Your code",
    "code.text":
        "Enter all of it on the other device, or scan the picture with a phone. The words never reach the server: by them the two devices know " +
        "each other.",
    "code.waiting": "Waiting for the other device. The code is good for {time}.",
    "code.link": "Link to this code",
    "code.copy": "Copy",
    "code.copied": "Copied.",
    "code.selected": "This browser does not let the page copy. The link is selected: copy it there.",
    "code.qr": "QR code of the link",
    "code.local":
        "For a phone, open this page by this computer’s address in your network (such as {address}), and create the code there. The link above " +
        "says {host}, which on a phone means the phone itself.",
    "code.local.http": "Over plain http, received files are kept in memory, up to 1 GB each; with https there is no such limit.",
    "button.cancel": "Cancel",

    // Connecting
    "connecting.title": "Connecting",
    "stage.code": "Asking the server for a code…",
    "stage.checking": "Checking the code…",
    "stage.returning": "Going back to the room…",
    "stage.waiting": "Waiting for the other device…",
    "stage.negotiating": "The other device is here. Looking for a way between you…",
    "stage.connected": "Connected.",
    "connecting.absent":
        "The other device is not there yet. This page has to be open there, and in front: a phone puts a page to sleep that nobody looks at.",
    "connecting.warning": "This may not work out. {why} {help}",
    "connecting.again": "The server is not reached. Trying again in {time}. {advice}",

    // Connected
    "connected.title": "Connected",
    "connected.past": "What was sent",
    "connected.disconnect": "Disconnect",
    "connected.malformed": "The other side sent something that this page cannot read ({problem}). Reload both pages.",
    "status.direct": "✓ Connected directly, {encryption}.",
    "status.relayed": "✓ Connected through a TURN relay, {encryption}.",
    "status.connected": "✓ Connected, {encryption}.",
    "status.direct.alone": "✓ Connected directly. The server is not reached at the moment; your connection works without it.",
    "status.relayed.alone": "✓ Connected through a TURN relay. The server is not reached at the moment; your connection works without it.",
    "status.connected.alone": "✓ Connected. The server is not reached at the moment; your connection works without it.",
    "status.direct.away":
        "✓ Connected directly. The other side does not reach the server at the moment; your connection works without it.",
    "status.relayed.away":
        "✓ Connected through a TURN relay. The other side does not reach the server at the moment; your connection works without it.",
    "status.connected.away": "✓ Connected. The other side does not reach the server at the moment; your connection works without it.",
    "status.interrupted": "⚠ Interrupted. Looking for another way; files go on by themselves when there is one.",
    "status.interrupted.alone": "⚠ Interrupted, and the server is not reached either. Check the network; this page keeps trying.",
    "encryption.endToEnd": "encrypted from end to end",
    "encryption.some": "encrypted",

    // What is known of the other end
    "proof.words": "Verified: the other device has the words of this code.",
    "proof.link": "Verified: the other device has the link of this code.",
    "proof.compared": "Compared: both devices show the same digits.",
    "proof.digits":
        "Not verified: no words were entered with the code. If both devices show these digits, nobody is in between. Compare them by voice or " +
        "side by side, not in this chat.",
    "proof.none":
        "Not verified: no words were entered with the code, and the program at the other end has no digits to compare. Somebody could be in " +
        "between.",
    "proof.caveat": "This page itself came over plain http, where others in the network could have changed it.",
    "proof.same": "They are the same",
    "proof.differ": "They differ",

    // Chat
    "chat.title": "Chat",
    "chat.message": "Message",
    "chat.send": "Send",
    "chat.you": "You",
    "chat.peer": "Other side",

    // Files
    "files.title": "Files",
    "files.choose": "Choose files to send",
    "files.drop": "or drop them anywhere on this page",
    "files.list": "Transfers",
    "files.memory": "This browser keeps received files in memory here: at most {size} each.",
    "files.tooMany": {
        one: "At most 100 files can be under way. {count} was not taken; choose it later.",
        other: "At most 100 files can be under way. {count} were not taken; choose them later.",
    },
    "files.folder": "Folders cannot be sent. Pack them into an archive, or choose the files in them.",
    "files.offered": "The other side offers the file {name}.",
    "files.over": "{name}: {state}",
    "files.progress": "Progress of {name}",
    "files.out": "Sending",
    "files.in": "Receiving",
    "files.unsaved": "The file cannot be saved here: {reason}",
    "files.noSpace": "The file is larger than the {size} that can be kept here.",
    "files.action": "{action} {name}",
    "files.accept": "Accept",
    "files.decline": "Decline",
    "files.pause": "Pause",
    "files.resume": "Resume",
    "files.remove": "Remove",
    "files.save": "Save",

    // The state of a transfer
    "transfer.offered.out": "Waiting until the other side accepts it.",
    "transfer.offered.in": "The other side offers this file.",
    "transfer.waiting": "Accepted; its turn comes after the files before it.",
    "transfer.checking": "All bytes are over; comparing SHA-256.",
    "transfer.done.out": "✓ Arrived, SHA-256 equal.",
    "transfer.done.in": "✓ Complete, SHA-256 equal.",
    "transfer.savedAs": "Saved as {name}.",
    "transfer.declined.in": "You declined it.",
    "transfer.failed": "✗ {why}",
    "transfer.amount": "{share}, {moved} of {size}",
    "transfer.pausedHere": "Paused by you. {amount}.",
    "transfer.pausedThere": "Paused by the other side. {amount}.",
    "transfer.first": "Waiting for the first bytes.",
    "transfer.starting": "Starting.",
    "transfer.stalled": "{amount}, nothing moves at the moment.",
    "transfer.moving": "{amount}, {rate}, {time} left.",
    "failure.cancelled_here": "You cancelled it.",
    "failure.cancelled_there": "The other side cancelled it.",
    "failure.declined": "The other side does not want this file.",
    "failure.too_many": "The other side has 100 unfinished files already. Send it again when some are done.",
    "failure.unreadable":
        "The file could not be read to its end; it may have been changed, moved or deleted. Choose it again to send it anew.",
    "failure.unwritable": "The file could not be saved; the disk may be full. Make room and have it sent again.",
    "failure.damaged":
        "The bytes that arrived are not those that were sent (their SHA-256 differs). They were thrown away; send the file again.",
    "failure.broken": "The two pages lost track of each other. Reload both and connect again.",
    "failure.closed": "The connection ended first. Connect again and send the file anew.",

    // The connection, drawn and in facts
    "connection.title": "Connection",
    "connection.server": "Server",
    "connection.server.introduces": "introduces",
    "connection.server.lost": "not reached",
    "connection.server.reached": "reached; used again only if the way changes",
    "connection.you": "you",
    "connection.peer": "other side",
    "connection.way": "Way",
    "connection.way.none": "none at the moment",
    "connection.way.lost": "no way at the moment",
    "connection.way.direct": "direct",
    "connection.way.relayed": "relayed by a TURN server, {encryption}",
    "connection.relay": "TURN relay",
    "connection.here": "This end",
    "connection.there": "Other end",
    "connection.roundTrip": "Round trip",
    "connection.roundTrip.none": "not measured yet",
    "connection.bytes": "Sent, received",
    "connection.bytes.both": "{sent}, {received}",
    "connection.fact": "{name}: {value}",
    "plot.title": "Throughput, last 60 seconds",
    "plot.text": "Now {up} sent, {down} received. At most {mostUp} sent, {mostDown} received.",
    "plot.sent": "sent",
    "plot.received": "received",

    // Addresses of a device
    "candidate.host": "an address of its own network",
    "candidate.srflx": "its public address, seen by a STUN server",
    "candidate.prflx": "its public address, seen by the other side",
    "candidate.relay": "an address of a TURN server",
    "candidate.unknown": "of a kind this page does not know",
    "candidate.host.short": "own network",
    "candidate.srflx.short": "public, by STUN",
    "candidate.prflx.short": "public, by the peer",
    "candidate.relay.short": "TURN server",
    "candidate.way.relayed": "{protocol}, to the TURN server over {relayProtocol}",
    "candidate.sentence": "{type} over {way}: {kind}",
    "candidate.sentence.untried": "{type} over {way}: {kind}; it was not tried, as its name was not resolved or no address here fits it",

    // How an attempt or a connection ends
    "ended.helps": "What helps",
    "ended.technical": "Technical details",
    "ended.candidates": "Each device tells the other the addresses at which it may be reached. These were told:",
    "ended.none": "none",
    "ended.details": "Details: {message}",
    "ended.wait": "Try again in {time}.",
    "ended.unproved": "The other side never proved that it has the words, and the code is used up. Make a new one.",
    "ended.next.retry": "Try again",
    "ended.next.create": "Create a new code",
    "ended.next.enter": "Enter another code",
    "ended.next.settings": "Enter a TURN server",
    "ended.next.key": "Enter an access key",
    "ended.next.start": "Back to the start",
    "ended.again": "Try again in this room",
    "ending.here.title": "Disconnected",
    "ending.here.advice": "You have ended the connection.",
    "ending.unknown.title": "Something went wrong",
    "ending.unknown.advice": "Begin anew. If it happens again, reload the page.",
    "ending.code_malformed.title": "That is not a code",
    "ending.code_malformed.advice": "Type the code again: it has 4 to 8 digits, and its words behind them.",
    "ending.code_gone.title": "This code does not work",
    "ending.code_gone.advice":
        "It was used, has expired or never was. If you have just been told it, somebody else was quicker. Ask for a new one.",
    "ending.code_mismatch.title": "The words do not match",
    "ending.code_mismatch.advice":
        "One of the words was mistyped, or somebody else used the code. Nothing was connected, and the code is used up: make a new one. If it " +
        "happens again, use the link, or another server.",
    "ending.peer_unverified.title": "The other side did not say the words",
    "ending.peer_unverified.advice":
        "The other side’s program knows no words, or it was given the digits alone. Nothing was connected. Make a new code, and pass on all of " +
        "it.",
    "ending.words_needed.title": "This code has words too",
    "ending.words_needed.advice": "Ask for a new code, and enter all of it.",
    "ending.digits_differ.title": "The digits differ",
    "ending.digits_differ.advice":
        "Your devices are connected to somebody in between, not to each other, unless one of the digits was misread. The connection is closed. " +
        "Make a code with words, or use another server.",
    "ending.words_unknown.title": "One of the words is not right",
    "ending.words_unknown.advice": "Compare it with what was passed on, and enter it again. The code is not used up.",
    "ending.too_many_guesses.title": "Too many wrong codes",
    "ending.too_many_guesses.advice": "Too many wrong codes came from here. Wait, then check the code before trying again.",
    "ending.no_code_free.title": "No code is free",
    "ending.no_code_free.advice": "The server has no code left at the moment. Try again later.",
    "ending.rate_limited.title": "Too many requests",
    "ending.rate_limited.advice": "The server has had too many requests from here.",
    "ending.unauthorized.title": "The access key is missing or wrong",
    "ending.unauthorized.advice": "This server asks for an access key. Whoever runs it can give you one.",
    "ending.forbidden.title": "This server does not let you in",
    "ending.forbidden.advice": "The server knows your access key, and does not allow it to connect. Ask whoever runs the server.",
    "ending.server_full.title": "The server is full",
    "ending.server_full.advice": "The server has as many connections as it may. Try again later.",
    "ending.server_draining.title": "The server is restarting",
    "ending.server_draining.advice": "Try again in a moment.",
    "ending.server_unreachable.title": "The server cannot be reached",
    "ending.server_unreachable.advice": "Check the network of this device.",
    "ending.server_error.title": "The server gave no proper answer",
    "ending.server_error.advice": "Try again later. If that does not help, tell whoever runs the server.",
    "ending.upgrade_refused.title": "The server cannot be reached fully",
    "ending.upgrade_refused.advice":
        "The server answers, but does not open the connection that this page needs. Tell whoever runs it, if it happens again.",
    "ending.unresponsive.title": "The server has lost sight of this device",
    "ending.unresponsive.advice": "Check the network of this device.",
    "ending.side_busy.title": "The room is taken",
    "ending.side_busy.advice": "Somebody else is in your place. Make a new code, or ask for one.",
    "ending.token_refused.title": "The room is gone",
    "ending.token_refused.advice": "This room cannot be used any more. Create a new code, and pass it on.",
    "ending.replaced.title": "Connected somewhere else",
    "ending.replaced.advice": "Another window or device has taken this place over. Go on there, or begin anew here.",
    "ending.peer_left.title": "The other side has left",
    "ending.peer_left.advice": "Make a new code to connect again, or ask for one.",
    "ending.peer_left.back": "The other side has left the room",
    "ending.peer_never_came.title": "The other side did not come",
    "ending.peer_never_came.advice": "Make a new code and pass it on, or ask for one.",
    "ending.peer_never_came.back": "The other side did not come back",
    "ending.no_route.title": "The two devices cannot reach each other",
    "ending.no_relay.title": "There is no TURN server to use",
    "ending.no_relay.advice": "You have chosen to use a TURN server only, and this server has none. Enter one, or turn that off.",
    "ending.ice_servers_invalid.title": "The STUN or TURN server is not accepted",
    "ending.ice_servers_invalid.advice": "Check its address, user name and password. The code is not used up.",
    "ending.unsupported.title": "This browser cannot connect",
    "ending.unsupported.advice": "It has no WebRTC, or WebRTC is turned off. Use another browser.",

    // Which device: `on`, `of` and without either, as a sentence needs it
    "who.here": "this device",
    "who.here.of": "of this device",
    "who.here.on": "on this device",
    "who.there": "the other device",
    "who.there.of": "of the other device",
    "who.there.on": "on the other device",
    "who.both": "both devices",
    "who.both.of": "of both devices",
    "who.both.on": "on both devices",
    "who.some": "one of the devices",
    "who.some.of": "of one of the devices",
    "who.some.on": "on one of the devices",

    // What is in the way between two devices
    "obstacle.no_candidates": "There is no address at which {who} could be reached.",
    "obstacle.no_relay_configured": "The network {of} hides its public address, or blocks the kind of connection that is needed (UDP).",
    "obstacle.no_stun": "The two devices seem to be in different networks, and this server can only connect devices within one.",
    "obstacle.strict_nat":
        "The networks of both devices are strict about connections from outside. A TURN server would have to pass the data on.",
    "obstacle.relay_unreachable": "{who} did not reach the TURN server that was to pass the data on.",
    "obstacle.relay_refused": "The TURN server that was to pass the data on did not let {who} in.",
    "obstacle.udp_blocked":
        "The network {of} blocks the kind of connection that is needed (UDP). Company and guest networks often do.",
    "obstacle.checks_failed":
        "Each device knew addresses of the other one, and none of them could be reached. A firewall may be in the way.",
    "obstacle.mdns": "The addresses {of} are hidden behind names that work only in the same network.",
    "obstacle.dtls_failed":
        "The two devices reached each other, and could not agree on the encryption. Something between them may change the data.",
    "obstacle.verification_failed": "The other side was not recognized. Somebody else may be in between.",
    "obstacle.signaling_lost": "{who} lost the server before the two were connected.",
    "obstacle.timeout": "No way between the two devices was found in time.",
    "obstacle.unknown": "There is no way between the two devices, or none any more.",

    // What helps against it
    "help.otherNetwork": "{on}, switch to another network, for example the mobile data of a phone.",
    "help.otherNetworkAgain": "If it happens again, switch to another network, for example the mobile data of a phone.",
    "help.sameNetwork": "Put both devices on the same network, such as one Wi-Fi. A guest Wi-Fi may keep its devices apart.",
    "help.noVPN": "Turn off a VPN, if one of the devices uses one.",
    "help.ownTURN": "If you have a TURN server, enter it in the connection settings of one of the devices.",
    "help.tellOperator": "Tell whoever runs this page: the technical details below say what to look at.",
    "help.checkNetwork": "Check the network {of}.",
    "help.checkNetworkAgain": "Check the network {of}, then try again with a new code.",
    "help.onlyTURN": "If only a TURN server may be used there, check that server, or turn that off.",
    "help.checkAddress": "If you have entered a TURN server, check its address.",
    "help.checkPassword": "If you have entered a TURN server, check the user name and the password.",
    "help.reload": "If not, reload this page and try again with a new code.",
    "help.newCode": "Try again with a new code.",
    "help.askPerson": "Check with the other person, by telephone for example, before you try again.",

    // Below every screen
    "footer.text":
        "No cookies, no accounts, nothing loaded from elsewhere. A code works once. Nobody is connected to you by a code of yours without its " +
        "words or its link.",
};
