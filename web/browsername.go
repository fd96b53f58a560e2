package web

import (
	"strings"

	"postrider/templates"
)

// The names of browsers and systems, each after those whose names theirs have
// in them. What people call a browser is the first that it claims to be.
var (
	browserNames = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systemNames  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}}
)

// browserName is how people know the browser that names itself so: "Firefox on
// Linux".
func browserName(words *templates.Words, agent string) string {
	of := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser, system := of(browserNames), of(systemNames)
	switch {
	case browser == "" && system == "":
		return words.T("account.browser.unknown")
	case browser == "":
		return words.T("account.browser.unnamed", "system", system)
	case system == "":
		return browser
	}
	return words.T("account.browser", "browser", browser, "system", system)
}
