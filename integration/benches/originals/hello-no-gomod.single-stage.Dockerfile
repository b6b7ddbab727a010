FROM golang:1.26
WORKDIR /app
COPY main.go .
RUN go mod init app && go mod tidy
RUN go build -o app .
EXPOSE 80
CMD ["./app"]
