// Command kubernetes runs a Kubernetes control plane for tests as one process on loopback: etcd, kube-apiserver and
// kube-controller-manager, as their own modules have them. There are no nodes and no scheduler; what runs the pods is the
// caller's affair.
//
// Everything it keeps is in one folder, so that a process that is started on the folder of another that was killed is
// the same cluster at the same address.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// How long to wait for the parts to end before the process ends anyway.
const patience = 5 * time.Second

// All controllers that are on by default.
const everyController = "*"

type arguments struct {
	folder      string
	kubeconfig  string
	controllers string
	port        int
	withStdin   bool
}

func main() {
	var given arguments
	flag.StringVar(&given.folder, "data-dir", "", "keep the cluster in this `folder`; by default in one that goes with the process")
	flag.StringVar(&given.kubeconfig, "kubeconfig", "", "write the administrator's kubeconfig to this `file`; by default into the data folder")
	flag.StringVar(&given.controllers, "controllers", everyController, "run these of kube-controller-manager's `controllers`")
	flag.IntVar(&given.port, "port", 0, "`port` of the API on 127.0.0.1; by default the one that the data folder was served at before, else any free one")
	flag.BoolVar(&given.withStdin, "stop-with-stdin", false, "end when standard input does, which it does when the parent dies")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "kubernetes: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(given); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes:", err)
		os.Exit(1)
	}
}

func run(given arguments) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if given.withStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}

	folder, err := dataFolder(given.folder)
	if err != nil {
		return err
	}
	if given.folder == "" {
		defer os.RemoveAll(folder)
	}
	if err := logTo(filepath.Join(folder, "log")); err != nil {
		return err
	}
	keys, err := openKeys(filepath.Join(folder, "pki"))
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	listener, err := listen(folder, given.port)
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if given.kubeconfig == "" {
		given.kubeconfig = filepath.Join(folder, "kubeconfig")
	}
	if err := writeKubeconfig(given.kubeconfig, address, keys, "admin"); err != nil {
		return err
	}

	store, err := startEtcd(folder)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.close()
	go store.compactWhenAsked(ctx)

	prepared, err := prepareControllers(folder, address, keys, given.controllers)
	if err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}
	// The controllers are stopped before the server that they talk to, and that before its store.
	server := start(func(ctx context.Context) error { return runAPIServer(ctx, listener, store.endpoint(), keys) })
	defer server.end()
	if err := awaitReady(ctx, server, given.kubeconfig, serverAnswers); err != nil {
		return ended(ctx, fmt.Errorf("kube-apiserver: %w", err))
	}
	controllers := start(prepared.run)
	defer controllers.end()
	if given.controllers == everyController {
		if err := awaitReady(ctx, controllers, given.kubeconfig, controllersWork); err != nil {
			return ended(ctx, fmt.Errorf("kube-controller-manager: %w", err))
		}
	}
	fmt.Printf("ready https://%s %s\n", address, given.kubeconfig)

	select {
	case <-ctx.Done():
		return nil
	case <-server.done:
		return fmt.Errorf("kube-apiserver ended: %w", server.err)
	case <-controllers.done:
		return fmt.Errorf("kube-controller-manager ended: %w", controllers.err)
	}
}

// What is wrong, unless the process was only told to end.
func ended(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	return err
}

func dataFolder(given string) (string, error) {
	if given == "" {
		return os.MkdirTemp("", "kubernetes-")
	}
	return filepath.Abs(given)
}

// A part of the control plane at work.
type part struct {
	done chan struct{}
	err  error
	stop context.CancelFunc
}

func start(work func(context.Context) error) *part {
	ctx, stop := context.WithCancel(context.Background())
	started := &part{done: make(chan struct{}), stop: stop}
	go func() {
		defer close(started.done)
		if started.err = work(ctx); started.err == nil {
			started.err = errors.New("without an error")
		}
	}()
	return started
}

func (p *part) end() {
	p.stop()
	select {
	case <-p.done:
	case <-time.After(patience):
	}
}
