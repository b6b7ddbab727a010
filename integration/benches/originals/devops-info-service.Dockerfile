FROM golang:1.26-alpine AS builder
WORKDIR /build
COPY go.mod ./
RUN go mod download
COPY main.go ./
RUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -ldflags="-w -s" -o devops-info-service main.go

FROM gcr.io/distroless/static:nonroot
WORKDIR /app
COPY --from=builder /build/devops-info-service /app/devops-info-service
EXPOSE 8000
USER nonroot
ENTRYPOINT ["/app/devops-info-service"]
