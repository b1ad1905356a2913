"""For tests that end a connection in the middle of a file."""

# Stops it in the middle, so that there is time to end the connection.
PAUSE_IN_THE_MIDDLE = """
(name) => {
    const timer = setInterval(() => {
        const button = document.querySelector(`[aria-label="Pause ${name}"]`);
        if (button === null || !(button.closest("li").querySelector("progress").value > 0.05)) return;
        clearInterval(timer);
        button.click();
    }, 10);
}
"""


# How much goes over, all channels together.
COUNT_SENT = """
() => {
    window.sentBytes = 0;
    const { send } = RTCDataChannel.prototype;
    RTCDataChannel.prototype.send = function (data) {
        sentBytes += data.byteLength ?? 0;
        return send.call(this, data);
    };
}
"""
