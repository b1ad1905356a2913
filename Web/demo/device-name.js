// What this device is called where it is shown to the other one: its browser and its system, and nothing that tells it from others like it.

import { peerText } from "../client/files.js";

export const MAX_DEVICE_LENGTH = 64;
/** Told over the channel of the files, as a kind of control message of its own. */
export const DEVICE_KINDS = { device: { name: (value) => typeof value === "string" && value.length <= MAX_DEVICE_LENGTH } };

/** The first that matches: many browsers name others too, which they want to be taken for. */
const BROWSERS = [
    [/\bEdg(e|A|iOS)?\//, "Edge"],
    [/\bOPR\/|\bOPiOS\//, "Opera"],
    [/\bSamsungBrowser\//, "Samsung Internet"],
    [/\bFirefox\/|\bFxiOS\//, "Firefox"],
    [/\bChrome\/|\bCriOS\/|\bHeadlessChrome\/|\bChromium\//, "Chrome"],
    [/\bSafari\//, "Safari"],
];
const SYSTEMS = [
    [/\bAndroid\b/, "Android"],
    [/\biPhone\b/, "iPhone"],
    [/\biPad\b/, "iPad"],
    [/\bCrOS\b/, "ChromeOS"],
    [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
    [/\bWindows\b/, "Windows"],
    [/\bLinux\b/, "Linux"],
];

/** `{ browser, system }`, either of them undefined where it is not known. */
export function deviceOf({ userAgent = "", maxTouchPoints = 0 }) {
    const first = (table) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
    const system = first(SYSTEMS);
    // An iPad says that it is a Mac, and no Mac has a touch screen.
    return { browser: first(BROWSERS), system: system === "Mac" && maxTouchPoints > 1 ? "iPad" : system };
}

/** What is sent: without words, since the other side may speak another language. Empty if nothing is known. */
export function nameOf({ browser, system }) {
    return [browser, system].filter(Boolean).join(" · ");
}

/** The name that the other side chose, fit to be shown; null if nothing is left of it. */
export function shownName(name) {
    return peerText(name).replace(/[\s\u0000-\u001f\u007f-\u009f]+/gu, " ").trim() || null;
}
