package dialplan

import (
	"path"
	"strings"
	"testing"
	"time"
)

func TestParseFolder(t *testing.T) {
	for s, want := range map[string]string{
		"/recordings": "/recordings", "/a/b.c/d_e-f": "/a/b.c/d_e-f", "/recordings/": "/recordings", "/r//": "/r",
		"": "", "/": "", "//": "", "recordings": "", "./recordings": "", "/a/../b": "", "/a..b": "", "/a b": "", "/a\nb": "", "/${x}": "", "/a;b": "", "/a!b": "", "/a@@8": "",
		"/" + strings.Repeat("a", 80): "", "/é": "", "http://x/y": "",
	} {
		f, err := ParseFolder(s)
		if (err == nil) != (want != "") || f.String() != want {
			t.Errorf("%q: %q, %v", s, f, err)
		}
	}
}

func TestFilesOfATenant(t *testing.T) {
	folder := must[Folder](t)(ParseFolder("/sounds/"))
	call := must[ChannelID](t)(ParseChannelID("50648892-aa42-4a00-a7a0-f8a12c769513"))
	if p := must[Prompt](t)(folder.Prompt("acme", "menus/main.wav")); p.String() != "/sounds/acme/menus/main.wav" {
		t.Error(p)
	}
	began := time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -3600)) // the 22nd in UTC
	if r := must[RecordingFile](t)(folder.Recording("acme", call, began)); r != (RecordingFile{"/sounds/acme/2026/11/22/50648892-aa42-4a00-a7a0-f8a12c769513.wav"}) {
		t.Error(r)
	}
	for _, tenant := range []string{"", "a/b", "..", "../x", "a b", "${x}", strings.Repeat("a", 65)} {
		if p, err := folder.Prompt(tenant, "a.wav"); err == nil && escapes("/sounds", p.String()) {
			t.Errorf("tenant %q: %q", tenant, p)
		}
		if r, err := folder.Recording(tenant, call, began); err == nil {
			t.Errorf("tenant %q: %q", tenant, r.s)
		}
	}
	if _, err := (Folder{}).Prompt("acme", "a.wav"); err == nil {
		t.Error("a prompt of no folder")
	}
	if _, err := (Folder{}).Recording("acme", call, began); err == nil {
		t.Error("a recording of no folder")
	}
}

// escapes tells whether a file is not below a folder of its own in that one.
func escapes(folder, file string) bool {
	rest, below := strings.CutPrefix(path.Clean(file), folder+"/")
	tenant, name, deeper := strings.Cut(rest, "/")
	return !below || !deeper || tenant == "" || name == ""
}

// No name leads out of the folder, and none is more than one argument.
func FuzzFilesOfATenant(f *testing.F) {
	for _, s := range append(hostile, "..", "/etc/passwd", "a/../../b", "./.", "a//b", ".") {
		f.Add("/sounds", s, s)
		f.Add(s, "acme", s)
	}
	f.Fuzz(func(t *testing.T, in, tenant, file string) {
		folder, err := ParseFolder(in)
		if err != nil {
			return
		}
		call, _ := ParseChannelID("c1")
		var made []string
		if p, err := folder.Prompt(tenant, file); err == nil {
			made = append(made, p.String())
		}
		if r, err := folder.Recording(tenant, call, time.Unix(1e9, 0)); err == nil {
			made = append(made, r.s)
		}
		for _, name := range made {
			if CheckText(name) != nil || strings.ContainsAny(name, " ;,!@|") {
				t.Fatalf("%q", name)
			}
			if escapes(path.Clean(folder.String()), name) {
				t.Fatalf("%q is not below %q", name, folder)
			}
		}
	})
}
