package config

import "context"

// CatchUp is what Follow does when it is time.
func (h *Holder) CatchUp(ctx context.Context) (bool, error) { return h.catchUp(ctx) }
