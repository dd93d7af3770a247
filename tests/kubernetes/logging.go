package main

import (
	"flag"
	"os"
	"path/filepath"

	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/klog/v2"
)

func init() {
	// Two components in one process both set up its logging, in the same way.
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
}

// logTo sends what all components log to a file, which is there to be read when something went wrong.
func logTo(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	settings := flag.NewFlagSet("logging", flag.ContinueOnError)
	klog.InitFlags(settings)
	klog.LogToStderr(false)
	klog.SetOutput(file)
	// Errors too: what fails at first and is tried again is an error for most components.
	return settings.Set("stderrthreshold", "FATAL")
}
