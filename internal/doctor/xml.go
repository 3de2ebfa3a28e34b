package doctor

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

type reachFunc = func(ctx context.Context, address string) error

// element is any XML element; FreeSWITCH's configuration is read by tag and
// attribute.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
}

func parseXML(text string) (element, error) {
	var e element
	if !strings.HasPrefix(text, "<") {
		return e, errors.New(firstLine(text))
	}
	return e, xml.Unmarshal([]byte(text), &e)
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all gives every element of a tag below e, e itself included.
func (e element) all(tag string) []element {
	var out []element
	if e.XMLName.Local == tag {
		out = append(out, e)
	}
	for _, c := range e.Children {
		out = append(out, c.all(tag)...)
	}
	return out
}

// param gives the value of <param name=…>; the last one counts, as in
// FreeSWITCH.
func (e element) param(name string) (value string, set bool) {
	for _, p := range e.all("param") {
		if p.attr("name") == name {
			value, set = p.attr("value"), true
		}
	}
	return value, set
}

// configuration asks for one of the switch's configuration files.
func (e *examination) configuration(what, name string) (element, bool) {
	text, ok := e.ask(what, "xml_locate", "configuration configuration name "+name)
	if !ok {
		return element{}, false
	}
	doc, err := parseXML(text)
	if err != nil {
		e.add(Unknown, what, fmt.Sprintf("could not read %s: %v", name, err), "")
		return element{}, false
	}
	return doc, true
}

// release is a version of FreeSWITCH.
type release [3]int

func (r release) String() string { return fmt.Sprintf("%d.%d.%d", r[0], r[1], r[2]) }

func (r release) before(o release) bool {
	for i := range r {
		if r[i] != o[i] {
			return r[i] < o[i]
		}
	}
	return false
}

var releaseText = regexp.MustCompile(`\b(\d{1,4})\.(\d{1,4})\.(\d{1,4})\b`)

func parseRelease(text string) (release, bool) {
	m := releaseText.FindStringSubmatch(text)
	if m == nil {
		return release{}, false
	}
	var r release
	for i := range r {
		r[i], _ = strconv.Atoi(m[i+1]) // at most four digits
	}
	return r, true
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line[:min(len(line), 120)]
}
