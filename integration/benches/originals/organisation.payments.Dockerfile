FROM golang:1.26 AS builder
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /payments .

FROM gcr.io/distroless/static:nonroot
COPY --from=builder /payments /payments
ENV LOG_FORMAT=json
LABEL com.example.team=payments com.example.tier=internal
ENTRYPOINT ["/payments"]
