package main

import (
	"context"
	"net"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

const (
	serviceRange   = "10.96.0.0/12"
	firstServiceIP = "10.96.0.1"
	issuer         = "https://kubernetes.default.svc.cluster.local"
)

// runAPIServer serves until it is told to stop, with the defaults of kube-apiserver but for where things are.
func runAPIServer(ctx context.Context, listener net.Listener, store string, keys keys) error {
	given := options.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, set := range given.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	if err := flags.Parse([]string{
		"--etcd-servers=" + store,
		"--client-ca-file=" + keys.certificate("ca"),
		"--tls-cert-file=" + keys.certificate("server"),
		"--tls-private-key-file=" + keys.key("server"),
		"--requestheader-client-ca-file=" + keys.certificate("front-proxy-ca"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + keys.certificate("front-proxy"),
		"--proxy-client-key-file=" + keys.key("front-proxy"),
		"--service-account-issuer=" + issuer,
		"--service-account-key-file=" + keys.key("service-accounts"),
		"--service-account-signing-key-file=" + keys.key("service-accounts"),
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=Node,RBAC",
		"--allow-privileged=true",
		// An address for documentation: nobody reaches the server through the Service, and loopback is refused there.
		"--advertise-address=192.0.2.1",
		"--bind-address=127.0.0.1",
		// It taints new nodes until the node lifecycle controller, which is not there, finds them ready.
		"--disable-admission-plugins=TaintNodesByCondition",
		"--profiling=false",
	}); err != nil {
		return err
	}
	given.SecureServing.Listener = listener
	given.SecureServing.BindPort = listener.Addr().(*net.TCPAddr).Port

	// Warnings are for other clients than the server itself.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	if err := given.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	completed, err := given.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return utilerrors.NewAggregate(errs)
	}
	return app.Run(ctx, completed)
}
