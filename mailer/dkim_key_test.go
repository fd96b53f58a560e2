package mailer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os/exec"
	"strings"
	"testing"

	"postrider/internal/posttest"
)

func pemOf(kind string, data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
}

func pkcs8(key any) []byte {
	data, err := x509.MarshalPKCS8PrivateKey(key)
	return pemOf("PRIVATE KEY", data, err)
}

func TestNewKeysAreRead(t *testing.T) {
	for _, kind := range []string{KeyRSA, KeyEd25519} {
		key, file, err := NewKey(kind)
		if err != nil {
			t.Fatal(err)
		}
		back, problem := ParseKey(file)
		if problem != nil || !back.(interface{ Equal(crypto.PrivateKey) bool }).Equal(key) {
			t.Errorf("%s: read back as %T, %v", kind, back, problem)
		}
	}
}

func TestParseKey(t *testing.T) {
	rsaKey := keysOf[KeyRSA]().(*rsa.PrivateKey)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	publicPEM := pemOf("PUBLIC KEY", public, err)
	good := pkcs8(rsaKey)
	for name, c := range map[string]struct {
		file []byte
		want string // of the problem; "": none
	}{
		"PKCS#8":             {good, ""},
		"PKCS#1":             {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), ""},
		"Ed25519":            {pkcs8(keysOf[KeyEd25519]()), ""},
		"words around":       {append([]byte("the key\n"), append(good, "the end\n"...)...), ""},
		"with its public":    {append(bytes.Clone(publicPEM), good...), ""},
		"CRLF":               {bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), ""},
		"too small":          {pkcs8(small), "1024 bits"},
		"of another kind":    {pkcs8(curve), "neither RSA nor Ed25519"},
		"public alone":       {publicPEM, "only a public key"},
		"two":                {append(bytes.Clone(good), good...), "several private keys"},
		"empty":              {nil, "no private key"},
		"no PEM":             {[]byte("v=DKIM1; k=rsa"), "no private key"},
		"cut":                {good[:len(good)/2], "no private key"},
		"damaged":            {pemOf("PRIVATE KEY", []byte("damaged"), nil), "damaged"},
		"PKCS#1 called 8":    {pemOf("PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), "damaged"},
		"locked":             {pemOf("ENCRYPTED PRIVATE KEY", []byte("x"), nil), "password"},
		"locked the old way": {[]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"), "password"},
	} {
		key, problem := ParseKey(c.file)
		switch {
		case c.want == "" && (problem != nil || key == nil):
			t.Errorf("%s: %v", name, problem)
		case c.want != "" && (problem == nil || key != nil || problem.Mend == "" || !strings.Contains(problem.Text, c.want)):
			t.Errorf("%s: %v, want %q", name, problem, c.want)
		}
	}
}

// Keys that openssl makes, as others may have made theirs, are read.
func TestKeysOfOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		posttest.Missing(t, "openssl", "run make test, which installs it")
	}
	for _, args := range []string{"genrsa 2048", "genrsa -traditional 2048", "genpkey -algorithm ed25519"} {
		file, err := exec.Command("openssl", strings.Fields(args)...).Output()
		if err != nil {
			t.Fatalf("openssl %s: %v", args, err)
		}
		if key, problem := ParseKey(file); key == nil {
			t.Errorf("openssl %s: %v", args, problem)
		}
	}
}

// FuzzParseKey: whatever a file has, it is a key that signs or a problem with a
// mend, which quotes nothing of the file.
func FuzzParseKey(f *testing.F) {
	f.Add(pkcs8(keysOf[KeyEd25519]()))
	f.Add(pkcs8(keysOf[KeyRSA]()))
	f.Add(pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(keysOf[KeyRSA]().(*rsa.PrivateKey)), nil))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		key, problem := ParseKey(file)
		if (key == nil) != (problem != nil) {
			t.Fatalf("%v and %v", key, problem)
		}
		if problem != nil {
			if problem.Text == "" || problem.Mend == "" {
				t.Errorf("%+v", problem)
			}
			return
		}
		s, err := NewSigner("harbour.example", "a", key)
		if err != nil {
			t.Fatal(err)
		}
		if _, record := s.Record(); !strings.HasPrefix(record, "v=DKIM1; k=") || strings.HasSuffix(record, "p=") {
			t.Errorf("the record is %q", record)
		}
	})
}
