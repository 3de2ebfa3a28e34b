package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

var metricName = regexp.MustCompile(`\b(switchyard|go|process)_[a-z_]+\b`)

// Everything the dashboard shows is there to be shown.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	s := defaultSettings()
	s.DataDir, s.ESL.Listen, s.HTTP.Listen = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	srv, err := open(t.Context(), s, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.close()
	there := described(srv.metrics.registry)
	shown := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, name := range metricName.FindAllString(target.Expr, -1) {
				shown++
				if !there[strings.TrimSuffix(name, "_bucket")] {
					t.Errorf("panel %q shows %s, which is not there", p.Title, name)
				}
			}
		}
	}
	if shown < 20 {
		t.Errorf("only %d metrics are shown", shown)
	}
}

var fullName = regexp.MustCompile(`fqName: "([a-z_]+)"`)

func described(registry *prometheus.Registry) map[string]bool {
	all := make(chan *prometheus.Desc, 1000)
	registry.Describe(all)
	close(all)
	names := map[string]bool{}
	for d := range all {
		if m := fullName.FindStringSubmatch(d.String()); m != nil {
			names[m[1]] = true
		}
	}
	return names
}
