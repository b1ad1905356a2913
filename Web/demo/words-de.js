// The words of the page in German.

export const direction = "ltr";

export const words = {
    // What the window or tab is called, by screen
    "tab.start": "Dateien an ein anderes Gerät senden",
    "tab.invitation": "Einladung",
    "tab.code": "Dein Code",
    "tab.connecting": "Verbinden…",
    "tab.ended": "Nicht verbunden",
    "tab.connected": "Verbunden",

    // Start
    "start.title": "Dateien an ein anderes Gerät senden",
    "start.lead": "Direkt von Browser zu Browser, in jeder Größe, mit einem Chat daneben. Auf keinem Server wird etwas gespeichert.",
    "start.enter": "Code vom anderen Gerät",
    "start.enter.hint": "Noch kein Code? Lass das Feld leer: Dann bekommst du einen, der dort eingegeben wird.",
    "start.join": "Verbinden",
    "start.unreached":
        "Der Server ist nicht erreichbar. Diese Seite wurde auf deinem Gerät aufbewahrt; verbinden kannst du dich, sobald der Server " +
        "wieder da ist.",
    "start.sharedText": "Was du geteilt hast, steht im Nachrichtenfeld, sobald du verbunden bist.",
    "start.shareFailed": "Dieser Browser konnte nicht übernehmen, was du geteilt hast; vielleicht fehlt Platz. Wähle die Dateien hier.",
    "start.local": "Andere Geräte können die Adresse dieser Seite nicht öffnen.",
    "start.local.known": "Öffne sie unter einer, die dein Netz kennt:",
    "start.local.unknown": "Öffne sie unter der Adresse, die dieser Computer in deinem Netz hat, zum Beispiel {example}",

    // Opened by the link of a code
    "invitation.title": "Du bist eingeladen, dich zu verbinden",
    "invitation.who":
        "Dateien und Nachrichten gehen dann direkt zwischen euren beiden Geräten hin und her. Wer dir diesen Link geschickt hat, soll " +
        "seine Seite offen lassen.",
    "invitation.accept": "Mit {code} verbinden",
    "invitation.decline": "Nicht jetzt",

    // Connection settings
    "settings.title": "Verbindungseinstellungen",
    "settings.key": "Zugangsschlüssel",
    "settings.key.hint": "Nur wenn du vom Betreiber dieser Seite einen bekommen hast. Er wird behalten, bis du diesen Tab schließt.",
    "settings.key.continue": "Weiter",
    "settings.key.wrong": "Der Server nimmt diesen Zugangsschlüssel nicht an.",
    "settings.key.needed": "Dieser Server verlangt einen Zugangsschlüssel.",
    "settings.ice":
        "Meistens ist hier nichts nötig: Der Server nennt die STUN- und TURN-Server, die er kennt. Ein STUN-Server sagt deinem Browser, " +
        "welche öffentliche Adresse er hat; ein TURN-Server leitet die Daten weiter, nach wie vor verschlüsselt, wo es keinen direkten " +
        "Weg gibt. Wenn du hier einen einträgst, wird er stattdessen benutzt.",
    "settings.ice.address": "Adresse eines STUN- oder TURN-Servers",
    "settings.ice.username": "Benutzername (TURN)",
    "settings.ice.password": "Passwort (TURN)",
    "settings.ice.relay": "Nur den TURN-Server benutzen, damit die andere Seite meine Adresse nicht sieht",
    "settings.ice.malformed": "Schreibe stun:host:port oder turn:host:port.",
    "settings.ice.incomplete": "Ein TURN-Server braucht Benutzername und Passwort.",
    "settings.ice.relay.needed":
        "Wenn nur ein TURN-Server benutzt werden soll, trage hier einen ein, oder nichts, falls der Server einen hat.",
    "settings.ice.refused": "Dieser Browser nimmt die Adresse nicht an: {reason}",

    // What is wrong with a code that was entered
    "code.malformed": "Ein Code hat 4 bis 8 Ziffern und dahinter seine Wörter.",
    "code.word.unknown": "„{word}“ ist keines der Wörter.",
    "code.word.wrong": "Eines der Wörter stimmt nicht.",
    "code.word.compare": "Vergleiche es mit dem ersten Gerät.",
    "code.word.suggested": "Ist {words} gemeint?",
    "code.spoken": "Code {digits}",

    // The code
    "code.title": "Dein Code",
    "code.lead": "Öffne {address} auf dem anderen Gerät, und gib dort dies ein.",
    "code.lead.anywhere": "Gib dies auf dem anderen Gerät ein.",
    "code.scan": "Oder scanne es mit der Kamera eines Handys.",
    "code.waiting": "Warten auf das andere Gerät.",
    "code.left": "noch {time}",
    "code.link": "Link zu diesem Code",
    "code.share": "Teilen",
    "code.share.text": "Öffne diesen Link, um dich mit mir zu verbinden:",
    "code.copy": "Link kopieren",
    "code.copied": "Kopiert.",
    "code.selected": "Dieser Browser lässt die Seite nicht kopieren. Der Link ist markiert: Kopiere ihn von dort.",
    "code.qr": "QR-Code des Links",
    "button.cancel": "Abbrechen",

    // Connecting
    "connecting.title": "Verbinden",
    "step.code": "Ein Code wird geholt",
    "step.checking": "Der Code wird geprüft",
    "step.returning": "Zurück in den Raum",
    "step.waiting": "Das andere Gerät wird erwartet",
    "step.proving": "Es wird geprüft, ob es das richtige ist",
    "step.negotiating": "Ein Weg zwischen den beiden wird gesucht",
    "step.done": "(fertig)",
    "stage.code": "Der Server wird um einen Code gebeten…",
    "stage.checking": "Der Code wird geprüft…",
    "stage.returning": "Zurück in den Raum…",
    "stage.waiting": "Warten auf das andere Gerät…",
    "stage.negotiating": "Das andere Gerät ist da. Ein Weg zwischen euch wird gesucht…",
    "stage.connected": "Verbunden.",
    "connecting.absent":
        "Das andere Gerät ist noch nicht da. Diese Seite muss dort offen und im Vordergrund sein: Ein Handy lässt eine Seite schlafen, " +
        "die niemand ansieht.",
    "connecting.warning": "Das klappt vielleicht nicht. {why} {help}",
    "connecting.again": "Der Server ist nicht erreichbar. In {time} wird es wieder versucht. {advice}",

    // Connected
    "connected.title": "Verbunden",
    "connected.past": "Was gesendet wurde",
    "connected.disconnect": "Trennen",
    "connected.parts": "Dateien oder Chat",
    "connected.malformed": "Die andere Seite hat etwas gesendet, das diese Seite nicht lesen kann ({problem}). Lade beide Seiten neu.",
    "line.direct": "direkt",
    "line.relayed": "über TURN",
    "line.connected": "verbunden",
    "line.interrupted": "unterbrochen",
    "line.verified": "geprüft",
    "line.compared": "verglichen",
    "line.unverified": "nicht geprüft",
    "status.direct": "✓ Direkt verbunden, {encryption}.",
    "status.relayed": "✓ Über einen TURN-Server verbunden, {encryption}.",
    "status.connected": "✓ Verbunden, {encryption}.",
    "status.direct.alone": "✓ Direkt verbunden. Der Server ist gerade nicht erreichbar; deine Verbindung braucht ihn nicht.",
    "status.relayed.alone":
        "✓ Über einen TURN-Server verbunden. Der Server ist gerade nicht erreichbar; deine Verbindung braucht ihn nicht.",
    "status.connected.alone": "✓ Verbunden. Der Server ist gerade nicht erreichbar; deine Verbindung braucht ihn nicht.",
    "status.direct.away": "✓ Direkt verbunden. Die andere Seite erreicht den Server gerade nicht; deine Verbindung braucht ihn nicht.",
    "status.relayed.away":
        "✓ Über einen TURN-Server verbunden. Die andere Seite erreicht den Server gerade nicht; deine Verbindung braucht ihn nicht.",
    "status.connected.away": "✓ Verbunden. Die andere Seite erreicht den Server gerade nicht; deine Verbindung braucht ihn nicht.",
    "status.interrupted": "⚠ Unterbrochen. Ein anderer Weg wird gesucht; die Dateien gehen von selbst weiter, sobald es einen gibt.",
    "status.interrupted.alone":
        "⚠ Unterbrochen, und auch der Server ist nicht erreichbar. Sieh nach dem Netz; diese Seite versucht es weiter.",
    "encryption.endToEnd": "von Ende zu Ende verschlüsselt",
    "encryption.some": "verschlüsselt",

    // What is known of the other end
    "proof.words": "Geprüft: Das andere Gerät hat die Wörter dieses Codes.",
    "proof.link": "Geprüft: Das andere Gerät hat den Link dieses Codes.",
    "proof.compared": "Verglichen: Beide Geräte zeigen dieselben Ziffern.",
    "proof.digits":
        "Nicht geprüft: Mit dem Code wurden keine Wörter eingegeben. Wenn beide Geräte diese Ziffern zeigen, ist niemand dazwischen. " +
        "Vergleicht sie am Telefon oder nebeneinander, nicht in diesem Chat.",
    "proof.none":
        "Nicht geprüft: Mit dem Code wurden keine Wörter eingegeben, und das Programm am anderen Ende hat keine Ziffern zum Vergleichen. " +
        "Es könnte jemand dazwischen sein.",
    "proof.caveat": "Diese Seite selbst kam über einfaches http; andere im Netz könnten sie verändert haben.",
    "proof.same": "Sie sind gleich",
    "proof.differ": "Sie sind verschieden",

    // Chat
    "chat.title": "Chat",
    "chat.message": "Nachricht",
    "chat.send": "Senden",
    "chat.you": "Du",
    "chat.peer": "Andere Seite",
    "chat.empty": "Nachrichten, Adressen und Passwörter zum Kopieren: Sie gehen direkt zum anderen Gerät.",
    "chat.unread": {
        one: "ungelesene Nachricht",
        other: "ungelesene Nachrichten",
    },
    "chat.announced": "{name}: {words}",
    "chat.copy": "Diese Nachricht kopieren",
    "chat.copy.done": "Kopiert",
    "chat.copy.failed": "Dieser Browser lässt die Seite nicht kopieren",

    // Files
    "files.title": "Dateien",
    "files.drop": "Dateien hier ablegen",
    "files.choose": "Dateien wählen",
    "files.chooseFolder": "Ordner wählen",
    "files.send": "Dateien senden",
    "files.sendFolder": "Ordner senden",
    "files.outbox": "Dateien zum Senden",
    "files.outbox.more": {
        one: "und {count} weitere",
        other: "und {count} weitere",
    },
    "files.outbox.remove": "{name} nicht senden",
    "files.held": "Deine Dateien warten, bis du weißt, wer am anderen Ende ist.",
    "files.held.send": "Trotzdem alle senden",
    "success.all": { one: "Die Datei ist angekommen.", other: "{count} Dateien sind angekommen." },
    "files.list": "Übertragungen",
    "files.memory": "Dieser Browser hält empfangene Dateien hier im Arbeitsspeicher: höchstens {size} je Datei.",
    "files.tooMany": {
        one: "Höchstens 100 Dateien können unterwegs sein. {count} wartet, bis eine andere fertig ist.",
        other: "Höchstens 100 Dateien können unterwegs sein. {count} warten, bis andere fertig sind.",
    },
    "files.offered": "Die andere Seite bietet die Datei {name} an.",
    "files.over": "{name}: {state}",
    "files.progress": "Fortschritt von {name}",
    "files.out": "Senden",
    "files.in": "Empfangen",
    "files.unsaved": "Die Datei kann hier nicht gespeichert werden: {reason}",
    "files.noSpace": "Die Datei ist größer als die {size}, die hier Platz haben.",
    "files.action": "{action}: {name}",
    "files.accept": "Annehmen",
    "files.decline": "Ablehnen",
    "files.pause": "Anhalten",
    "files.resume": "Fortsetzen",
    "files.remove": "Entfernen",
    "files.save": "Speichern",
    "files.acceptAll": "Alle annehmen",
    "files.declineAll": "Alle ablehnen",

    // Folders
    "folder.files": { one: "{count} Datei", other: "{count} Dateien" },
    "folder.offered": {
        one: "Die andere Seite bietet den Ordner {name} mit {count} Datei an.",
        other: "Die andere Seite bietet den Ordner {name} mit {count} Dateien an.",
    },
    "folder.offered.in": "Die andere Seite bietet diesen Ordner an.",
    "folder.moving": "{done} von {files} Dateien. {amount}",
    "folder.savedIn": "Gespeichert in {name}.",
    "folder.partly": { one: "✗ {count} Datei ist nicht angekommen. {why}", other: "✗ {count} Dateien sind nicht angekommen. {why}" },
    "folder.large": "{name} enthält mehr als {count} Dateien. Sende die Ordner darin einzeln, oder packe sie in ein Archiv.",
    "folder.deep": "{name} enthält zu tief verschachtelte Ordner. Packe ihn in ein Archiv.",
    "folder.empty": "In {name} sind keine Dateien.",
    "folder.unreadable": "{name} konnte nicht gelesen werden: {reason}",

    // The state of a transfer
    "transfer.offered.out": "Wartet, bis die andere Seite annimmt.",
    "transfer.offered.in": "Die andere Seite bietet diese Datei an.",
    "transfer.waiting": "Angenommen; sie kommt nach den Dateien davor an die Reihe.",
    "transfer.checking": "Alle Bytes sind da; SHA-256 wird verglichen.",
    "transfer.done.out": "✓ Angekommen, SHA-256 gleich.",
    "transfer.done.in": "✓ Vollständig, SHA-256 gleich.",
    "transfer.savedAs": "Gespeichert als {name}.",
    "transfer.declined.in": "Du hast sie abgelehnt.",
    "transfer.failed": "✗ {why}",
    "transfer.amount": "{share}, {moved} von {size}",
    "transfer.pausedHere": "Von dir angehalten. {amount}.",
    "transfer.pausedThere": "Von der anderen Seite angehalten. {amount}.",
    "transfer.first": "Wartet auf die ersten Bytes.",
    "transfer.starting": "Beginnt.",
    "transfer.goingOn": "Geht dort weiter, wo es abgebrochen war: {amount}.",
    "transfer.kept": "✗ Die Verbindung ist zu Ende. Es geht weiter, wenn du dich innerhalb einer Stunde wieder mit diesem Gerät verbindest.",
    "transfer.stalled": "{amount}, gerade bewegt sich nichts.",
    "transfer.moving": "{amount}, noch {time} bei {rate}.",
    "failure.cancelled_here": "Du hast abgebrochen.",
    "failure.cancelled_there": "Die andere Seite hat abgebrochen.",
    "failure.declined": "Die andere Seite möchte diese Datei nicht.",
    "failure.too_many": "Die andere Seite hat schon 100 unfertige Dateien. Sende sie noch einmal, wenn einige davon fertig sind.",
    "failure.unreadable":
        "Die Datei konnte nicht zu Ende gelesen werden; vielleicht wurde sie geändert, verschoben oder gelöscht. Wähle sie noch einmal.",
    "failure.unwritable":
        "Die Datei konnte nicht gespeichert werden; vielleicht ist kein Platz mehr. Schaffe Platz, und lass sie noch einmal senden.",
    "failure.damaged":
        "Es kamen andere Bytes an, als gesendet wurden (ihr SHA-256 ist verschieden). Sie wurden verworfen; sende die Datei noch einmal.",
    "failure.broken": "Die beiden Seiten haben einander verloren. Lade beide neu, und verbinde sie wieder.",
    "failure.closed": "Die Verbindung endete vorher. Verbinde die Geräte wieder, und sende die Datei neu.",

    // The connection, drawn and in facts
    "connection.title": "Verbindung",
    "connection.server": "Server",
    "connection.server.introduces": "stellt vor",
    "connection.server.lost": "nicht erreichbar",
    "connection.server.reached": "erreichbar; er wird nur wieder gebraucht, wenn sich der Weg ändert",
    "connection.you": "du",
    "connection.peer": "andere Seite",
    "connection.way": "Weg",
    "connection.way.none": "gerade keiner",
    "connection.way.lost": "gerade kein Weg",
    "connection.way.direct": "direkt",
    "connection.way.relayed": "über einen TURN-Server, {encryption}",
    "connection.relay": "TURN-Server",
    "connection.here": "Dieses Ende",
    "connection.there": "Anderes Ende",
    "connection.roundTrip": "Hin und zurück",
    "connection.roundTrip.none": "noch nicht gemessen",
    "connection.bytes": "Gesendet, empfangen",
    "connection.bytes.both": "{sent}, {received}",
    "connection.fact": "{name}: {value}",
    "plot.title": "Durchsatz der letzten 60 Sekunden",
    "plot.text": "Jetzt {up} gesendet, {down} empfangen. Höchstens {mostUp} gesendet, {mostDown} empfangen.",
    "plot.sent": "gesendet",
    "plot.received": "empfangen",

    // Addresses of a device
    "candidate.host": "eine Adresse seines eigenen Netzes",
    "candidate.srflx": "seine öffentliche Adresse, wie ein STUN-Server sie sieht",
    "candidate.prflx": "seine öffentliche Adresse, wie die andere Seite sie sieht",
    "candidate.relay": "eine Adresse eines TURN-Servers",
    "candidate.unknown": "von einer Art, die diese Seite nicht kennt",
    "candidate.host.short": "eigenes Netz",
    "candidate.srflx.short": "öffentlich, per STUN",
    "candidate.prflx.short": "öffentlich, per Gegenseite",
    "candidate.relay.short": "TURN-Server",
    "candidate.way.relayed": "{protocol}, zum TURN-Server über {relayProtocol}",
    "candidate.sentence": "{type} über {way}: {kind}",
    "candidate.sentence.untried":
        "{type} über {way}: {kind}; sie wurde nicht versucht, da ihr Name nicht aufgelöst wurde oder keine Adresse hier zu ihr passt",

    // How an attempt or a connection ends
    "ended.first": "Versuche zuerst dies: {help}",
    "ended.more": "Was noch helfen kann",
    "ended.technical": "Technische Einzelheiten",
    "ended.candidates": "Jedes Gerät sagt dem anderen, unter welchen Adressen es vielleicht erreichbar ist. Diese wurden genannt:",
    "ended.none": "keine",
    "ended.details": "Einzelheiten: {message}",
    "ended.wait": "Versuche es in {time} wieder.",
    "ended.unproved": "Die andere Seite hat nicht bewiesen, dass sie die Wörter hat, und der Code ist verbraucht. Erstelle einen neuen.",
    "ended.next.retry": "Noch einmal versuchen",
    "ended.next.create": "Neuen Code erstellen",
    "ended.next.enter": "Anderen Code eingeben",
    "ended.next.settings": "TURN-Server eintragen",
    "ended.next.key": "Zugangsschlüssel eingeben",
    "ended.next.start": "Zurück zum Start",
    "ended.again": "In diesem Raum noch einmal versuchen",
    "ending.here.title": "Getrennt",
    "ending.here.advice": "Du hast die Verbindung beendet.",
    "ending.unknown.title": "Etwas ist schiefgegangen",
    "ending.unknown.advice": "Beginne von vorn. Wenn es wieder geschieht, lade die Seite neu.",
    "ending.code_malformed.title": "Das ist kein Code",
    "ending.code_malformed.advice": "Gib den Code noch einmal ein: Er hat 4 bis 8 Ziffern und dahinter seine Wörter.",
    "ending.code_gone.title": "Dieser Code gilt nicht",
    "ending.code_gone.advice":
        "Er wurde benutzt, ist abgelaufen oder hat nie gegolten. Wenn du ihn gerade erst bekommen hast, war jemand schneller. Bitte um " +
        "einen neuen.",
    "ending.code_mismatch.title": "Die Wörter stimmen nicht überein",
    "ending.code_mismatch.advice":
        "Eines der Wörter wurde falsch eingegeben, oder jemand anders hat den Code benutzt. Es wurde nichts verbunden, und der Code ist " +
        "verbraucht: Erstelle einen neuen. Wenn es wieder geschieht, nimm den Link oder einen anderen Server.",
    "ending.peer_unverified.title": "Die andere Seite hat die Wörter nicht genannt",
    "ending.peer_unverified.advice":
        "Das Programm der anderen Seite kennt keine Wörter, oder es bekam nur die Ziffern. Es wurde nichts verbunden. Erstelle einen " +
        "neuen Code, und gib ihn ganz weiter.",
    "ending.words_needed.title": "Zu diesem Code gehören Wörter",
    "ending.words_needed.advice": "Bitte um einen neuen Code, und gib ihn ganz ein.",
    "ending.digits_differ.title": "Die Ziffern sind verschieden",
    "ending.digits_differ.advice":
        "Deine Geräte sind mit jemandem dazwischen verbunden, nicht miteinander, es sei denn, eine Ziffer wurde falsch gelesen. Die " +
        "Verbindung ist beendet. Erstelle einen Code mit Wörtern, oder nimm einen anderen Server.",
    "ending.words_unknown.title": "Eines der Wörter stimmt nicht",
    "ending.words_unknown.advice":
        "Vergleiche es mit dem, was dir gesagt wurde, und gib es noch einmal ein. Der Code ist nicht verbraucht.",
    "ending.too_many_guesses.title": "Zu viele falsche Codes",
    "ending.too_many_guesses.advice": "Von hier kamen zu viele falsche Codes. Warte, und prüfe den Code, bevor du es wieder versuchst.",
    "ending.no_code_free.title": "Kein Code ist frei",
    "ending.no_code_free.advice": "Der Server hat gerade keinen Code übrig. Versuche es später wieder.",
    "ending.rate_limited.title": "Zu viele Anfragen",
    "ending.rate_limited.advice": "Von hier kamen zu viele Anfragen an den Server.",
    "ending.unauthorized.title": "Der Zugangsschlüssel fehlt oder ist falsch",
    "ending.unauthorized.advice": "Dieser Server verlangt einen Zugangsschlüssel. Du bekommst ihn vom Betreiber.",
    "ending.forbidden.title": "Dieser Server lässt dich nicht herein",
    "ending.forbidden.advice": "Der Server kennt deinen Zugangsschlüssel und erlaubt ihm keine Verbindung. Frage den Betreiber.",
    "ending.server_full.title": "Der Server ist voll",
    "ending.server_full.advice": "Der Server hat so viele Verbindungen, wie er haben darf. Versuche es später wieder.",
    "ending.server_draining.title": "Der Server startet neu",
    "ending.server_draining.advice": "Versuche es gleich wieder.",
    "ending.server_unreachable.title": "Der Server ist nicht erreichbar",
    "ending.server_unreachable.advice": "Sieh nach dem Netz dieses Geräts.",
    "ending.server_error.title": "Der Server gab keine richtige Antwort",
    "ending.server_error.advice": "Versuche es später wieder. Wenn das nicht hilft, sage es dem Betreiber.",
    "ending.upgrade_refused.title": "Der Server ist nicht ganz erreichbar",
    "ending.upgrade_refused.advice":
        "Der Server antwortet, öffnet aber die Verbindung nicht, die diese Seite braucht. Sage es dem Betreiber, wenn es wieder " +
        "geschieht.",
    "ending.unresponsive.title": "Der Server hat dieses Gerät verloren",
    "ending.unresponsive.advice": "Sieh nach dem Netz dieses Geräts.",
    "ending.side_busy.title": "Der Raum ist besetzt",
    "ending.side_busy.advice": "Jemand anders ist an deinem Platz. Erstelle einen neuen Code, oder bitte um einen.",
    "ending.token_refused.title": "Den Raum gibt es nicht mehr",
    "ending.token_refused.advice": "Dieser Raum kann nicht mehr benutzt werden. Erstelle einen neuen Code, und gib ihn weiter.",
    "ending.replaced.title": "Woanders verbunden",
    "ending.replaced.advice": "Ein anderes Fenster oder Gerät hat diesen Platz übernommen. Mach dort weiter, oder beginne hier neu.",
    "ending.peer_left.title": "Die andere Seite ist gegangen",
    "ending.peer_left.advice": "Um euch wieder zu verbinden, erstelle einen neuen Code, oder bitte um einen.",
    "ending.peer_left.back": "Die andere Seite hat den Raum verlassen",
    "ending.peer_never_came.title": "Die andere Seite kam nicht",
    "ending.peer_never_came.advice": "Erstelle einen neuen Code, und gib ihn weiter, oder bitte um einen.",
    "ending.peer_never_came.back": "Die andere Seite kam nicht zurück",
    "ending.no_route.title": "Die beiden Geräte erreichen einander nicht",
    "ending.no_relay.title": "Es gibt keinen TURN-Server",
    "ending.no_relay.advice":
        "Du möchtest nur einen TURN-Server benutzen, und dieser Server hat keinen. Trage einen ein, oder schalte das ab.",
    "ending.ice_servers_invalid.title": "Der STUN- oder TURN-Server wird nicht angenommen",
    "ending.ice_servers_invalid.advice": "Prüfe Adresse, Benutzername und Passwort. Der Code ist nicht verbraucht.",
    "ending.unsupported.title": "Dieser Browser kann sich nicht verbinden",
    "ending.unsupported.advice": "Er hat kein WebRTC, oder es ist abgeschaltet. Nimm einen anderen Browser.",

    // Which device: `on`, `of` and without either, as a sentence needs it
    "who.here": "dieses Gerät",
    "who.here.of": "dieses Geräts",
    "who.here.on": "auf diesem Gerät",
    "who.there": "das andere Gerät",
    "who.there.of": "des anderen Geräts",
    "who.there.on": "auf dem anderen Gerät",
    "who.both": "beide Geräte",
    "who.both.of": "beider Geräte",
    "who.both.on": "auf beiden Geräten",
    "who.some": "eines der Geräte",
    "who.some.of": "eines der Geräte",
    "who.some.on": "auf einem der Geräte",

    // What is in the way between two devices
    "obstacle.no_candidates": "Es gibt keine Adresse, unter der man {who} erreichen könnte.",
    "obstacle.no_relay_configured":
        "Das Netz {of} verbirgt seine öffentliche Adresse, oder es sperrt die Art von Verbindung, die nötig ist (UDP).",
    "obstacle.no_stun": "Die beiden Geräte sind wohl in verschiedenen Netzen, und dieser Server kann nur Geräte in einem verbinden.",
    "obstacle.strict_nat": "Die Netze beider Geräte sind streng mit Verbindungen von außen. Ein TURN-Server müsste die Daten weiterleiten.",
    "obstacle.relay_unreachable": "Der TURN-Server, der die Daten weiterleiten sollte, war vom Netz {of} aus nicht erreichbar.",
    "obstacle.relay_refused": "Der TURN-Server, der die Daten weiterleiten sollte, ließ {who} nicht herein.",
    "obstacle.udp_blocked": "Das Netz {of} sperrt die Art von Verbindung, die nötig ist (UDP). Firmen- und Gastnetze tun das oft.",
    "obstacle.checks_failed":
        "Jedes Gerät kannte Adressen des anderen, und keine davon war erreichbar. Vielleicht ist eine Firewall im Weg.",
    "obstacle.mdns": "Die Adressen {of} stehen hinter Namen, die nur im selben Netz gelten.",
    "obstacle.dtls_failed":
        "Die beiden Geräte haben einander erreicht und konnten sich nicht auf die Verschlüsselung einigen. Vielleicht verändert etwas " +
        "dazwischen die Daten.",
    "obstacle.verification_failed": "Die andere Seite wurde nicht erkannt. Es könnte jemand anders dazwischen sein.",
    "obstacle.signaling_lost": "Die Verbindung {of} zum Server brach ab, bevor die beiden verbunden waren.",
    "obstacle.timeout": "Es wurde nicht rechtzeitig ein Weg zwischen den beiden Geräten gefunden.",
    "obstacle.unknown": "Es gibt keinen Weg zwischen den beiden Geräten, oder keinen mehr.",

    // What helps against it
    "help.otherNetwork": "Wechsle {on} in ein anderes Netz, zum Beispiel das Mobilfunknetz eines Handys.",
    "help.otherNetworkAgain": "Wenn es wieder geschieht, wechsle in ein anderes Netz, zum Beispiel das Mobilfunknetz eines Handys.",
    "help.sameNetwork": "Bring beide Geräte in dasselbe Netz, zum Beispiel ein WLAN. Ein Gast-WLAN trennt seine Geräte vielleicht.",
    "help.noVPN": "Schalte ein VPN ab, falls eines der Geräte eines benutzt.",
    "help.ownTURN": "Wenn du einen TURN-Server hast, trage ihn in den Verbindungseinstellungen eines der Geräte ein.",
    "help.tellOperator": "Sage es dem Betreiber dieser Seite: Worauf er sehen sollte, steht unten in den technischen Einzelheiten.",
    "help.checkNetwork": "Sieh nach dem Netz {of}.",
    "help.checkNetworkAgain": "Sieh nach dem Netz {of}, und versuche es dann mit einem neuen Code.",
    "help.onlyTURN": "Falls dort nur ein TURN-Server benutzt werden darf, prüfe diesen Server, oder schalte das ab.",
    "help.checkAddress": "Wenn du einen TURN-Server eingetragen hast, prüfe seine Adresse.",
    "help.checkPassword": "Wenn du einen TURN-Server eingetragen hast, prüfe Benutzername und Passwort.",
    "help.reload": "Wenn nicht, lade diese Seite neu, und versuche es mit einem neuen Code.",
    "help.newCode": "Versuche es mit einem neuen Code.",
    "help.askPerson": "Frage bei der anderen Person nach, zum Beispiel am Telefon, bevor du es wieder versuchst.",

    // Below every screen
    "footer.text":
        "Keine Cookies, keine Konten, nichts von anderswo geladen. Ein Code gilt einmal. Niemand wird durch einen Code von dir mit dir " +
        "verbunden, der nicht seine Wörter oder seinen Link hat.",
};
