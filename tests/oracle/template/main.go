// Command template renders generated templates with Go's text/template and
// sprig, as Flux's image-automation-controller does, and records the results.
//
//	go run . COUNT SEED >recording.json
//
// Left out, because ours differs on purpose: texts that are no UTF-8 (Go cuts
// characters in two, ours replaces what is left of them), and `slice` beyond a
// list's length (Go shows what its memory holds up to the list's capacity), and
// `deepCopy` of a version (sprig copies it to 0.0.0).
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
	"k8s.io/apimachinery/pkg/types"

	"oracle/template/source"
	"oracle/template/update"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

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

func (in input) data() source.TemplateData {
	namespace, name, _ := strings.Cut(in.Automation, "/")
	data := source.TemplateData{AutomationObject: types.NamespacedName{Namespace: namespace, Name: name}, Values: in.Values}
	for _, c := range in.Changes {
		if data.Changed.FileChanges == nil {
			data.Changed.FileChanges = map[string]update.ObjectChanges{}
		}
		if data.Changed.FileChanges[c.File] == nil {
			data.Changed.FileChanges[c.File] = update.ObjectChanges{}
		}
		id := update.ObjectIdentifier{ResourceIdentifier: yaml.ResourceIdentifier{
			TypeMeta: yaml.TypeMeta{APIVersion: c.APIVersion, Kind: c.Kind},
			NameMeta: yaml.NameMeta{Name: c.Name, Namespace: c.Namespace},
		}}
		data.Changed.FileChanges[c.File][id] = append(data.Changed.FileChanges[c.File][id], update.Change{OldValue: c.Old, NewValue: c.New, Setter: c.Setter})
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
	rendered := b.String()
	out.Output = &rendered
	return out
}

// inTime records one template unless it keeps Go busy: nothing bounds it there.
func inTime(index int, in input, text string) (recorded, bool) {
	done := make(chan recorded, 1)
	go func() { done <- record(index, in, text) }()
	select {
	case it := <-done:
		return it, true
	case <-time.After(3 * time.Second):
		return recorded{}, false
	}
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
		if seen[text] || len(text) > 600 || strings.Contains(text, "deepCopy") && strings.Contains(text, "semver") {
			continue
		}
		seen[text] = true
		index := g.Intn(len(inputs))
		case_, ok := inTime(index, inputs[index], text)
		if !ok {
			fmt.Fprintf(os.Stderr, "left out, it does not end: %q\n", text)
			continue
		}
		if case_.Output != nil && (len(*case_.Output) > 4000 || !utf8.ValidString(*case_.Output)) {
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
