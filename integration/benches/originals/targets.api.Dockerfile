FROM golang:1.26 AS builder
ARG VERSION=dev
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /api \
    -ldflags="-s -w -X example.com/targets/internal/about.version=$VERSION" ./cmd/api

FROM scratch
COPY --from=builder /api /api
ENV QUEUE=orders LOG=info
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/api"]
