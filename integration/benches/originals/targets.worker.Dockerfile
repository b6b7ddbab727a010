FROM golang:1.26 AS builder
ARG VERSION=dev
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /worker \
    -ldflags="-s -w -X example.com/targets/internal/about.version=$VERSION" ./cmd/worker

FROM alpine:3
COPY --from=builder /worker /worker
ENV QUEUE=orders LOG=debug
USER 65532:65532
ENTRYPOINT ["/worker"]
