package posttest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// WebServer starts nginx or caddy with a part of its configuration, as it stands
// in a server or site block, and returns its address. It lives as long as the test.
func WebServer(t testing.TB, name, part string) string {
	t.Helper()
	program := unpacked(t, name, map[string]string{"nginx": "usr/sbin/nginx", "caddy": "usr/bin/caddy"}[name])
	if program == "" {
		Missing(t, "the web server "+name, "apt-get install "+name+", or run make test")
	}
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	file, text, args := "Caddyfile", fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nhttp://%s {\n%s\n}\n", address, part), []string{"run", "--adapter", "caddyfile", "--config"}
	if name == "nginx" {
		text = fmt.Sprintf("daemon off;\nerror_log stderr;\npid %[1]s/pid;\nevents { }\nhttp {\n"+
			"access_log off;\nclient_body_temp_path %[1]s/b;\nproxy_temp_path %[1]s/p;\nfastcgi_temp_path %[1]s/f;\nuwsgi_temp_path %[1]s/u;\nscgi_temp_path %[1]s/s;\n"+
			"server {\nlisten %[2]s;\n%[3]s\n}\n}\n", dir, address, part)
		if os.Geteuid() == 0 {
			text = "user root;\n" + text
		}
		file, args = "nginx.conf", []string{"-p", dir, "-e", "stderr", "-c"}
	}
	file = filepath.Join(dir, file)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(args, file)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Signal(os.Interrupt); <-ended })
	for end := time.After(30 * time.Second); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		select {
		case <-time.After(20 * time.Millisecond): // it comes up
		case <-ended:
			t.Fatalf("%s has ended:\n%s\nof\n%s", name, &said, text)
		case <-end:
			t.Fatalf("%s does not answer: %v", name, err)
		}
	}
}

// unpacked finds a program below bin/, where make test unpacks servers, or in
// the path; "": it is not there.
func unpacked(t testing.TB, name, file string) string {
	t.Helper()
	if top := unpackedBelow(t, name, file); top != "" {
		return filepath.Join(top, file)
	}
	program, _ := exec.LookPath(name)
	return program
}
