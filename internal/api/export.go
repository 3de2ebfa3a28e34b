package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/record"
)

type export struct {
	CallFilter
	Format string `query:"format" enum:"csv,jsonl" default:"csv"`
}

func (s *Server) exportResource(a huma.API) {
	text := &huma.Schema{Type: huma.TypeString}
	add(a, anyKey, huma.Operation{
		OperationID: "export-calls", Method: http.MethodGet, Path: "/api/calls/export", Tags: []string{"Calls"},
		Summary:     "Records of calls as CSV or JSON lines, the newest first",
		Description: "An export that breaks off closes the connection before the end of the answer.",
		Responses: map[string]*huma.Response{"200": {Description: "the records", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: text}, "application/jsonl": {Schema: text},
		}}},
	}, s.export)
}

// exportPage is how many records an export holds in memory at once.
const exportPage = 500

// pageWithin bounds reading one page and sending it to a slow client.
const pageWithin = 30 * time.Second

// export reads the first page before anything is answered, so that what is
// wrong with the request or the store is an answer and no broken file.
func (s *Server) export(ctx context.Context, in *export) (*huma.StreamResponse, error) {
	f, err := s.filter(&in.CallFilter, callerOf(ctx).tenant)
	if err != nil {
		return nil, err
	}
	f.Limit = exportPage
	first, err := s.Records.Calls(ctx, f)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	return &huma.StreamResponse{Body: func(w huma.Context) {
		if err := s.stream(w, in.Format, f, first); err != nil {
			s.Log.Warn().Err(err).Str("by", callerOf(ctx).name()).Msg("an export broke off")
			panic(http.ErrAbortHandler) // the client must not take it for complete
		}
	}}, nil
}

func (s *Server) stream(w huma.Context, format string, f record.Filter, page []record.Call) error {
	contentType, open := "text/csv; charset=utf-8; header=present", record.NewCSV
	if format == "jsonl" {
		contentType, open = "application/jsonl", record.NewJSONLines
	}
	w.SetHeader("Content-Type", contentType)
	w.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "calls."+format))
	w.SetStatus(http.StatusOK)
	rows := open(w.BodyWriter())
	for {
		s.allow(w.Context(), pageWithin)
		for _, c := range page {
			if err := rows.Write(record.View(c)); err != nil {
				return err
			}
		}
		if err := rows.Flush(); err != nil {
			return err
		}
		if len(page) < exportPage {
			return nil
		}
		last := page[len(page)-1]
		f.After = &record.Cursor{StartedAt: last.StartedAt, ID: last.ID}
		var err error
		if page, err = s.Records.Calls(w.Context(), f); err != nil {
			return fmt.Errorf("read the next records: %w", err)
		}
	}
}
