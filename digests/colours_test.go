package digests

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The mails have the colours of the pages: what the style sheet gives to its
// custom properties, by day and by night.
func TestColoursAreThePages(t *testing.T) {
	sheet, err := os.ReadFile("../templates/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for name, ours := range map[string][2]string{
		"paper": {light.Paper, dark.Paper}, "ink": {light.Ink, dark.Ink}, "quiet": {light.Quiet, dark.Quiet},
		"hairline": {light.Hairline, dark.Hairline}, "accent": {light.Accent, dark.Accent},
	} {
		found := regexp.MustCompile(`--`+name+`:\s*(#[0-9a-f]{6});`).FindAllStringSubmatch(string(sheet), 2)
		if len(found) != 2 {
			t.Fatalf("the style sheet has --%s %d times, want a light and a dark one", name, len(found))
		}
		if got := [2]string{found[0][1], found[1][1]}; got != ours {
			t.Errorf("--%s is %v on pages and %v in mails", name, got, ours)
		}
	}
}

func TestContrast(t *testing.T) {
	for _, c := range []colours{light, dark} {
		for _, pair := range []struct {
			colour string
			least  float64
		}{{c.Ink, 7}, {c.Quiet, 4.5}, {c.Accent, 4.5}} {
			if got := contrast(rgb(pair.colour), rgb(c.Paper)); got < pair.least {
				t.Errorf("%s on %s has contrast %.2f, want %.1f", pair.colour, c.Paper, got, pair.least)
			}
		}
	}
	if got := contrast(rgb("#000000"), rgb("#ffffff")); got != 21 {
		t.Errorf("black on white is %v", got)
	}
}

func TestAccent(t *testing.T) {
	for _, accent := range []string{"#ffff00", "#000000", "#FFFFFF", "#c0392b", "#8899aa"} {
		day, night := palettes(accent)
		for _, c := range []colours{day, night} {
			if got := contrast(rgb(c.Accent), rgb(c.Paper)); got < 4.5 {
				t.Errorf("%s became %s on %s: contrast %.2f", accent, c.Accent, c.Paper, got)
			}
		}
	}
	if day, _ := palettes("#7A1F1F"); !strings.EqualFold(day.Accent, "#7a1f1f") {
		t.Errorf("a readable accent became %s", day.Accent)
	}
	for _, wrong := range []string{"", "red", "#fff", "#12345g", "#123456;}"} {
		if day, night := palettes(wrong); day != light || night != dark {
			t.Errorf("%q gave %v and %v", wrong, day, night)
		}
	}
}
