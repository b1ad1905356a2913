// Numbers and times in a form for people, as their language writes them.

import { currentLocale } from "./text.js";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"];

let made = { locale: undefined };

/** `1.5 MB`: powers of 1,000, as file managers and networks count. */
export function formatBytes(bytes) {
    return inUnits(bytes, (unit) => ({ unit, unitDisplay: unit === "byte" ? "long" : "short" }));
}

/** `1.5 MB/s` */
export function formatRate(bytesPerSecond) {
    return inUnits(bytesPerSecond, (unit) => ({ unit: `${unit}-per-second`, unitDisplay: "short" }));
}

function inUnits(bytes, style) {
    let unit = 0;
    let value = bytes;
    // 999.95 would be shown as 1000.0.
    while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
        value /= 1000;
        unit += 1;
    }
    const digits = unit === 0 || value >= 99.95 ? 0 : 1;
    return inUnit(value, { ...style(UNITS[unit]), minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}

/** `25%`, of a share between 0 and 1; never 100 before it is all. */
export function formatShare(share) {
    return formatter("NumberFormat", { style: "percent", maximumFractionDigits: 0 }).format(Math.floor(100 * share) / 100);
}

/** `12 ms`, of a round trip. */
export function formatRoundTrip(milliseconds) {
    return inUnit(milliseconds, { unit: "millisecond", unitDisplay: "short", maximumFractionDigits: 0 });
}

/** `9:05`, or `1:00:00`. */
export function formatClock(milliseconds) {
    const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    const hours = Math.floor(seconds / 3600);
    if (hours > 0) parts.unshift(hours);
    const options = (index) => ({ minimumIntegerDigits: index === 0 ? 1 : 2, useGrouping: false });
    return parts.map((part, index) => formatter("NumberFormat", options(index)).format(part)).join(":");
}

/** `5 sec`, `3 min`, `2 hr`. German ends them with a dot (`5 Sek.`), so that no text may end with one. */
export function formatDuration(milliseconds) {
    const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
    if (seconds < 100) return inUnit(seconds, { unit: "second", unitDisplay: "short" });
    const minutes = Math.ceil(seconds / 60);
    if (minutes < 100) return inUnit(minutes, { unit: "minute", unitDisplay: "short" });
    return inUnit(Math.ceil(minutes / 60), { unit: "hour", unitDisplay: "short" });
}

/** `14:05`, or `2:05 PM`. */
export function formatTimeOfDay(date) {
    return formatter("DateTimeFormat", { hour: "2-digit", minute: "2-digit" }).format(date);
}

/** `a, b or c` */
export function formatChoice(words) {
    return formatter("ListFormat", { type: "disjunction" }).format(words);
}

function inUnit(value, options) {
    return formatter("NumberFormat", { style: "unit", ...options }).format(value);
}

/** To make one takes longer than to use it, and progress is drawn often. */
function formatter(kind, options) {
    const locale = currentLocale();
    if (made.locale !== locale) made = { locale };
    return (made[kind + JSON.stringify(options)] ??= new Intl[kind](locale, options));
}
