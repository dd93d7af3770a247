package main

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// writeKubeconfig writes a file that needs no other: certificate and key of the identity are in it.
func writeKubeconfig(path, address string, keys keys, identity string) error {
	authority, err := os.ReadFile(keys.certificate("ca"))
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(keys.certificate(identity))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(keys.key(identity))
	if err != nil {
		return err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["kubernetes"] = &clientcmdapi.Cluster{
		Server:                   "https://" + address,
		CertificateAuthorityData: authority,
	}
	config.AuthInfos[identity] = &clientcmdapi.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	config.Contexts["kubernetes"] = &clientcmdapi.Context{Cluster: "kubernetes", AuthInfo: identity}
	config.CurrentContext = "kubernetes"
	return clientcmd.WriteToFile(*config, path)
}
