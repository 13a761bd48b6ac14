package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// A writer makes one small YAML file: random structure first, then comments
// wherever a comment may stand. Every scalar is unique, so that a change
// tells the place.
type writer struct {
	*rand.Rand
	lines   []string
	scalars int
	keys    int
	anchors []string
}

func generate(seed int64) string {
	w := &writer{Rand: rand.New(rand.NewSource(seed))}
	documents := 1
	if w.one(8) {
		documents = 2
	}
	for n := range documents {
		if n > 0 || w.one(10) {
			w.lines = append(w.lines, w.pick("---", "---", "---", "--- # start", "---  "))
		}
		w.anchors = nil
		w.document()
		if w.one(40) {
			w.lines = append(w.lines, "...")
		}
	}
	w.comment()
	text := strings.Join(w.lines, "\n")
	if !w.one(12) {
		text += "\n"
	}
	if w.one(15) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if w.one(30) {
		text = "\ufeff" + text
	}
	return text
}

func (w *writer) one(in int) bool { return w.Intn(in) == 0 }

func (w *writer) pick(from ...string) string { return from[w.Intn(len(from))] }

func (w *writer) document() {
	switch {
	case w.one(40):
		w.sequence(0, 1)
		return
	case w.one(60):
		w.lines = append(w.lines, w.scalar(0, false))
		return
	case w.one(3):
		w.lines = append(w.lines, "apiVersion: apps/v1", "kind: Deployment")
		switch {
		case w.one(12):
			w.lines = append(w.lines, "metadata: "+w.pick("text", "", "[a]", "{}", "{name: n}"))
		case w.one(6):
			w.lines = append(w.lines, "metadata:", "  name: n", "  annotations:"+w.pick("", " {}", " [a]", "\n    k: v"))
		default:
			w.lines = append(w.lines, "metadata:", "  name: n")
		}
	}
	w.mapping(0, 0)
}

func (w *writer) key() string {
	w.keys++
	if w.one(60) {
		return "again"
	}
	return w.pick("image", "tag", "k") + fmt.Sprint(w.keys)
}

// mapping writes a block mapping whose keys stand at the indentation.
func (w *writer) mapping(indent, depth int) {
	pad := strings.Repeat(" ", indent)
	for range 1 + w.Intn(4) {
		key := pad + w.key()
		if w.one(50) {
			key = pad + "? " + w.key() + "\n" + pad
		}
		w.value(key+":", indent, depth, true)
	}
}

// sequence writes a block sequence whose dashes stand at the indentation.
func (w *writer) sequence(indent, depth int) {
	pad := strings.Repeat(" ", indent)
	for range 1 + w.Intn(4) {
		w.value(pad+"-", indent, depth, false)
	}
}

// value writes what follows a key's colon or a dash.
func (w *writer) value(head string, indent, depth int, ofKey bool) {
	add := func(line string) { w.lines = append(w.lines, line) }
	if depth < 4 && w.one(3) {
		step := w.pick("  ", "  ", "  ", "    ")
		switch w.Intn(5) {
		case 0, 1: // a mapping
			if !ofKey && !w.one(4) {
				before := len(w.lines)
				w.mapping(indent+2, depth+1)
				w.lines[before] = head + " " + strings.TrimLeft(w.lines[before], " ")
				return
			}
			add(head + w.property(false))
			w.mapping(indent+len(step), depth+1)
		case 2, 3: // a sequence
			if !ofKey && w.one(2) {
				before := len(w.lines)
				w.sequence(indent+2, depth+1)
				w.lines[before] = head + " " + strings.TrimLeft(w.lines[before], " ")
				return
			}
			add(head + w.property(false))
			if ofKey && w.one(2) {
				w.sequence(indent, depth+1)
			} else {
				w.sequence(indent+len(step), depth+1)
			}
		default:
			w.flow(head, indent)
		}
		return
	}
	switch w.Intn(24) {
	case 0:
		add(head)
	case 1:
		add(head + w.property(true))
		add(strings.Repeat(" ", indent+2) + w.scalar(indent+2, false))
	case 2, 3:
		add(head + w.property(true) + w.pick(" |", " >", " |-", " >-", " |+", " >+", " |2"))
		for range 1 + w.Intn(2) {
			if w.one(8) {
				add("")
			}
			w.scalars++
			add(strings.Repeat(" ", indent+2) + fmt.Sprintf("block%d", w.scalars))
		}
		if w.one(6) {
			add("")
		}
	case 4:
		if len(w.anchors) > 0 {
			add(head + " *" + w.anchors[w.Intn(len(w.anchors))])
			return
		}
		add(head + " " + w.pick("~", "null", "{}", "[]", "1", "true"))
	default:
		add(head + w.property(true) + " " + w.scalar(indent+2, false))
	}
}

