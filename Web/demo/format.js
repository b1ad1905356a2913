// Numbers in a form for people.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `1.5 MB`: powers of 1,000, as file managers and networks count. */
export function formatBytes(bytes) {
    let unit = 0;
    let value = bytes;
    // 999.95 would be shown as 1000.0.
    while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
        value /= 1000;
        unit += 1;
    }
    return `${unit === 0 ? Math.round(value) : value.toFixed(value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

export function formatRate(bytesPerSecond) {
    return `${formatBytes(bytesPerSecond)}/s`;
}

/** `9:05`, or `1:00:00`. */
export function formatClock(milliseconds) {
    const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    const hours = Math.floor(seconds / 3600);
    if (hours > 0) parts.unshift(hours);
    return parts.map((part, index) => (index === 0 ? `${part}` : `${part}`.padStart(2, "0"))).join(":");
}

/** `5 s`, `3 min`, `2 h`. */
export function formatDuration(milliseconds) {
    const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
    if (seconds < 100) return `${seconds} s`;
    const minutes = Math.ceil(seconds / 60);
    return minutes < 100 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
