# escape=`

FROM node:22-alpine AS ui
WORKDIR /ui
COPY ui/package.json ui/package-lock.json ./
RUN npm ci
COPY ui/ ./
ENV NODE_ENV=production
RUN npm run build

FROM golang:1.26-bookworm AS base
ENV GOPRIVATE=github.com/corp,*.corp.example GOPROXY=https://proxy.corp.example,direct
WORKDIR /work
RUN git config --global url."ssh://git@github.com/corp/".insteadOf https://github.com/corp/

FROM base AS lint
RUN golangci-lint run

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY . .
COPY --from=ui /ui/dist ./web/dist
RUN go generate ./...
RUN --mount=type=ssh go mod download
ENV CGO_ENABLED=1 GOAMD64=v2
RUN <<EOS
set -e
cd cmd/api
go build -race -buildmode=pie -gcflags=all=-N -ldflags '-linkmode external -extldflags "-static" -compressdwarf=false' \
  -o /usr/local/bin/api-server
upx --best /usr/local/bin/api-server
EOS
RUN adduser --disabled-password --uid 10001 app

FROM build AS debug
CMD ["dlv"]

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /usr/local/bin/api-server /usr/local/bin/api-server
MAINTAINER somebody
USER app
ENTRYPOINT ["/usr/local/bin/api-server"]
HEALTHCHECK NONE
