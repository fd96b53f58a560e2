package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// wire sends bytes to a server as they are and returns its answer. The
// connection is then half closed where the client is to be done.
func wire(t *testing.T, address, text string, done bool) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if done {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCutForms sends forms that never come whole. Nobody may take the answer
// for done, and nothing may be done.
func TestCutForms(t *testing.T) {
	f := newFixture(t)
	served := func(patience time.Duration) string {
		server := httptest.NewUnstartedServer(f.handler)
		server.Config.ReadTimeout = patience
		server.Start()
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	patient, hurried := served(time.Minute), served(time.Second)
	f.post(f.joinAs("known@example.org", ""), "")
	leave := "/leave/" + f.members.LeaveToken(f.subscription("known@example.org").Subscriber.ID, "weekly")
	confirm := f.joinAs("new@example.org", "")
	asked := len(f.signUps)
	t.Run("forms", func(t *testing.T) {
		for _, path := range []string{"/join", confirm, leave} {
			for name, c := range map[string]struct {
				to     string
				length int
				body   string
				done   bool
				want   int
			}{
				"cut":         {patient, 100, "newsletter=weekly&email=amina@example.org", true, http.StatusBadRequest},
				"never comes": {hurried, 100, "", false, http.StatusRequestTimeout},
				"stops":       {hurried, 100, "newsletter=weekly&email=amina@example.org", false, http.StatusRequestTimeout},
				"too large":   {patient, maxForm + 1, strings.Repeat("a", maxForm+1), false, http.StatusRequestEntityTooLarge},
			} {
				t.Run(name+" "+path, func(t *testing.T) {
					t.Parallel() // most wait
					a := wire(t, c.to, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: harbour.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, c.length, c.body), c.done)
					body, err := io.ReadAll(a.Body)
					if err != nil || a.StatusCode != c.want || !strings.Contains(string(body), "The form did not arrive") || a.Header.Get("Cache-Control") != "no-store" || !a.Close {
						t.Errorf("got %d %v (%v)\n%s", a.StatusCode, a.Header, err, body)
					}
				})
			}
		}
	})
	if len(f.signUps) != asked || f.subscription("new@example.org") != nil || f.subscription("known@example.org").State != magazine.SubscriptionActive {
		t.Error("a form that was cut has changed something")
	}
}

// A request whose client goes away while it is answered is no success either.
func TestGoneClient(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/articles/tide-clocks/", "/media/abcd/x.mp3"} {
		r := request("GET", path, "")
		if a := f.do(r.WithContext(gone(t))); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %v", path, a.StatusCode, a.Header)
		}
	}
	if f.log.Len() > 0 {
		t.Errorf("the log speaks of it: %s", f.log.String())
	}
}

// gone is the context of a client that has gone.
func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
