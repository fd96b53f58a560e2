package feeds

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// StaticServers are the web servers that ServerConfig knows.
var StaticServers = []string{"nginx", "caddy"}

// ServerConfig is the configuration of a web server that serves an export's
// folder with the headers that a Handler sends: types, codings, how long a feed
// may be kept, and the window for people. The entity tags are the server's own.
// NotFound: we know no such server.
func ServerConfig(ctx context.Context, s *store.Store, b Builder, server, dir string) (string, error) {
	text, ok := serverConfigs[server]
	if !ok {
		return "", magazine.Errorf(magazine.NotFound, "there is no configuration for %q; there is one for %s", server, strings.Join(StaticServers, " and "))
	}
	l, err := newHandler(s, b, 0, nil).versions.look(ctx)
	if err != nil {
		return "", err
	}
	at, err := url.Parse(b.Publication.URL)
	if err != nil {
		return "", magazine.Errorf(magazine.Invalid, "publication.url %q is no web address: %w", b.Publication.URL, err)
	}
	view := serverView{Dir: strconv.Quote(dir), Prefix: strings.TrimRight(at.EscapedPath(), "/"), Policy: policy,
		MaxAge: int(min(max(l.pace/paceParts, minAge), maxAge) / time.Second)}
	for _, f := range append(Formats, opmlFormat) {
		kind, charset, _ := strings.Cut(f.ContentType, "; charset=")
		window, _, _ := strings.Cut(f.windowType(), ";")
		view.Files = append(view.Files, servedFile{f.File, kind, charset, window})
	}
	var out bytes.Buffer
	if err := text.Execute(&out, view); err != nil {
		return "", err
	}
	return out.String(), nil
}

type serverView struct {
	Dir, Prefix, Policy string
	MaxAge              int
	Files               []servedFile
}

type servedFile struct{ Name, Type, Charset, Window string }

// Pattern is the name within a regular expression.
func (f servedFile) Pattern() string { return strings.ReplaceAll(f.Name, ".", `\.`) }

var serverConfigs = map[string]*template.Template{
	"nginx": template.Must(template.New("nginx").Parse(`# Serves the feeds that "postrider feeds --out DIR" has written. It belongs into a
# server block. Brotli needs the module libnginx-mod-http-brotli-static.
{{- range .Files}}

location ~ ^{{$.Prefix}}(?<feed>/(?:[^/]+/)*{{.Pattern}})$ {
    if ($http_sec_fetch_dest = document) { rewrite ^ /.window$feed last; }
    root {{$.Dir}};
    try_files $feed =404;
    types { }
    default_type {{.Type}};
{{- with .Charset}}
    charset {{.}};
    charset_types *;{{end}}
    gzip_static on;
    # brotli_static on;
    add_header Vary "Accept-Encoding, Sec-Fetch-Dest";
    add_header Cache-Control "max-age={{$.MaxAge}}";
    add_header X-Content-Type-Options nosniff;
    add_header Content-Security-Policy "{{$.Policy}}";
}
# The same for people who open it in a browser.
location ~ ^/\.window(?<feed>/(?:[^/]+/)*{{.Pattern}})$ {
    internal;
    root {{$.Dir}};
    try_files $feed =404;
    types { }
    default_type {{.Window}};
{{- with .Charset}}
    charset {{.}};
    charset_types *;{{end}}
    gzip_static on;
    # brotli_static on;
    etag off; # it would be the other one's
    add_header Vary "Accept-Encoding, Sec-Fetch-Dest";
    add_header Cache-Control "max-age={{$.MaxAge}}";
    add_header X-Content-Type-Options nosniff;
    add_header Content-Security-Policy "{{$.Policy}}";
}
{{- end}}
location = {{.Prefix}}/feed.css {
    root {{.Dir}};
    try_files /feed.css =404;
}
`)),
	"caddy": template.Must(template.New("caddy").Parse(`# Serves the feeds that "postrider feeds --out DIR" has written. It belongs into a
# site block.
handle_path {{.Prefix}}/* {
	root * {{.Dir}}
	header {
		Vary "Accept-Encoding, Sec-Fetch-Dest"
		Cache-Control "max-age={{.MaxAge}}"
		X-Content-Type-Options nosniff
		Content-Security-Policy "{{.Policy}}"
	}
{{- range $i, $f := .Files}}
	@feed{{$i}} {
		path */{{$f.Name}}
		not header Sec-Fetch-Dest document
	}
	header @feed{{$i}} Content-Type "{{$f.Type}}{{with $f.Charset}}; charset={{.}}{{end}}"
	@window{{$i}} {
		path */{{$f.Name}}
		header Sec-Fetch-Dest document
	}
	header @window{{$i}} {
		Content-Type "{{$f.Window}}{{with $f.Charset}}; charset={{.}}{{end}}"
		-Etag
	}
{{- end}}
	file_server {
		precompressed br gzip
	}
}
`)),
}
