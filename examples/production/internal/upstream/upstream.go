// Package upstream calls the service that this one depends on, and says what became of the call.
package upstream

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"
)

// Client calls one URL.
type Client struct {
	url  string
	http http.Client
}

// Report is the outcome of one call.
type Report struct {
	URL    string `json:"upstream"`
	Status int    `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	// Roots tells a missing CA bundle from a certificate that nobody vouches for: both fail alike.
	Roots bool `json:"ca_certificates"`
}

// New returns a client for url. Redirects are reported, not followed.
func New(url string) *Client {
	return &Client{url: url, http: http.Client{
		Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// Check calls the URL. An answer of 500 and above counts as a failure.
func (c *Client) Check(ctx context.Context) Report {
	report := Report{URL: c.url, Roots: HasRoots()}
	if c.url == "" {
		report.Error = "UPSTREAM is not set"
		return report
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		report.Error = err.Error()
		return report
	}
	res, err := c.http.Do(req)
	if err != nil {
		report.Error = err.Error()
		return report
	}
	defer res.Body.Close()
	report.Status = res.StatusCode
	if res.StatusCode >= http.StatusInternalServerError {
		report.Error = res.Status
	}
	return report
}

// HasRoots reports whether the system has CA certificates.
func HasRoots() bool {
	pool, err := x509.SystemCertPool()
	return err == nil && !pool.Equal(x509.NewCertPool())
}
