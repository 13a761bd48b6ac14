// Command template renders generated templates with Go's text/template and
// sprig, as Flux's image-automation-controller does, and records the results.
//
//	go run . COUNT SEED >recording.json
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// The data's shape, with the type names that show in `%T` and in errors.
type objectIdentifier struct{ yaml.ResourceIdentifier }

type change struct{ OldValue, NewValue, Setter string }

type objectChanges map[objectIdentifier][]change

type result struct{ FileChanges map[string]objectChanges }

func (r result) Objects() objectChanges {
	all := objectChanges{}
	for _, file := range sorted(r.FileChanges) {
		for object, changes := range r.FileChanges[file] {
			all[object] = append(all[object], changes...)
		}
	}
	return all
}

// Changes is de-duplicated by value. Flux's order over files and objects is
// that of Go's maps, by chance; here it is sorted.
func (r result) Changes() []change {
	seen := map[change]bool{}
	var all []change
	for _, file := range sorted(r.FileChanges) {
		objects := r.FileChanges[file]
		keys := make([]objectIdentifier, 0, len(objects))
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

func rank(o objectIdentifier) string {
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

type templateData struct {
	AutomationObject types.NamespacedName
	Changed          result
	Values           map[string]string
}

// One set of data, in the form of the conformance cases.
type input struct {
	Automation string            `json:"automation"`
	Values     map[string]string `json:"values"`
	Changes    []inputChange     `json:"changes_input"`
}

type inputChange struct {
	File       string `json:"file"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Old        string `json:"old"`
	New        string `json:"new"`
	Setter     string `json:"setter"`
}

type recorded struct {
	Data       int     `json:"data"`
	Template   string  `json:"template"`
	Output     *string `json:"output,omitempty"`
	ParseError string  `json:"parse_error,omitempty"`
	ExecError  string  `json:"exec_error,omitempty"`
}

func (in input) data() templateData {
	namespace, name, _ := strings.Cut(in.Automation, "/")
	data := templateData{AutomationObject: types.NamespacedName{Namespace: namespace, Name: name}, Values: in.Values}
	for _, c := range in.Changes {
		if data.Changed.FileChanges == nil {
			data.Changed.FileChanges = map[string]objectChanges{}
		}
		if data.Changed.FileChanges[c.File] == nil {
			data.Changed.FileChanges[c.File] = objectChanges{}
		}
		id := objectIdentifier{yaml.ResourceIdentifier{
			TypeMeta: yaml.TypeMeta{APIVersion: c.APIVersion, Kind: c.Kind},
			NameMeta: yaml.NameMeta{Name: c.Name, Namespace: c.Namespace},
		}}
		data.Changed.FileChanges[c.File][id] = append(data.Changed.FileChanges[c.File][id], change{c.Old, c.New, c.Setter})
	}
	return data
}

func record(index int, in input, text string) recorded {
	out := recorded{Data: index, Template: text}
	t, err := template.New("commit message").Funcs(sprig.HermeticTxtFuncMap()).Parse(text)
	if err != nil {
		out.ParseError = err.Error()
		return out
	}
	var b strings.Builder
	if err := t.Execute(&b, in.data()); err != nil {
		out.ExecError = err.Error()
		return out
	}
	rendered := strings.ToValidUTF8(b.String(), "\uFFFD")
	out.Output = &rendered
	return out
}

func main() {
	count, seed := 3000, int64(1)
	if len(os.Args) > 2 {
		count, _ = strconv.Atoi(os.Args[1])
		seed, _ = strconv.ParseInt(os.Args[2], 10, 64)
	}
	g := &generator{Rand: rand.New(rand.NewSource(seed))}
	recording := struct {
		Data  []input    `json:"data"`
		Cases []recorded `json:"cases"`
	}{Data: inputs}
	seen := map[string]bool{}
	for len(recording.Cases) < count {
		text := g.template()
		if seen[text] || len(text) > 600 {
			continue
		}
		seen[text] = true
		index := g.Intn(len(inputs))
		case_ := record(index, inputs[index], text)
		if case_.Output != nil && len(*case_.Output) > 4000 {
			continue
		}
		recording.Cases = append(recording.Cases, case_)
	}
	fmt.Println("{\"data\":")
	line, _ := json.Marshal(recording.Data)
	fmt.Printf("%s,\n\"cases\":[\n", line)
	for i, case_ := range recording.Cases {
		line, _ := json.Marshal(case_)
		comma := ","
		if i == len(recording.Cases)-1 {
			comma = ""
		}
		fmt.Printf("%s%s\n", line, comma)
	}
	fmt.Println("]}")
}
