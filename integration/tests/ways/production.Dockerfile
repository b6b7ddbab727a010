ARG GO=1.26
FROM --platform=$BUILDPLATFORM golang:${GO}-alpine AS build
WORKDIR /src
COPY . .
ARG VERSION=dev
ARG TARGETOS TARGETARCH
ENV CGO_ENABLED=0
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath \
      -ldflags="-w -s -X main.version=${VERSION} -extldflags '-static'" \
      -o /out/server ./cmd/server

FROM gcr.io/distroless/static:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title=production \
      org.opencontainers.image.version=$VERSION
WORKDIR /app
COPY --from=build /out/server .
EXPOSE 8080/tcp
HEALTHCHECK --interval=30s --timeout=5s CMD ["./server", "health"]
ENTRYPOINT ["/app/server"]
