package recording

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sound writes a file of that length into the stage's folder, a quiet buzz at
// 8 kHz, and gives its path; "" for no length.
func (st *Stage) sound(length time.Duration) (string, error) {
	if length == 0 {
		return "", nil
	}
	path := filepath.Join(st.dir, fmt.Sprintf("heard-%d.wav", length.Milliseconds()))
	samples := int(8 * length.Milliseconds())
	b := make([]byte, 0, 44+2*samples)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*samples))
	b = append(b, "WAVEfmt "...)
	for _, part := range []struct {
		size  int
		value uint32
	}{{4, 16}, {2, 1}, {2, 1}, {4, 8000}, {4, 16000}, {2, 2}, {2, 16}} { // PCM, mono, 16 bit
		b = append(b, binary.LittleEndian.AppendUint32(nil, part.value)[:part.size]...)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*samples))
	for i := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(1000*(i/20%2))) // 200 Hz
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return "", fmt.Errorf("write a sound: %w", err)
	}
	return path, nil
}
