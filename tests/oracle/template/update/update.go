// Package update has the data's shape, under the type names that show in `%T`
// and in errors.
package update

import (
	"sort"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

type ObjectIdentifier struct{ yaml.ResourceIdentifier }

type Change struct{ OldValue, NewValue, Setter string }

type ObjectChanges map[ObjectIdentifier][]Change

type Result struct{ FileChanges map[string]ObjectChanges }

func (r Result) Objects() ObjectChanges {
	all := ObjectChanges{}
	for _, file := range sorted(r.FileChanges) {
		for object, changes := range r.FileChanges[file] {
			all[object] = append(all[object], changes...)
		}
	}
	return all
}

// Changes is de-duplicated by value. Flux's order over files and objects is
// that of Go's maps, by chance; here it is sorted.
func (r Result) Changes() []Change {
	seen := map[Change]bool{}
	var all []Change
	for _, file := range sorted(r.FileChanges) {
		objects := r.FileChanges[file]
		keys := make([]ObjectIdentifier, 0, len(objects))
		for key := range objects {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool { return rank(keys[i]) < rank(keys[j]) })
		for _, key := range keys {
			for _, it := range objects[key] {
				if !seen[it] {
					seen[it] = true
					all = append(all, it)
				}
			}
		}
	}
	return all
}

func rank(o ObjectIdentifier) string {
	return strings.Join([]string{o.APIVersion, o.Kind, o.Name, o.Namespace}, "\x00")
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
