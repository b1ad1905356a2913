// A page that is open at an address which only this machine has: other devices cannot come to it, and are better told before there is a code.

import { byId, element, setText } from "./dom.js";
import { text } from "./text.js";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
/** More would be no help to choose from. */
const MOST = 4;

let known = [];

export async function showLocalAddress() {
    if (!LOCAL_HOSTS.includes(location.hostname)) return;
    show([]);
    known = await addresses();
    show(known);
}

/** Where another device finds this page, as a URL; undefined if that is not known. */
export function addressForOthers() {
    return LOCAL_HOSTS.includes(location.hostname) ? known[0] : new URL(location.pathname, location.origin);
}

/** Where other devices of the network reach the server, if it knows. */
async function addresses() {
    try {
        const response = await fetch(new URL("./settings.json", import.meta.url));
        if (!response.ok) return [];
        const { addresses } = await response.json();
        return addresses.map((address) => new URL(address)).filter(({ protocol }) => /^https?:$/.test(protocol)).slice(0, MOST);
    } catch {
        return [];
    }
}

function show(urls) {
    byId("local-note").hidden = false;
    const example = `http://192.168.1.20:${location.port || "80"}/`;
    setText(byId("local-advice"), urls.length > 0 ? text("start.local.known") : text("start.local.unknown", { example }));
    const links = urls.map(({ href }) => element("li", {}, element("a", { href, dir: "ltr" }, href)));
    byId("local-addresses").replaceChildren(...links);
    byId("local-addresses").hidden = links.length === 0;
}
