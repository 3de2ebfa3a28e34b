package loadtest

import "slices"

// Quantile of sorted values: 0.5 is their middle, 1 the largest. 0 of none.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Median of values in any order, the upper one of an even number; 0 of none.
func Median(values []float64) float64 {
	return Quantile(slices.Sorted(slices.Values(values)), 0.5)
}
