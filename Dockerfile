# One static program, nothing else: no shell, no package, no CA bundle (the
# roots are compiled in, SSL_CERT_FILE adds a company's own).
#
#   docker build --build-arg BUILDER=docker.io/library/rust:1.95-bookworm .
#   docker build --build-arg BINARY=prebuilt .
#
# BUILDER has no default: a base image belongs pinned by its digest, and only
# who builds can resolve one. Releases take BINARY=prebuilt, so that the image
# holds exactly the program that was attested; dist/ARCH/ has to be filled first.
ARG BUILDER=scratch
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
