// Package wiring connects the program to a cluster and to a cloud.
package wiring

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
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
	cluster, err := rest.InClusterConfig()
	if err != nil {
		if cluster, err = clientcmd.BuildConfigFromFlags("", clientcmd.RecommendedHomeFile); err != nil {
			return err
		}
	}
	clients, err := kubernetes.NewForConfig(cluster)
	if err != nil {
		return err
	}
	anything, err := dynamic.NewForConfig(cluster)
	if err != nil {
		return err
	}
	pods := informers.NewSharedInformerFactory(clients, 0).Core().V1().Pods().Informer()
	go pods.Run(ctx.Done())
	go leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{Name: version})

	cloud, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	buckets, tables := s3.NewFromConfig(cloud), dynamodb.NewFromConfig(cloud)
	queues, topics := sqs.NewFromConfig(cloud), sns.NewFromConfig(cloud)
	secrets := secretsmanager.NewFromConfig(cloud)

	server := grpc.NewServer()
	router := chi.NewRouter()
	router.Handle("/metrics", promhttp.Handler())
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		nodes, err := clients.CoreV1().Nodes().List(r.Context(), v1.ListOptions{})
		logger.Info("nodes", zap.Error(err), zap.Any("nodes", nodes), zap.Any("dynamic", anything))
		_, err = buckets.ListBuckets(r.Context(), &s3.ListBucketsInput{})
		logger.Info("buckets", zap.Error(err))
		_, err = tables.ListTables(r.Context(), &dynamodb.ListTablesInput{})
		logger.Info("tables", zap.Error(err))
		_, err = queues.ListQueues(r.Context(), &sqs.ListQueuesInput{})
		logger.Info("queues", zap.Error(err))
		_, err = topics.ListTopics(r.Context(), &sns.ListTopicsInput{})
		logger.Info("topics", zap.Error(err))
		_, err = secrets.ListSecrets(r.Context(), &secretsmanager.ListSecretsInput{})
		logger.Info("secrets", zap.Error(err), zap.Any("grpc", server.GetServiceInfo()))
	})
	return http.ListenAndServe(":8080", router)
}