// property writes an anchor or a tag. Aliases mean scalars alone: a list that
// holds itself is read by Flux, and by nothing that comes after it.
func (w *writer) property(scalar bool) string {
	switch {
	case w.one(14) && !scalar:
		return w.pick(" &list", " &map")
	case w.one(14) && scalar:
		name := fmt.Sprintf("a%d", len(w.anchors)+1)
		if w.one(6) {
			name = "same"
		}
		w.anchors = append(w.anchors, name)
		return " &" + name
	case w.one(30):
		if !scalar {
			return " !own"
		}
		return " " + w.pick("!!str", "!own")
	}
	return ""
}

func (w *writer) scalar(indent int, flow bool) string {
	w.scalars++
	text := fmt.Sprintf("v%d", w.scalars)
	more := fmt.Sprintf("m%d", w.scalars)
	fold := "\n" + strings.Repeat(" ", indent+1)
	switch w.Intn(16) {
	case 0, 1:
		return "'" + text + "'"
	case 2, 3, 4:
		return `"` + text + `"`
	case 5:
		return text + fold + more
	case 6:
		return `"` + text + fold + more + `"`
	case 7:
		return `'` + text + fold + more + `'`
	case 8:
		if flow {
			return text
		}
		return w.pick("repo/"+text+":1", text+"#1", `"`+text+` # no"`, fmt.Sprintf("%d", w.scalars), fmt.Sprintf("1.%d", w.scalars))
	}
	return text
}

// flow writes a flow collection, on one line or on several.
func (w *writer) flow(head string, indent int) {
	one := w.one(2)
	pad := strings.Repeat(" ", indent+2)
	var items []string
	isMap := w.one(2)
	for range 1 + w.Intn(3) {
		item := w.scalar(indent+2, true)
		if one {
			item = strings.ReplaceAll(item, "\n", "")
		}
		switch {
		case isMap && w.one(4):
			item = fmt.Sprintf(`"%s": %s`, w.key(), item)
		case isMap:
			item = w.key() + ": " + item
		case w.one(8):
			item = "{" + w.key() + ": " + item + "}"
		case w.one(8):
			item = "[" + item + "]"
		}
		items = append(items, item)
	}
	open, end := "[", "]"
	if isMap {
		open, end = "{", "}"
	}
	if one {
		w.lines = append(w.lines, head+" "+open+strings.Join(items, ", ")+end)
		return
	}
	w.lines = append(w.lines, head+" "+open)
	for n, item := range items {
		comma := ","
		if n == len(items)-1 && w.one(2) {
			comma = ""
		}
		if n+1 < len(items) && w.one(6) {
			items[n+1] = item + ", " + items[n+1]
			continue
		}
		w.lines = append(w.lines, pad+item+comma)
	}
	switch {
	case w.one(3):
		w.lines[len(w.lines)-1] += end
	default:
		w.lines = append(w.lines, strings.Repeat(" ", indent+w.pickInt(0, 0, 2))+end)
	}
}

func (w *writer) pickInt(from ...int) int { return from[w.Intn(len(from))] }

func (w *writer) marker() string {
	setter := w.pick("ns:app", "ns:app:tag", "ns:app:name", "ns:app:digest", "ns:num:tag", "ns:app:tag")
	if w.one(4) {
		return w.pick("# a note", "# {}", "#", `# {"$imagepolicy": "ns:none"}`, `# see {"$imagepolicy": "ns:app"}`,
			`# image: x # {"$imagepolicy": "ns:app"}`, `# {"$imagepolicy": "`+setter+`"} # because`)
	}
	return w.pick("# ", "# ", "# ", "#", "## ", "#\t") + `{"$imagepolicy": "` + setter + `"}` + w.pick("", "", "", " ")
}

// comment puts comments behind and between the lines.
func (w *writer) comment() {
	var lines []string
	for _, line := range strings.Split(strings.Join(w.lines, "\n"), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if w.one(6) {
			at := w.pickInt(indent, indent, indent, 0, indent+2, max(0, indent-2))
			lines = append(lines, strings.Repeat(" ", at)+w.marker())
			if w.one(5) {
				lines = append(lines, strings.Repeat(" ", at)+w.marker())
			}
			if w.one(6) {
				lines = append(lines, "")
			}
		} else if w.one(15) {
			lines = append(lines, "")
		}
		if w.one(3) {
			blank := w.pick(" ", " ", " ", "  ", "\t", "")
			if strings.HasPrefix(line, "---") {
				blank = " "
			}
			line += blank + w.marker()
		}
		lines = append(lines, line)
	}
	w.lines = lines
}
