package routing

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	cases := []struct {
		raw, country string
		e164         string // "": not E.164
		text         string
		short        bool
	}{
		{"+15551234567", "", "+15551234567", "+15551234567", false},
		{"15551234567", "US", "+15551234567", "+15551234567", false},
		{" (555) 123-4567 ", "US", "+15551234567", "+15551234567", false},
		{"0114930123456", "US", "+4930123456", "+4930123456", false},
		{"030/12 34 56", "DE", "+4930123456", "+4930123456", false},
		{"0044 20 7946 0018", "DE", "+442079460018", "+442079460018", false},
		{"+44 (0)20 7946 0018", "DE", "+442079460018", "+442079460018", false},
		{"+390612345678", "US", "+390612345678", "+390612345678", false},
		{"+80012345678", "US", "+80012345678", "+80012345678", false},
		{"1001", "US", "", "1001", true},
		{"1001", "", "", "1001", true},
		{"112", "DE", "", "112", true},
		{"5551234", "US", "", "5551234", true}, // without its area code
		{"5551234567", "", "", "5551234567", true},
		{"15551234567", "", "", "15551234567", false}, // too long for an extension, no country to read it by
		{"+1555", "US", "", "+1555", false},
		{"+999123456789", "US", "", "+999123456789", false},
		{"1", "US", "", "1", false},
		{"", "US", "", "", false},
		{"+", "US", "", "+", false},
		{"anonymous", "US", "", "anonymous", false},
		{"1-800-FLOWERS", "US", "", "1-800-FLOWERS", false},
		{"+15551234567;ext=5", "US", "", "+15551234567;ext=5", false},
		{"+1555123456７", "US", "", "+1555123456７", false},
		{"15551234567,1001", "US", "", "15551234567,1001", false},
		{"+15551234567\n", "US", "+15551234567", "+15551234567", false},
		{"++15551234567", "US", "", "++15551234567", false},
	}
	for _, c := range cases {
		got := ParseNumber(c.raw, c.country)
		if got.E164() != c.e164 || got.String() != c.text || got.Short() != c.short {
			t.Errorf("ParseNumber(%q, %q) = %q, E.164 %q, short %v; want %q, %q, %v",
				c.raw, c.country, got.String(), got.E164(), got.Short(), c.text, c.e164, c.short)
		}
	}
}

func TestNumberCountry(t *testing.T) {
	for number, want := range map[string]string{
		"+14155552671":  "US",
		"+15551234567":  "US", // belongs to nobody: the main country of the code
		"+14165550123":  "CA",
		"+18092201111":  "DO",
		"+442079460018": "GB",
		"+80012345678":  "001",
		"1001":          "",
		"hello":         "",
	} {
		if got := ParseNumber(number, "").Country(); got != want {
			t.Errorf("country of %s is %q, want %q", number, got, want)
		}
	}
}

// The short cut for usual spellings must say what the metadata says.
func TestPlainNumbersAreReadLikeAllOthers(t *testing.T) {
	codes := []string{"+1", "+33", "+34", "+44", "+45", "+48", "+49", "1", ""}
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom(codes).Draw(t, "code") + rapid.StringMatching(`[0-9]{4,12}`).Draw(t, "digits")
		country := rapid.SampledFrom([]string{"US", "CA", "GB", "DE", ""}).Draw(t, "country")
		plain, ok := parsePlain(raw, country)
		if !ok {
			return
		}
		if full, known := parseWithMetadata(raw, country); !known || plain != full {
			t.Fatalf("%q in %q is %v, by the metadata %v", raw, country, plain, full)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, raw := range []string{"+15551234567", "030 123456", "1001", "anonymous", "+", "00", "\xff\xfe", "(((((", "+1 (555) 123-4567 ext 9"} {
		f.Add(raw, "US")
	}
	f.Add("0114930123456", "")
	f.Fuzz(func(t *testing.T, raw, country string) {
		n := ParseNumber(raw, country)
		if text := n.E164(); text != "" {
			if len(text) > 20 || text[0] != '+' || !allDigits(text[1:]) {
				t.Errorf("ParseNumber(%q, %q) = %q", raw, country, text)
			}
			if again := ParseNumber(text, ""); again != n {
				t.Errorf("%q read again is %q", text, again)
			}
		}
		if n.Short() && !isExtensionNumber(n.String()) {
			t.Errorf("ParseNumber(%q, %q) is short: %q", raw, country, n)
		}
		n.Country()
	})
}
