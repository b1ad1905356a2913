// Spans of time.

/** Milliseconds on a clock that only goes forward, however wrong the device's time is and whatever it is set to. */
export function monotonicMs() {
    return performance.now();
}
