package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	readyPatience = 2 * time.Minute
	readyInterval = 50 * time.Millisecond
)

// awaitReady asks until a part of the control plane does its work, or has ended.
func awaitReady(ctx context.Context, waited *part, kubeconfig string, works func(context.Context, kubernetes.Interface) error) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for {
		last := works(ctx, client)
		if last == nil {
			return nil
		}
		select {
		case <-waited.done:
			return waited.err
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", errors.Join(last, ctx.Err()))
		case <-time.After(readyInterval):
		}
	}
}

func serverAnswers(ctx context.Context, client kubernetes.Interface) error {
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

// The first namespace has what controllers give to every namespace, and without which pods are refused.
func controllersWork(ctx context.Context, client kubernetes.Interface) error {
	core := client.CoreV1()
	if _, err := core.ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); err != nil {
		return err
	}
	_, err := core.ConfigMaps("default").Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
	return err
}
