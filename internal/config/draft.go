package config

import (
	"context"
	"errors"
	"regexp"
	"time"

	"switchyard/routing"
)

// Draft is a change of the configuration that somebody works on: files that are
// kept on the server under a name and count for no call.
type Draft struct {
	Scope string // whose it is: OperatorScope or a tenant's id
	Name  string
	Files []routing.File // may hold secrets, and mistakes
	// Base is the revision by scope that the files were made from.
	Base    map[string]int
	Author  string // who saved it last
	Comment string
	// Version tells saves of it apart; it grows, not by one.
	Version   int64
	Size      int64 // of the files, in bytes
	UpdatedAt time.Time
}

// Bounds of a scope's drafts.
const (
	MaxDrafts     = 50
	MaxDraftsSize = 32 << 20 // bytes of all of them
	MaxDraftSize  = 8 << 20  // of one
)

// DraftStore keeps drafts, their files encrypted. Safe for concurrent use.
type DraftStore interface {
	// SaveDraft stores a draft that was version was before, 0 for a new one, and
	// gives the version it has then. ErrDraftChanged if it is another version by
	// now, or is there already, or is gone; ErrTooManyDrafts.
	SaveDraft(ctx context.Context, d Draft, was int64) (int64, error)
	// Draft gives a draft; ErrNoDraft.
	Draft(ctx context.Context, scope, name string) (Draft, error)
	// Drafts gives the drafts of a scope by name, without their files.
	Drafts(ctx context.Context, scope string) ([]Draft, error)
	// DeleteDraft deletes a draft if it is this version, or any for 0; ErrNoDraft
	// and ErrDraftChanged.
	DeleteDraft(ctx context.Context, scope, name string, version int64) error
}

// Why drafts are not read or saved.
var (
	ErrNoDraft       = errors.New("there is no such draft")
	ErrDraftChanged  = errors.New("the draft was saved by somebody else meanwhile")
	ErrTooManyDrafts = errors.New("there are too many drafts, or they are too large together: delete some")
	ErrDraftTooLarge = errors.New("the draft is too large")
	ErrDraftName     = errors.New("a draft's name is 1 to 64 letters, digits and _ . - and begins with a letter or digit")
)

var draftName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// Bytes is how large the files are.
func (d Draft) Bytes() int64 {
	var n int64
	for _, f := range d.Files {
		n += int64(len(f.Name) + len(f.Data))
	}
	return n
}
