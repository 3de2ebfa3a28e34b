package handlers

// Occupied gives how many extensions and ring groups calls occupy.
func (r *Router) Occupied() int {
	r.busy.mu.Lock()
	defer r.busy.mu.Unlock()
	return len(r.busy.calls)
}
