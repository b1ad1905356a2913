FROM swift:6.3-bookworm AS build
WORKDIR /src

# Dependencies have their own layer: it is rebuilt only when they change, not after every edit of a source file. They are those that the
# list names by their commits, and no others.
COPY Package.swift ./
COPY deploy/dependencies.json Package.resolved
RUN swift package resolve --force-resolved-versions

# What the image below lacks: zlib, and SQLite, which is loaded for STORE=sqlite:///var/lib/nt-backend-wrtc/state.db; and a folder for that.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsqlite3-0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && install -d /out/state \
    && for library in libsqlite3.so.0 libz.so.1; do \
        path="$(find /usr/lib -name "$library")" && install -D "$path" "/out$path" || exit 1; \
    done

# The manifest names the tests and their tools, so SwiftPM needs their folders even to build only the product. Web is a part of it.
COPY Plugins Plugins
COPY Web Web
COPY Sources Sources
COPY Tools Tools
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product nt-backend-wrtc --force-resolved-versions \
    && install -D "$(swift build -c release --static-swift-stdlib --show-bin-path)/nt-backend-wrtc" /out/nt-backend-wrtc \
    && strip /out/nt-backend-wrtc

# The Swift runtime is inside the binary. glibc, libstdc++, libgcc and the certificates of authorities are in here, and neither a shell nor a
# package manager.
FROM gcr.io/distroless/cc-debian12

COPY --from=build /out/usr /usr
COPY --from=build /out/nt-backend-wrtc /usr/local/bin/nt-backend-wrtc
# Mount a volume there: what is in it belongs to the user below.
COPY --from=build --chown=10001:10001 /out/state /var/lib/nt-backend-wrtc

# By number, so that an orchestrator can see without reading /etc/passwd that this is not root.
USER 10001:10001
EXPOSE 1234 3478/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/usr/local/bin/nt-backend-wrtc", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/nt-backend-wrtc"]
