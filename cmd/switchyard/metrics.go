package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/delivery"
	"switchyard/internal/esl"
	"switchyard/internal/jsoncdr"
	"switchyard/internal/live"
	"switchyard/internal/record"
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

	reports  *prometheus.CounterVec
	closed   *prometheus.CounterVec
	attempts *prometheus.CounterVec
	took     prometheus.Histogram
	delay    prometheus.Histogram
	disabled prometheus.Counter
	http     *prometheus.CounterVec
	httpTook *prometheus.HistogramVec

	texts  *prometheus.CounterVec
	speech prometheus.Histogram
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
	m.reports = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_reports_total", Help: "Channels that inbound event sockets and mod_json_cdr told of, by source and whether they were stored."}, []string{"source", "result"})
	m.closed = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_calls_reaped_total", Help: "Records of calls closed because their session was gone, by who said how the call ended."}, []string{"source"})
	m.attempts = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_webhook_attempts_total", Help: "Webhook attempts, by result: delivered, or the kind of failure, and the status answered."}, []string{"result", "code"})
	m.took = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "switchyard_webhook_attempt_seconds", Help: "How long webhook attempts take.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}})
	m.delay = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "switchyard_webhook_first_attempt_delay_seconds", Help: "From an event to its first webhook attempt.", Buckets: []float64{.025, .05, .1, .15, .2, .25, .5, 1, 2.5, 5, 15, 60, 300}})
	m.disabled = prometheus.NewCounter(prometheus.CounterOpts{Name: "switchyard_webhook_endpoints_disabled_total", Help: "Webhooks disabled because they answered 410 or failed for days."})
	m.http = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_http_requests_total", Help: "Requests to the HTTP endpoint, by status."}, []string{"code"})
	m.httpTook = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "switchyard_http_request_seconds", Help: "How long requests to the HTTP endpoint take; those that wait for events are long on purpose."}, nil)
	m.texts = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "switchyard_speech_texts_total", Help: "Texts that the speech command was run for, by result: rendered, failed."}, []string{"result"})
	m.speech = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "switchyard_speech_seconds", Help: "How long the speech command takes for a text.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10}})
	m.registry.MustRegister(m.texts, m.speech)
	m.registry.MustRegister(m.reports, m.closed, m.attempts, m.took, m.delay, m.disabled, m.http, m.httpTook)
	m.registry.MustRegister(m.refused, m.commands, m.live, m.calls, m.steps,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge shows a value that is asked for when somebody looks.
func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// counter shows a count that somebody else keeps.
func (m *metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// watch shows what the parts of a server say of themselves.
func (m *metrics) watch(srv *server) {
	health := func(of func(record.Health) float64) func() float64 {
		return func() float64 { return of(srv.pipeline.Health()) }
	}
	m.gauge("switchyard_record_changes_waiting", "Calls of which something is not stored yet.", health(func(h record.Health) float64 { return float64(h.Waiting) }))
	m.counter("switchyard_records_stored_total", "States of calls stored.", health(func(h record.Health) float64 { return float64(h.Saved) }))
	m.counter("switchyard_records_lost_total", "Records lost because the store was away for too long.", health(func(h record.Health) float64 { return float64(h.Dropped) }))
	m.gauge("switchyard_calls_orphaned", "Calls whose session is gone and whose record is open.", func() float64 { return float64(srv.sources.reaper.Orphans()) })
	m.registry.MustRegister(switchStates{srv.sources.switches}, cdrCounts{srv.sources.posted, srv.sources.folders}, planCounts{srv.holder})
}

// switchStates shows the connections to the switches.
type switchStates struct{ switches *live.Switches }

var (
	switchConnected = prometheus.NewDesc("switchyard_switch_connected", "1: the switch's inbound event socket is connected.", []string{"switch"}, nil)
	registrations   = prometheus.NewDesc("switchyard_registrations", "Contacts of phones that the switch says are registered.", []string{"switch"}, nil)
	phonesOnCall    = prometheus.NewDesc("switchyard_phones_on_call", "Extensions that have a call on the switch, ringing included, whoever routed it.", []string{"switch"}, nil)
	liveStale       = prometheus.NewDesc("switchyard_live_stale", "1: what is known of the switch's phones may be out of date.", []string{"switch"}, nil)
	resyncFailures  = prometheus.NewDesc("switchyard_live_resync_failures_total", "Times the switch did not tell its registrations and channels when asked.", []string{"switch"}, nil)
)

// Describe implements prometheus.Collector.
func (switchStates) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{switchConnected, registrations, phonesOnCall, liveStale, resyncFailures} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s switchStates) Collect(ch chan<- prometheus.Metric) {
	for _, state := range s.switches.States() {
		gauge := func(d *prometheus.Desc, value float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, state.Address)
		}
		gauge(switchConnected, oneIf(state.Connected))
		gauge(registrations, float64(state.Registrations))
		gauge(phonesOnCall, float64(state.OnCall))
		gauge(liveStale, oneIf(state.Stale))
		ch <- prometheus.MustNewConstMetric(resyncFailures, prometheus.CounterValue, float64(state.ResyncFailures), state.Address)
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// cdrCounts shows what became of mod_json_cdr's posts and files.
type cdrCounts struct {
	posted  *jsoncdr.Handler
	folders []*jsoncdr.Folder
}

var (
	cdrPosts = prometheus.NewDesc("switchyard_cdr_posts_total", "Posts of mod_json_cdr, by result.", []string{"result"}, nil)
	cdrFiles = prometheus.NewDesc("switchyard_cdr_files_total", "Files of mod_json_cdr's folders, by result.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector.
func (cdrCounts) Describe(ch chan<- *prometheus.Desc) { ch <- cdrPosts; ch <- cdrFiles }

// Collect implements prometheus.Collector.
func (c cdrCounts) Collect(ch chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, result string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), result)
	}
	s := c.posted.Stats()
	count(cdrPosts, s.Accepted, "accepted")
	count(cdrPosts, s.Unauthorized, "unauthorized")
	count(cdrPosts, s.Malformed, "malformed")
	count(cdrPosts, s.Failed, "failed")
	var imported, bad uint64
	for _, f := range c.folders {
		s := f.Stats()
		imported, bad = imported+s.Imported, bad+s.Bad
	}
	count(cdrFiles, imported, "imported")
	count(cdrFiles, bad, "bad")
}

// attempt is told of every webhook attempt.
func (m *metrics) attempt(a delivery.Attempt) {
	result := "delivered"
	if !a.Done {
		result = string(a.Class)
	}
	m.attempts.WithLabelValues(result, a.CodeGroup()).Inc()
	m.took.Observe(a.Took.Seconds())
	if a.First {
		m.delay.Observe(a.Delay.Seconds())
	}
}

// rendered is told of every run of the speech command.
func (m *metrics) rendered(took time.Duration, err error) {
	result := "rendered"
	if err != nil {
		result = "failed"
	}
	m.texts.WithLabelValues(result).Inc()
	m.speech.Observe(took.Seconds())
}

func (m *metrics) reaped(source record.Source, _ bool) {
	m.closed.WithLabelValues(string(source)).Inc()
}

// requests counts what passes through to next.
func (m *metrics) requests(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerCounter(m.http, promhttp.InstrumentHandlerDuration(m.httpTook, next))
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
