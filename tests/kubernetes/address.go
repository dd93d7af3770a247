package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// listen takes the port that was asked for, else the one that the folder was served at before, else any that is free.
func listen(folder string, port int) (net.Listener, error) {
	file := filepath.Join(folder, "address")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if port == 0 {
		if before, err := os.ReadFile(file); err == nil {
			address = strings.TrimSpace(string(before))
		}
	}
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return nil, err
	}
	return listener, os.WriteFile(file, []byte(listener.Addr().String()+"\n"), 0o600)
}
