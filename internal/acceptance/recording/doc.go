// Package recording plays scenarios on a real FreeSWITCH and records what is
// said on its outbound socket, byte for byte in both directions. Names and
// addresses of the machine and the temporary folder are replaced, and lengths
// corrected for it; nothing else is changed.
package recording
