package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// What would drive away pods from nodes that have no kubelet, and what asks a cloud.
const without = "-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller,-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller"

// kube-controller-manager and its settings.
type controllers struct {
	options *options.KubeControllerManagerOptions
}

// prepareControllers reads the settings. This is to happen before kube-apiserver's: both have the same feature gates,
// and only this one changes their defaults.
func prepareControllers(folder, address string, keys keys, which string) (*controllers, error) {
	kubeconfig := filepath.Join(folder, "controllers.kubeconfig")
	if err := writeKubeconfig(kubeconfig, address, keys, "controllers"); err != nil {
		return nil, err
	}
	given, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	sets := given.Flags(app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases())
	flags := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	given.ParsedFlags = &sets
	return &controllers{given}, flags.Parse([]string{
		"--kubeconfig=" + kubeconfig,
		"--controllers=" + which + "," + without,
		"--leader-elect=false",
		"--secure-port=0",
		"--root-ca-file=" + keys.certificate("ca"),
		"--cluster-signing-cert-file=" + keys.certificate("ca"),
		"--cluster-signing-key-file=" + keys.key("ca"),
		"--service-account-private-key-file=" + keys.key("service-accounts"),
		// Tests make in seconds what clusters make in days.
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
		"--profiling=false",
	})
}

// run does their work until it is told to stop.
func (c *controllers) run(ctx context.Context) error {
	config, err := c.options.Config(ctx, app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases())
	if err != nil {
		return err
	}
	return app.Run(ctx, config.Complete())
}
