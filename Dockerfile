# One static program, nothing else: no shell, no package, no CA bundle (the
# roots are compiled in, SSL_CERT_FILE adds a company's own).
#
#   docker build .                                from the source
#   docker build --build-arg BINARY=prebuilt .    from dist/ARCH/flux-image-updates
#
# Releases take the second way, so that the image holds exactly the program that
# was attested. build.yml makes that program in the same base image.
ARG BUILDER=docker.io/library/rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1
ARG BINARY=compile

FROM ${BUILDER} AS compile
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY .ci/build ./.ci/build
RUN .ci/build /flux-image-updates

FROM scratch AS prebuilt
ARG TARGETARCH
COPY --chmod=755 dist/${TARGETARCH}/flux-image-updates /flux-image-updates

# hadolint ignore=DL3006 # a stage of this file
FROM ${BINARY} AS binary

FROM scratch
LABEL org.opencontainers.image.title="flux-image-updates" \
      org.opencontainers.image.description="Flux's image automation without a cluster" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=binary /flux-image-updates /flux-image-updates
# No USER: an action that is started as `uses: docker://…` cannot choose one, and
# a fixed one could not append to the runner's command files (mode 644). Start
# it with --user "$(id -u):$(id -g)".
ENTRYPOINT ["/flux-image-updates"]
