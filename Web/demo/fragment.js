// What stands behind the `#` of the address. It is taken out of the address bar at once, where it would be seen, kept and passed on. So this
// is the first script of the page, and imports nothing: the others may be long in coming, or not come at all.

let taken = "";

/** `#…`, or nothing. Each is given once. */
export function takeFragment() {
    take();
    const fragment = taken;
    taken = "";
    return fragment;
}

function take() {
    if (location.hash === "") return;
    taken = location.hash;
    history.replaceState(null, "", location.pathname + location.search);
}

take();
