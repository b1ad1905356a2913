// What each page does in test_mailbox_resume.py: it sends items to the other side, takes those of the other side, and asks the test to
// cut all connections on the way. `exchange` settles with what the page has seen.

({ appID, side, items, drops }) => {
    // No waiting between attempts, which would be longer with each drop that follows so soon on the one before.
    Math.random = () => 0;
    const seen = { received: [], reconnections: 0, resumed: [] };
    // Whether there is a connection that no drop of this page has met: two drops of one connection would be one.
    let whole = false;
    let becameWhole = () => {};
    // Or the last items could come before the page has one, and a drop would be missing.
    const aWholeConnection = () => (whole ? undefined : new Promise((resolve) => (becameWhole = resolve)));

    const exchange = async () => {
        const { connect } = await import("/client/signaling.js");
        const session = connect({ base: location.origin, appID, side });
        session.addEventListener("reconnecting", () => {
            seen.reconnections += 1;
            whole = false;
        });
        session.addEventListener("open", ({ detail }) => {
            seen.resumed.push(detail.resumed);
            whole = true;
            becameWhole();
        });
        await Promise.all([send(session), receive(session)]);
        return seen;
    };

    const send = async (session) => {
        const sent = [];
        for (let n = 0; n < items; n += 1) {
            sent.push(session.send({ n, from: side, text: "é".repeat(n % 50) }));
            // Not all at once, so that a drop finds items under way, waiting and not yet sent.
            if (n % 20 === 19) await sent.at(-10);
        }
        await Promise.all(sent);
    };

    const receive = async (session) => {
        let dropped = 0;
        for await (const { payload } of session.items()) {
            seen.received.push(payload);
            if (seen.received.length === items) return;
            if (dropped < drops && seen.received.length >= ((dropped + 1) * items) / (drops + 2)) {
                await aWholeConnection();
                dropped += 1;
                whole = false;
                await globalThis.dropConnections();
            }
        }
    };

    globalThis.exchange = exchange();
}
