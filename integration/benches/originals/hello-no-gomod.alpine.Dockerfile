FROM golang:1.26-alpine AS builder
WORKDIR /app
COPY main.go .
RUN go mod init app && go mod tidy
RUN go build -o app .

FROM alpine:3
WORKDIR /root/
COPY --from=builder /app/app .
EXPOSE 80
CMD ["./app"]
