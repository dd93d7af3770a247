package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"k8s.io/klog/v2"
)

// How long etcd may take to open its store.
const etcdPatience = 30 * time.Second

// The store, reached through a socket in the data folder.
type etcd struct {
	*embed.Etcd
	socket string
}

func startEtcd(folder string) (*etcd, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(folder, "etcd")
	config.LogLevel = "error"
	config.LogOutputs = []string{filepath.Join(folder, "etcd.log")}
	// What the process has written outlives the process; only the end of the machine would need more.
	config.UnsafeNoFsync = true
	config.MaxRequestBytes = 8 << 20

	socket := filepath.Join(folder, "etcd.sock")
	peer := filepath.Join(folder, "peer.sock")
	for _, left := range []string{socket, peer} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	config.ListenClientUrls = []url.URL{{Scheme: "unix", Path: socket}}
	config.ListenPeerUrls = []url.URL{{Scheme: "unix", Path: peer}}
	// What is advertised must look like an address, and nobody ever asks for it.
	nowhere := []url.URL{{Scheme: "http", Host: "127.0.0.1:1"}}
	config.AdvertiseClientUrls, config.AdvertisePeerUrls = nowhere, nowhere
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	started, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-started.Server.ReadyNotify():
		return &etcd{Etcd: started, socket: socket}, nil
	case err := <-started.Err():
		return nil, err
	case <-time.After(etcdPatience):
		started.Close()
		return nil, errors.New("it is not ready after half a minute")
	}
}

func (e *etcd) endpoint() string {
	return "unix://" + e.socket
}

func (e *etcd) close() {
	e.Close()
}

// compactWhenAsked forgets all past revisions whenever the process gets SIGUSR1.
func (e *etcd) compactWhenAsked(ctx context.Context) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	client := v3client.New(e.Server)
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			now := e.Server.KV().Rev()
			if _, err := client.Compact(ctx, now, clientv3.WithCompactPhysical()); err != nil {
				klog.ErrorS(err, "compaction failed", "revision", now)
			}
		}
	}
}
