const LIMIT_MS = 20_000;

/** The detail of the next event of a type. */
export function next(target, type) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${type} within ${LIMIT_MS} ms`)), LIMIT_MS);
        target.addEventListener(type, ({ detail }) => {
            clearTimeout(timer);
            resolve(detail);
        }, { once: true });
    });
}
