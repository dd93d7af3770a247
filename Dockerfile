# The controller's image: a static binary on nothing, with what it cannot carry itself.
FROM rust:1.95-alpine AS build
# ring, mimalloc and the tests' helpers are C.
RUN apk add --no-cache build-base
WORKDIR /src
COPY . .
# Alpine's own target is musl, and links statically.
RUN cargo build --release --locked -p tenter --bin tenter

FROM alpine:3.22 AS files
# Repositories at ssh:// addresses are fetched through OpenSSH's client. It is not static, so its libraries come along.
RUN apk add --no-cache ca-certificates-bundle openssh-client-default
RUN mkdir -p /image/etc/ssl/certs /image/usr/bin /image/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && cp /usr/bin/ssh /image/usr/bin/ \
 && ldd /usr/bin/ssh | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do \
      mkdir -p "/image$(dirname "$library")" && cp -L "$library" "/image$library"; \
    done \
 && echo 'tenter:x:65532:65532::/tmp:/sbin/nologin' > /image/etc/passwd \
 && chmod 1777 /image/tmp

FROM scratch
COPY --from=files /image/ /
COPY --from=build /src/target/release/tenter /tenter
ENV PATH=/usr/bin HOME=/tmp SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/tenter"]
