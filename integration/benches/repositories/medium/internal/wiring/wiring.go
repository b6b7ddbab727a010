// Package wiring connects the service to what such services are usually connected to.
package wiring

import (
	"context"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"
	"github.com/spf13/viper"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"golang.org/x/crypto/bcrypt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"gopkg.in/yaml.v3"
)

// Serve runs the program.
func Serve(version string) error {
	command := &cobra.Command{
		Use:     "server",
		Version: version,
		RunE:    func(command *cobra.Command, _ []string) error { return run(command.Context(), version) },
	}
	return command.ExecuteContext(context.Background())
}

func run(ctx context.Context, version string) error {
	logger, err := zap.NewProduction()
	if err != nil {
		return err
	}
	viper.SetDefault("address", ":8080")
	viper.AutomaticEnv()
	ctx, span := otel.Tracer("server").Start(ctx, "start", trace.WithAttributes(attribute.String("version", version)))
	defer span.End()

	pool, err := pgxpool.New(ctx, viper.GetString("database"))
	if err != nil {
		return err
	}
	defer pool.Close()
	cache := redis.NewClient(&redis.Options{Addr: viper.GetString("redis")})
	defer cache.Close()

	requests := prometheus.NewCounter(prometheus.CounterOpts{Name: "requests_total"})
	prometheus.MustRegister(requests)

	engine := gin.New()
	engine.GET("/users/:name", func(c *gin.Context) {
		requests.Inc()
		var known bool
		row := pool.QueryRow(c.Request.Context(), "select true from users where name = $1", c.Param("name"))
		if err := row.Scan(&known); err != nil {
			logger.Error("query", zap.Error(err))
		}
		hash, _ := bcrypt.GenerateFromPassword([]byte(c.Param("name")), bcrypt.MinCost)
		cache.Set(c.Request.Context(), c.Param("name"), hash, 0)
		c.JSON(http.StatusOK, gin.H{"id": uuid.NewString(), "known": known, "version": version})
	})
	router := chi.NewRouter()
	router.Handle("/metrics", promhttp.Handler())
	router.Get("/config", func(w http.ResponseWriter, _ *http.Request) {
		_ = yaml.NewEncoder(w).Encode(viper.AllSettings())
	})
	router.Mount("/", engine)

	listener, err := net.Listen("tcp", ":9090")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }()
	return http.ListenAndServe(viper.GetString("address"), router)
}
