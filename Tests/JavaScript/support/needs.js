// What a machine may lack. A test that needs it is skipped, and says what for.

/** For the option `skip` of a test: false, or what is needed. Where NT_SKIP_NOTHING is set, nothing may be lacking. */
export function skipUnless(isThere, need) {
    if (isThere) return false;
    if (process.env.NT_SKIP_NOTHING) throw new Error(`nothing is to be skipped, but this is lacking: ${need}`);
    return need;
}
