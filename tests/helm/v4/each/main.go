// Renders many charts in one process, as `helm template` renders each. Used by the comparison with random charts only.
//
// It reads the path of a chart's folder per line and answers each with a line of JSON: what would be printed, or why
// nothing is. A file `given.yaml` beside `Chart.yaml` holds the values that the user gives.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/cli/values"
	"helm.sh/helm/v4/pkg/getter"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// What became of one chart.
type outcome struct {
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var answer outcome
		var err error
		if answer.Output, err = template(lines.Text()); err != nil {
			answer = outcome{Error: err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func template(folder string) (printed string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			printed, err = "", fmt.Errorf("panic: %v", cause)
		}
	}()
	chart, err := loader.Load(folder)
	if err != nil {
		return "", err
	}
	given, err := givenValues(filepath.Join(folder, "given.yaml"))
	if err != nil {
		return "", err
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName = "demo"
	install.Namespace = "shop"
	install.Replace = true
	releaser, err := install.Run(chart, given)
	if err != nil {
		return "", err
	}
	rendered, ok := releaser.(*release.Release)
	if !ok {
		return "", fmt.Errorf("a release of type %T", releaser)
	}
	var text strings.Builder
	fmt.Fprintln(&text, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return text.String(), nil
}

func givenValues(file string) (map[string]any, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return map[string]any{}, nil
	}
	options := values.Options{ValueFiles: []string{file}}
	return options.MergeValues(getter.Providers{})
}
