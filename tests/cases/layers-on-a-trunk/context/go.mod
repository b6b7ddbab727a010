module example.com/app

go 1.26

require (
	github.com/google/uuid v1.6.0
	github.com/jackc/pgx/v5 v5.12.0
	go.opentelemetry.io/otel v1.47.0
	go.opentelemetry.io/otel/trace v1.47.0
	google.golang.org/grpc v1.85.0
)

require (
	github.com/beorn7/perks v1.0.0 // indirect
	github.com/cespare/xxhash/v2 v1.0.0 // indirect
	github.com/go-logr/logr v1.0.0 // indirect
	github.com/go-logr/stdr v1.0.0 // indirect
	github.com/golang/protobuf v1.0.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v1.0.0 // indirect
	github.com/jackc/puddle/v2 v1.0.0 // indirect
	github.com/klauspost/compress v1.0.0 // indirect
	github.com/kylelemons/godebug v1.0.0 // indirect
	github.com/munnerz/goautoneg v1.0.0 // indirect
	github.com/prometheus/common v1.0.0 // indirect
	github.com/prometheus/procfs v1.0.0 // indirect
	github.com/stretchr/testify v1.0.0 // indirect
	github.com/x448/float16 v1.0.0 // indirect
)
