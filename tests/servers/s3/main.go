// VersityGW, an S3 server, with folders as its only store: what keeps objects in clouds would take a minute to compile.
// `versitygw HOST:PORT REGION ACCESS-KEY SECRET-KEY FOLDER`
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(arguments []string) error {
	if len(arguments) != 5 {
		return errors.New("usage: versitygw HOST:PORT REGION ACCESS-KEY SECRET-KEY FOLDER")
	}
	// What the program of that name serves unless it is told otherwise.
	buckets, err := posix.New(arguments[4], meta.XattrMeta{}, posix.PosixOpts{Concurrency: 5000})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(context.Background(), buckets, &embedgw.Config{
		Ports:             []string{arguments[0]},
		Region:            arguments[1],
		RootUserAccess:    arguments[2],
		RootUserSecret:    arguments[3],
		MaxConnections:    10000,
		MaxRequests:       5000,
		MultipartMaxParts: 10000,
		Quiet:             true,
	})
}
