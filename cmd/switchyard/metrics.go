package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/esl"
	"switchyard/routing"
)

// metrics are what /metrics shows of calls and their sockets.
type metrics struct {
	registry *prometheus.Registry
	refused  *prometheus.CounterVec
	commands prometheus.Counter
	live     prometheus.Gauge
	calls    *prometheus.CounterVec
	steps    *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_esl_refused_connections_total", Help: "Connections to the outbound socket closed before they became a call, by reason."}, []string{"why"}),
		commands: prometheus.NewCounter(prometheus.CounterOpts{Name: "switchyard_esl_refused_commands_total", Help: "Commands FreeSWITCH answered with -ERR."}),
		live:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "switchyard_calls_live", Help: "Calls this server is driving."}),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_calls_ended_total", Help: "Calls that ended, by status."}, []string{"status"}),
		steps:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_steps_total", Help: "Destinations calls went through, by route and outcome."}, []string{"route", "outcome"}),
	}
	m.registry.MustRegister(m.refused, m.commands, m.live, m.calls, m.steps,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge shows a value that is asked for when somebody looks.
func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) refusedConnection(why esl.Refusal) { m.refused.WithLabelValues(string(why)).Inc() }

// counted is a Recorder that counts on the way.
type counted struct {
	handlers.Recorder
	metrics *metrics
}

// Stepped implements handlers.Recorder.
func (c counted) Stepped(id routing.CallID, s handlers.Step) {
	if s.Outcome != "" {
		c.metrics.steps.WithLabelValues(string(s.Destination.Route), string(s.Outcome)).Inc()
	}
	c.Recorder.Stepped(id, s)
}

// Ended implements handlers.Recorder.
func (c counted) Ended(id routing.CallID, e dialplan.Ending, s handlers.Status) {
	c.metrics.calls.WithLabelValues(string(s)).Inc()
	c.Recorder.Ended(id, e, s)
}
