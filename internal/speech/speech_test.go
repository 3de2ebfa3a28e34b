package speech

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestATextIsRenderedOnce(t *testing.T) {
	g := newRig(t, "fake-say", "{file}", "-v{language}+{voice}")
	var callers sync.WaitGroup
	files := make([]string, 50)
	for i := range files {
		callers.Go(func() {
			var err error
			if files[i], err = g.Render(t.Context(), "Welcome to Acme.", "de-DE", ""); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if len(slices.Compact(files)) != 1 || !strings.HasPrefix(files[0], "/srv/speech/") || len(g.ran()) != 1 {
		t.Fatalf("%q by %+v", slices.Compact(files), g.ran())
	}
	run := g.ran()[0]
	if run.Input != "Welcome to Acme.\n" || run.Words[2] != "-vde-DE+kal" {
		t.Errorf("%+v", run)
	}
	names := g.files()
	info, err := os.Stat(filepath.Join(g.opts.Folder, filepath.Base(files[0])))
	if err != nil || len(names) != 1 || info.Mode().Perm() != 0o644 || info.Size() != 844 {
		t.Errorf("%q %v %v", names, info, err)
	}
	if len(g.told) != 1 || g.told[0] != nil || g.log.Len() > 0 {
		t.Errorf("%v, %s", g.told, &g.log)
	}
	// Another language, voice or text is another file; after a restart it is there.
	for _, other := range [][3]string{{"Welcome to Acme.", "fr", ""}, {"Welcome to Acme.", "de-DE", "f2"}, {"Goodbye.", "de-DE", ""}} {
		if file, err := g.Render(t.Context(), other[0], other[1], other[2]); err != nil || file == files[0] {
			t.Errorf("%q: %s, %v", other, file, err)
		}
	}
	again, err := Open(g.opts)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if file, err := again.Render(t.Context(), "Welcome to Acme.", "de-DE", ""); err != nil || file != files[0] || len(g.ran()) != 4 {
		t.Errorf("%s %v after %d runs", file, err, len(g.ran()))
	}
}

// A text is input of the command and nothing else.
func TestHostileTexts(t *testing.T) {
	g := newRig(t, "fake-say", "{file}", "{language}")
	t.Setenv("SWITCHYARD_SECRETKEY", "s3cret")
	t.Setenv("PGPASSWORD", "s3cret")
	for _, text := range []string{"-f /etc/passwd", "--version", `"; touch /tmp/x; "`, "$(reboot)", "`reboot`", "{file} {voice}", "a\nb\x00c", "../../x", "'", "%s%n", "ünïcödé"} {
		if _, err := g.Render(t.Context(), text, "", ""); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		runs := g.ran()
		run := runs[len(runs)-1]
		if run.Input != text+"\n" || len(run.Words) != 3 || run.Words[2] != "en" || filepath.Dir(run.Words[1]) != g.opts.Folder {
			t.Errorf("%q: %+v", text, run)
		}
		if run.Secret != "" {
			t.Error("the command was given a secret of ours")
		}
	}
	if n := len(g.files()); n != 11 {
		t.Errorf("%d files", n)
	}
}

// What becomes part of the command's words is a plain word.
func TestHostileWords(t *testing.T) {
	g := newRig(t, "fake-say", "{file}", "{language}", "{voice}")
	for _, c := range [][3]string{
		{"", "en", "kal"}, {" \n", "en", "kal"}, {strings.Repeat("x", maxText+1), "en", "kal"},
		{"x", "-w", "kal"}, {"x", "en", "--stdin"}, {"x", "../en", "kal"}, {"x", "en", "/etc/passwd"}, {"x", "en us", "kal"}, {"x", "en", "{file}"}, {"x", "en\x00", "kal"}, {"x", strings.Repeat("e", 65), "kal"},
	} {
		if file, err := g.Render(t.Context(), c[0], c[1], c[2]); err == nil {
			t.Errorf("%.40q gives %s", c, file)
		}
	}
	if len(g.ran()) > 0 {
		t.Errorf("%+v", g.ran())
	}
}

func TestAFailureIsRemembered(t *testing.T) {
	g := newRig(t, "fake-fail", "{file}")
	for range 5 {
		_, err := g.Render(t.Context(), "Welcome", "", "")
		if err == nil || err.Error() != "the speech command did not work" || !strings.Contains(errors.Unwrap(err).Error(), "exit status 3: no such voice") {
			t.Errorf("%v", err)
		}
	}
	if runs, lines := len(g.ran()), strings.Count(g.log.String(), "\n"); runs != 1 || lines != 1 || len(g.told) != 1 || g.told[0] == nil {
		t.Errorf("%d runs, %d log lines, told %v", runs, lines, g.told)
	}
	if strings.Contains(g.log.String(), "Welcome") || !strings.Contains(g.log.String(), "no such voice") {
		t.Errorf("the log has the text: %s", &g.log)
	}
	if _, err := g.Render(t.Context(), "Goodbye", "", ""); err == nil || len(g.ran()) != 2 {
		t.Errorf("%v after %d runs: another text is tried", err, len(g.ran()))
	}
	g.later(failedFor - time.Second)
	if _, err := g.Render(t.Context(), "Welcome", "", ""); err == nil || len(g.ran()) != 2 {
		t.Errorf("%v after %d runs", err, len(g.ran()))
	}
	g.later(time.Second)
	if _, err := g.Render(t.Context(), "Welcome", "", ""); err == nil || len(g.ran()) != 3 {
		t.Errorf("%v after %d runs", err, len(g.ran()))
	}
	if names := g.files(); len(names) != 0 || len(g.failed) != 1 {
		t.Errorf("left behind %q, %d failures", names, len(g.failed))
	}
}

func TestOutputThatIsNoSound(t *testing.T) {
	whole := string(wave(800))
	for name, output := range map[string]string{
		"nothing": "", "a page": "<html>", "header alone": whole[:12], "no samples": string(wave(0)), "one byte": string(wave(1)), "samples cut off": whole[:44],
		"another container": "RIFX" + whole[4:], "AVI": whole[:8] + "AVI " + whole[12:], "no format": whole[:12] + whole[36:], "no channels": whole[:22] + "\x00\x00" + whole[24:],
		"chunks without an end": whole[:12] + strings.Repeat("junk\x00\x00\x00\x00", 1000), "a chunk larger than the file": whole[:12] + "junk\xff\xff\xff\xff" + whole[12:],
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, "fake-write", "{file}")
			t.Setenv("FAKE_SPEECH_OUTPUT", "x")
			if strings.Contains(output, "\x00") { // no variable can have that
				path := filepath.Join(t.TempDir(), "x")
				if err := os.WriteFile(path, []byte(output), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := g.keep(path, "x.wav"); err == nil {
					t.Error("it is kept")
				}
			} else {
				t.Setenv("FAKE_SPEECH_OUTPUT", output)
				if _, err := g.Render(t.Context(), "Welcome", "", ""); !errors.Is(err, errNoWave) {
					t.Errorf("%v", err)
				}
			}
			if names := g.files(); len(names) != 0 {
				t.Errorf("left behind %q", names)
			}
		})
	}
	g := newRig(t, "fake-remove", "{file}")
	if _, err := g.Render(t.Context(), "Welcome", "", ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	g = newRig(t, "fake-say", "{file}")
	g.opts.Command[0] = "/no/such/command"
	if _, err := g.Render(t.Context(), "Welcome", "", ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Some commands write the length they hope for, or chunks of their own.
func TestOtherSpellingsOfASound(t *testing.T) {
	whole := string(wave(800))
	for name, output := range map[string]string{
		"to a pipe":   whole[:40] + "\xff\xff\xff\xff" + whole[44:],
		"more chunks": whole[:12] + "LIST\x03\x00\x00\x00abc\x00" + whole[12:],
	} {
		g := newRig(t, "fake-say", "{file}")
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(output), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := g.keep(path, "x.wav"); err != nil || !g.there("x.wav") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A command that hangs is ended, and whatever it started.
func TestACommandThatHangs(t *testing.T) {
	g := newRig(t, "fake-hang", "{file}")
	pipe := g.pipe("")
	late := make(chan context.CancelCauseFunc, 1)
	g.expire = func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, end := context.WithCancelCause(ctx)
		late <- end
		return ctx, func() { end(nil) }
	}
	failed := make(chan error, 1)
	go func() { _, err := g.Render(context.WithoutCancel(t.Context()), "Welcome", "", ""); failed <- err }()
	hold, err := os.Open(pipe) // it has begun
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	(<-late)(context.DeadlineExceeded)
	if err := <-failed; err == nil || !strings.Contains(errors.Unwrap(err).Error(), "took longer than 10s") {
		t.Errorf("%v", err)
	}
	if _, err := io.ReadAll(hold); err != nil { // until nobody of it is left
		t.Error(err)
	}
}

// A command that has done its work is believed, whoever it leaves behind.
func TestACommandThatLeavesSomebody(t *testing.T) {
	g := newRig(t, "fake-leave", "{file}")
	if _, err := g.Render(t.Context(), "Welcome", "", ""); err != nil || len(g.files()) != 1 {
		t.Errorf("%v: %v, files %q", err, errors.Unwrap(err), g.files())
	}
	if len(g.told) != 1 || g.told[0] != nil {
		t.Errorf("told %v", g.told)
	}
}

// Whoever stops the server waits for no command.
func TestClosingEndsCommands(t *testing.T) {
	g := newRig(t, "fake-hang", "{file}")
	pipe := g.pipe("")
	failed := make(chan error, 1)
	go func() { _, err := g.Render(context.WithoutCancel(t.Context()), "Welcome", "", ""); failed <- err }()
	hold, err := os.Open(pipe) // it runs
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	g.Close()
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := io.ReadAll(hold); err != nil {
		t.Error(err)
	}
	if _, err := g.Render(t.Context(), "Goodbye", "", ""); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if len(g.told) > 0 || g.log.Len() > 0 || len(g.failed) > 0 {
		t.Errorf("a stop is told as a failure: %v %s", g.told, &g.log)
	}
}

// Three texts are wanted at once and two commands run. A caller who has waited
// long enough goes; the text is there for the next one.
func TestTwoCommandsAtOnce(t *testing.T) {
	g := newRig(t, "fake-wait", "{file}")
	started, release := g.both(".started"), g.both("")
	texts := []string{"one", "two", "three"}
	gone, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for _, text := range texts {
		callers.Go(func() {
			if _, err := g.Render(gone, text, "", ""); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
	var said [1]byte
	for range 2 {
		if _, err := started.Read(said[:]); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(g.ran()); n != 2 || len(g.slots) != commandsAtOnce {
		t.Errorf("%d run", n)
	}
	cancel()
	callers.Wait()
	waiting := make(chan error, len(texts))
	for _, text := range texts {
		go func() { _, err := g.Render(context.WithoutCancel(t.Context()), text, "", ""); waiting <- err }()
	}
	for _, more := range []string{"1", "23"} { // the third one begins when one of the others has ended
		if _, err := release.WriteString(more); err != nil {
			t.Fatal(err)
		}
		if more == "1" {
			if _, err := started.Read(said[:]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range texts {
		if err := <-waiting; err != nil {
			t.Error(err)
		}
	}
	if n := len(g.ran()); n != 3 {
		t.Errorf("%d runs", n)
	}
}
