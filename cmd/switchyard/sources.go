package main

import (
	"context"
	"time"

	"switchyard/internal/jsoncdr"
	"switchyard/internal/live"
	"switchyard/internal/record"
)

// sources is where records come from beside the sessions that drive calls, and
// who takes care of what is stored.
type sources struct {
	reports   *record.Reports
	switches  *live.Switches
	posted    *jsoncdr.Handler
	folders   []*jsoncdr.Folder
	reaper    *record.Reaper
	retention *record.Retention
}

// openRecords makes the pipeline of live calls and everything behind it.
func (srv *server) openRecords(context.Context) error {
	srv.pipeline = record.New(srv.store, record.Options{Log: srv.log, Committed: srv.committed, Resume: srv.store, Server: srv.name})
	addresses, err := srv.settings.switchAddresses()
	if err != nil {
		return err
	}
	password, err := srv.settings.cdrPassword()
	if err != nil {
		return err
	}
	calls, events, err := srv.settings.retention()
	if err != nil {
		return err
	}
	s := &srv.sources
	s.reports = record.NewReports(srv.store, srv.holder.Directory, record.ReportOptions{
		Now: time.Now, Server: srv.name, Has: srv.pipeline.Has, KeptFor: calls, Committed: srv.committed,
	})
	if s.switches, err = live.New(live.Options{Switches: addresses, Sink: counting{s.reports, srv.metrics}, Log: srv.log}); err != nil {
		return err
	}
	s.posted = jsoncdr.NewHandler(jsoncdr.HandlerOptions{User: srv.settings.CDR.User, Password: password, Sink: counting{s.reports, srv.metrics}, Log: srv.log})
	for _, path := range srv.settings.CDR.Folders {
		s.folders = append(s.folders, jsoncdr.NewFolder(jsoncdr.FolderOptions{Path: path, Sink: counting{s.reports, srv.metrics}, Log: srv.log}))
	}
	s.reaper = record.NewReaper(srv.store, s.switches, srv.holder.Directory, record.ReaperOptions{
		Server: srv.name, Committed: srv.committed, Log: srv.log, Closed: srv.metrics.reaped,
	})
	s.retention = record.NewRetention(srv.store, record.RetentionOptions{CallsFor: calls, EventsFor: events, Log: srv.log})
	srv.metrics.watch(srv)
	return nil
}

// run starts what runs until ctx ends.
func (s *sources) run(ctx context.Context, part func(name string, f func() error)) {
	part("switches", func() error { s.switches.Run(ctx); return nil })
	part("reaper", func() error { return s.reaper.Run(ctx) })
	part("retention", func() error { return s.retention.Run(ctx) })
	for _, f := range s.folders {
		part("folder of call records", func() error { f.Run(ctx); return nil })
	}
}

// counting counts reports on their way.
type counting struct {
	*record.Reports
	metrics *metrics
}

// Take implements the sinks of the sources.
func (c counting) Take(ctx context.Context, reports []record.Report) error {
	err := c.Reports.Take(ctx, reports)
	result := "stored"
	if err != nil {
		result = "failed"
	}
	for i := range reports {
		c.metrics.reports.WithLabelValues(string(reports[i].Leg.Source), result).Inc()
	}
	return err
}
