package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 10 * 365 * 24 * time.Hour

// The folder with the cluster's certificates and keys: NAME.crt and NAME.key.
type keys struct {
	folder string
}

func (k keys) certificate(name string) string { return filepath.Join(k.folder, name+".crt") }
func (k keys) key(name string) string         { return filepath.Join(k.folder, name+".key") }

// Who there is, and who signs for them.
var identities = []struct {
	name, authority string
	subject         pkix.Name
	usage           x509.ExtKeyUsage
}{
	{"server", "ca", pkix.Name{CommonName: "kube-apiserver"}, x509.ExtKeyUsageServerAuth},
	{"admin", "ca", pkix.Name{CommonName: "kubernetes-admin", Organization: []string{"system:masters"}}, x509.ExtKeyUsageClientAuth},
	{"controllers", "ca", pkix.Name{CommonName: "system:kube-controller-manager", Organization: []string{"system:masters"}}, x509.ExtKeyUsageClientAuth},
	{"front-proxy", "front-proxy-ca", pkix.Name{CommonName: "front-proxy-client"}, x509.ExtKeyUsageClientAuth},
}

// openKeys makes whatever the folder lacks.
func openKeys(folder string) (keys, error) {
	made := keys{folder}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return made, err
	}
	if _, err := os.Stat(made.key("service-accounts")); err == nil {
		return made, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return made, err
	}
	authorities := map[string]*authority{}
	for _, name := range []string{"ca", "front-proxy-ca"} {
		signer, err := newAuthority(made, name)
		if err != nil {
			return made, err
		}
		authorities[name] = signer
	}
	for _, identity := range identities {
		template := &x509.Certificate{
			Subject:     identity.subject,
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{identity.usage},
		}
		if identity.usage == x509.ExtKeyUsageServerAuth {
			template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(firstServiceIP)}
			template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
		}
		if _, _, err := authorities[identity.authority].issue(made, identity.name, template); err != nil {
			return made, fmt.Errorf("%s: %w", identity.name, err)
		}
	}
	// The last one, so that its presence says that all are there.
	_, err := newKey(made.key("service-accounts"))
	return made, err
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(in keys, name string) (*authority, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	certificate, key, err := (&authority{}).issue(in, name, template)
	return &authority{certificate, key}, err
}

// issue signs a certificate of a new key, or by that key itself while there is no other.
func (a *authority) issue(in keys, name string, template *x509.Certificate) (*x509.Certificate, crypto.Signer, error) {
	key, err := newKey(in.key(name))
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = template.NotBefore.Add(lifetime)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	if err := os.WriteFile(in.certificate(name), text, 0o600); err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(signed)
	return certificate, key, err
}

func newKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	text, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: text}), 0o600)
}
