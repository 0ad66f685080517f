# The service without a database: set DATABASE_URL. See docker-compose.yml for a whole installation.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The folders that cargo fills are kept between builds, so the binary is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && cp target/release/glomma /usr/local/bin/glomma

FROM debian:bookworm-slim
# ca-certificates: the service checks the database and the issuers against them. curl: the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin glomma \
    && install -d -o glomma -g glomma -m 0750 /data
COPY --from=build /usr/local/bin/glomma /usr/local/bin/glomma

USER glomma
WORKDIR /data
# The search index, which is rebuilt when it is lost, and in development mode the key of its tokens.
VOLUME /data
# Metrics are for the container's own network: do not publish 9090.
ENV GLOMMA_DATA=/data GLOMMA_LISTEN=0.0.0.0:8080 GLOMMA_METRICS_LISTEN=0.0.0.0:9090 MIMALLOC_PURGE_DELAY=0
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["glomma"]
CMD ["serve"]
