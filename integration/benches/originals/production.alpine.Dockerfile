FROM golang:1.26 AS builder
WORKDIR /app
COPY go.mod ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=linux go build -ldflags="-w -s -extldflags '-static'" -o server ./cmd/server

FROM alpine:3
COPY --from=builder /app/server /server
EXPOSE 8080
USER 1001
ENTRYPOINT ["/server"]
