package main

import (
	"bytes"
	"encoding/json"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/fieldmeta"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Change is one value that Flux would set.
type Change struct {
	Setter string `json:"setter"`
	Old    string `json:"old"`
	New    string `json:"new"`
	// Quoted tells how the new value would be written.
	Quoted string `json:"quoted"`
	Object string `json:"object"`
}

// Answer is what Flux does with one file.
type Answer struct {
	Text string `json:"text"`
	// Skipped: the file is not parsed, Flux passes over it without a word.
	Skipped bool     `json:"skipped,omitempty"`
	Changes []Change `json:"changes,omitempty"`
}

const token = "$imagepolicy"

func init() {
	fieldmeta.SetShortHandRef(token)
	openapi.SuppressBuiltInSchemaUse()
}

// definitions makes the schema that the markers refer to: every setter with
// the value that it stands for.
func definitions(values map[string]string) *spec.Schema {
	var root spec.Schema
	root.Definitions = map[string]spec.Schema{}
	for name, value := range values {
		one := *spec.StringProperty()
		one.Extensions = spec.Extensions{}
		one.Extensions.Add("x-k8s-cli", map[string]any{
			"setter": map[string]string{"name": name, "value": value},
		})
		root.Definitions[fieldmeta.SetterDefinitionPrefix+name] = one
	}
	return &root
}

// ask reads one file with kyaml as Flux does and sets what its markers name.
func ask(text string, values map[string]string) Answer {
	answer := Answer{Text: text}
	if !bytes.Contains([]byte(text), []byte(`"`+token+`"`)) {
		return answer
	}
	reader := kio.ByteReader{
		Reader:            bytes.NewBufferString(text),
		SetAnnotations:    map[string]string{"internal.config.kubernetes.io/path": "a.yaml"},
		PreserveSeqIndent: true,
	}
	objects, err := reader.Read()
	if err != nil {
		answer.Skipped = true
		return answer
	}
	schema := definitions(values)
	for _, object := range objects {
		meta, err := object.GetMeta()
		name := ""
		if err == nil {
			name = meta.APIVersion + "|" + meta.Kind + "|" + meta.Namespace + "|" + meta.Name
		}
		for _, change := range set(object, schema) {
			change.Object = name
			answer.Changes = append(answer.Changes, change)
		}
	}
	return answer
}

// set walks over all values of an object in order.
func set(node *yaml.RNode, schema *spec.Schema) (changes []Change) {
	switch node.YNode().Kind {
	case yaml.MappingNode:
		// By name, as Flux does: a key that stands twice is visited twice,
		// and both times at its first place.
		names, err := node.Fields()
		if err != nil {
			return nil
		}
		for _, name := range names {
			changes = append(changes, set(node.Field(name).Value, schema)...)
		}
	case yaml.SequenceNode:
		items, err := node.Elements()
		if err != nil {
			return nil
		}
		for _, item := range items {
			changes = append(changes, set(item, schema)...)
		}
	case yaml.ScalarNode:
		if change := setScalar(node, schema); change != nil {
			changes = append(changes, *change)
		}
	}
	return changes
}

func setScalar(node *yaml.RNode, schema *spec.Schema) *Change {
	meta := fieldmeta.FieldMeta{SettersSchema: schema}
	if err := meta.Read(node); err != nil || meta.IsEmpty() {
		return nil
	}
	if meta.Schema.Ref.String() != "" {
		found, err := openapi.Resolve(&meta.Schema.Ref, schema)
		if err == nil && found != nil {
			meta.Schema = *found
		}
	}
	extension, err := json.Marshal(meta.Schema.Extensions["x-k8s-cli"])
	if err != nil {
		return nil
	}
	var cli struct{ Setter *struct{ Name, Value string } }
	if json.Unmarshal(extension, &cli) != nil || cli.Setter == nil {
		return nil
	}
	value := node.YNode()
	change := Change{Setter: cli.Setter.Name, Old: value.Value, New: cli.Setter.Value}
	value.Value = cli.Setter.Value
	if len(meta.Schema.Type) > 0 {
		yaml.FormatNonStringStyle(value, meta.Schema)
	}
	switch {
	case value.Style&yaml.DoubleQuotedStyle != 0:
		change.Quoted = "double"
	case value.Style&yaml.SingleQuotedStyle != 0:
		change.Quoted = "single"
	}
	if change.Old == change.New {
		return nil
	}
	return &change
}
