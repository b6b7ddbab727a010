FROM golang:1.26 AS build
WORKDIR /go/src/server
COPY . .
ENV CGO_ENABLED=0
RUN go test ./... && go build -o server .

FROM alpine:3
RUN echo 'app:x:1001:1001::/app:/sbin/nologin' >>/etc/passwd
WORKDIR /app
COPY --from=build --chown=1001 /go/src/server/server /app/
ENV MODE=production PORT="8080"
EXPOSE 8080 9090/udp
USER 1001
HEALTHCHECK CMD /app/server health || exit 1
CMD ["./server"]
