package main

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
)

func main() {
	http.Handle("/", nil)
	fmt.Println(uuid.New(), pgxpool.New, otel.Version(), attribute.Key("a"), trace.NewNoopTracerProvider, grpc.Version, health.NewServer())
}
