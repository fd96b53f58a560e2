package feeds

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
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
// may be kept, and the window for people, and leads from the aliases that authors
// have now to the authors. The entity tags are the server's own.
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
	aliases, err := s.AuthorAliases(ctx)
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
	for _, alias := range slices.Sorted(maps.Keys(aliases)) {
		view.Aliases = append(view.Aliases, servedAlias{regexp.QuoteMeta(alias), aliases[alias]})
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
	Aliases             []servedAlias
}

// servedAlias is an author's other slug, as a regular expression, and their own:
// letters and digits of any script, and dashes.
type servedAlias struct{ Pattern, Own string }

// Path is where the author's feeds are.
func (a servedAlias) Path() string { return magazine.AuthorScope(a.Own).Path() }

// Below is the regular expression of what there is below the path of an author.
func (v serverView) Below() string {
	var names []string
	for _, f := range v.Files {
		if f.Name != opmlFormat.File {
			names = append(names, f.Pattern())
		}
	}
	return `(?:archive/[0-9]+/)?(?:` + strings.Join(names, "|") + ")|" + servedFile{Name: opmlFormat.File}.Pattern()
}

type servedFile struct{ Name, Type, Charset, Window string }

// Pattern is the name within a regular expression.
func (f servedFile) Pattern() string { return strings.ReplaceAll(f.Name, ".", `\.`) }

var serverConfigs = map[string]*template.Template{
	"nginx": template.Must(template.New("nginx").Parse(`# Serves the feeds that "postrider feeds --out DIR" has written. It belongs into a
# server block. Brotli needs the module libnginx-mod-http-brotli-static.
{{- if .Aliases}} Print it
# anew when an author has other aliases.
{{- end}}
{{- range .Aliases}}

location ~ "^{{$.Prefix}}/authors/{{.Pattern}}/(?<below>{{$.Below}})$" {
    absolute_redirect off;
    add_header Cache-Control "max-age={{$.MaxAge}}";
    return 301 "{{$.Prefix}}{{.Path}}$below$is_args$args";
}
{{- end}}
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
# site block.{{if .Aliases}} Print it anew when an author has other aliases.{{end}}
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
{{- range $i, $a := .Aliases}}
	@alias{{$i}} path_regexp alias{{$i}} ` + "`^/authors/{{$a.Pattern}}/({{$.Below}})$`" + `
	route @alias{{$i}} {
		rewrite * /authors/{{$a.Own}}/{re.alias{{$i}}.1}
		redir * {{$.Prefix}}{uri} 301
	}
{{- end}}
	file_server {
		precompressed br gzip
	}
}
`)),
}
