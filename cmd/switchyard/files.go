package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"switchyard/routing"
)

// readFiles reads configuration files; a folder stands for the .yaml and .yml
// files in it.
func readFiles(paths []string) ([]routing.File, error) {
	var out []routing.File
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, usage{err}
		}
		names := []string{path}
		if info.IsDir() {
			if names, err = yamlIn(path); err != nil {
				return nil, usage{err}
			}
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, usage{err}
			}
			out = append(out, routing.File{Name: name, Data: text})
		}
	}
	return out, nil
}

func yamlIn(folder string) ([]string, error) {
	var names []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no .yaml file in %s", folder)
	}
	slices.Sort(names)
	return names, nil
}

// printProblems lists every problem and gives how many are more than warnings.
func printProblems(w io.Writer, problems []routing.Problem) (refusing int) {
	for _, p := range problems {
		fmt.Fprintln(w, p.Underlined())
		if !p.Warning {
			refusing++
		}
	}
	return refusing
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
