package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"switchyard/internal/config"
)

// planCounts shows what became of tenants' plans.
type planCounts struct{ holder *config.Holder }

var (
	plansCompiled = prometheus.NewDesc("switchyard_plans_compiled_total", "Tenants' plans compiled: for a first call, for a change, to check a change.", nil, nil)
	plansEvicted  = prometheus.NewDesc("switchyard_plans_evicted_total", "Plans dropped because planMemory was used up.", nil, nil)
	plansKept     = prometheus.NewDesc("switchyard_plans", "Plans in memory.", nil, nil)
	planBytes     = prometheus.NewDesc("switchyard_plans_bytes", "What the plans in memory take, estimated.", nil, nil)
	tenantsBroken = prometheus.NewDesc("switchyard_tenants_broken", "Tenants whose published configuration does not pass this version's checks.", nil, nil)
)

// Describe implements prometheus.Collector.
func (planCounts) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{plansCompiled, plansEvicted, plansKept, planBytes, tenantsBroken} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c planCounts) Collect(ch chan<- prometheus.Metric) {
	h := c.holder.Health()
	put := func(d *prometheus.Desc, t prometheus.ValueType, v float64) {
		ch <- prometheus.MustNewConstMetric(d, t, v)
	}
	put(plansCompiled, prometheus.CounterValue, float64(h.Plans.Compiled))
	put(plansEvicted, prometheus.CounterValue, float64(h.Plans.Evicted))
	put(plansKept, prometheus.GaugeValue, float64(h.Plans.Kept))
	put(planBytes, prometheus.GaugeValue, float64(h.Plans.Bytes))
	put(tenantsBroken, prometheus.GaugeValue, float64(len(h.Broken)))
}
