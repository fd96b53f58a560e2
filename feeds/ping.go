package feeds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"postrider/magazine"
)

// PingArgs is the job of telling a hub of the feeds that have changed.
type PingArgs struct {
	Hub string `json:"hub"`
}

// Kind names the job in the database.
func (PingArgs) Kind() string { return "ping_hub" }

// hubTime is how long a hub may take to answer.
const hubTime = 10 * time.Second

// hubClient follows no redirects: a hub could send us to an address that only
// this machine reaches.
var hubClient = &http.Client{Timeout: hubTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Ping tells a hub that the feeds of a page have changed, so that it fetches them
// and pushes them on. WebSub leaves open how that is told (section 6); this is
// what hubs take since PubSubHubbub 0.4 (section 7.1): one request a topic.
// Unavailable: the hub takes nothing now. Invalid: it refuses some of the feeds,
// and would again.
func (b *Builder) Ping(ctx context.Context, hub, path string) error {
	var refused []error
	for _, f := range Formats {
		err := b.pingTopic(ctx, hub, webAddress(b.Publication.Link(path+f.File)).s)
		if magazine.CodeOf(err) == magazine.Unavailable {
			return err
		}
		refused = append(refused, err)
	}
	return errors.Join(refused...)
}

func (b *Builder) pingTopic(ctx context.Context, hub, topic string) error {
	form := url.Values{"hub.mode": {"publish"}, "hub.url": {topic}, "hub.topic": {topic}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, hub, strings.NewReader(form.Encode()))
	if err != nil {
		return magazine.Errorf(magazine.Invalid, "the hub %s cannot be told: %w", hub, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", b.Generator)
	answer, err := hubClient.Do(r)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "the hub was not reached: %w", err)
	}
	io.CopyN(io.Discard, answer.Body, 4<<10)
	answer.Body.Close()
	switch class := answer.StatusCode / 100; {
	case class == 2:
		return nil
	case class == 5, answer.StatusCode == http.StatusRequestTimeout, answer.StatusCode == http.StatusTooManyRequests:
		return magazine.Errorf(magazine.Unavailable, "the hub %s answered %s for %s", hub, answer.Status, topic)
	}
	return magazine.Errorf(magazine.Invalid, "the hub %s refused %s: %s", hub, topic, answer.Status)
}

// hubLinks is the Link header by which readers find the hubs (WebSub section 4).
func (b *Builder) hubLinks(p part, f Format) string {
	if p.page > 0 || f == opmlFormat {
		return ""
	}
	var links []string
	for _, hub := range b.hubs() {
		links = append(links, fmt.Sprintf(`<%s>; rel="hub"`, hub.s))
	}
	if len(links) == 0 {
		return ""
	}
	self := webAddress(b.Publication.Link(p.path() + f.File))
	return strings.Join(append(links, fmt.Sprintf(`<%s>; rel="self"`, self.s)), ", ")
}
