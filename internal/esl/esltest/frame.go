package esltest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// command is one message of the server.
type command struct {
	line    string // first line
	headers fields
	body    string
	text    string // the whole, for Result.Sent
}

// maxCommand is FreeSWITCH's limit of a command's headers and of a body.
const maxCommand = 10 << 20

// readCommand reads as FreeSWITCH does: line ends before a command are
// skipped, two line feeds end it whatever carriage returns are between, and
// any run of either parts lines.
func readCommand(r *bufio.Reader) (command, error) {
	var raw strings.Builder
	for feeds := 0; feeds < 2; {
		b, err := r.ReadByte()
		if err != nil {
			return command{}, err
		}
		if raw.Len() == 0 && (b == '\r' || b == '\n') {
			continue
		}
		raw.WriteByte(b)
		switch b {
		case '\n':
			feeds++
		case '\r':
		default:
			feeds = 0
		}
		if raw.Len() > maxCommand {
			return command{}, fmt.Errorf("command longer than %d bytes", maxCommand)
		}
	}
	return parseCommand(raw.String(), r)
}

func parseCommand(raw string, r io.Reader) (command, error) {
	lines := strings.FieldsFunc(raw, func(c rune) bool { return c == '\r' || c == '\n' })
	cmd := command{line: lines[0]}
	for _, l := range lines[1:] {
		if name, value, ok := strings.Cut(l, ":"); ok {
			cmd.headers.add(name, strings.TrimLeft(value, " "))
		}
	}
	cmd.text = strings.Join(lines, "\n")
	n, err := strconv.Atoi(cmd.headers.get("content-length"))
	if err != nil || n <= 0 {
		return cmd, nil // as atoi: rubbish counts as 0
	}
	if n > maxCommand {
		return command{}, fmt.Errorf("body of %d bytes", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return command{}, err
	}
	cmd.body = string(body)
	cmd.text += "\n\n" + cmd.body
	return cmd, nil
}
