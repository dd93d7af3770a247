// Builds many kustomizations in one process, as `kustomize build` builds each. Used by the comparison with random
// overlays only.
//
// It reads the path of a folder per line and answers each with a line of JSON: what would be printed, or why nothing is.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// What became of one kustomization.
type outcome struct {
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

func main() {
	log.SetOutput(io.Discard)
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var answer outcome
		var err error
		if answer.Output, err = build(lines.Text()); err != nil {
			answer = outcome{Error: err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func build(folder string) (printed string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			printed, err = "", fmt.Errorf("panic: %v", cause)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	objects, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return "", err
	}
	text, err := objects.AsYaml()
	return string(text), err
}
