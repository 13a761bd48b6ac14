package main

import (
	"fmt"
	"math/rand"
	"strings"
)

var inputs = []input{
	{Automation: "test-ns/test-update"},
	{
		Automation: "flux-system/apps",
		Values:     map[string]string{"cluster": "prod", "env": "", "n": "007"},
		Changes: []inputChange{
			{"apps/web.yaml", "apps/v1", "Deployment", "prod", "Web", "old:1", "ghcr.io/org/app:1.2.3", "flux-system:app"},
			{"apps/web.yaml", "apps/v1", "Deployment", "prod", "Web", "0.9", "1.2.3", "flux-system:app:tag"},
			{"apps/job.yaml", "batch/v1", "CronJob", "", "job", "old:1", "ghcr.io/org/app:1.2.3", "flux-system:app"},
			{"infra/kustomization.yaml", "kustomize.config.k8s.io/v1beta1", "Kustomization", "", "", "v1", "v2", "flux-system:infra:tag"},
			{"infra/web.yaml", "apps/v1", "Deployment", "prod", "Web", "old:1", "ghcr.io/org/app:1.2.3", "flux-system:app"},
		},
	},
	{
		Automation: "ns/n",
		Values:     map[string]string{"testing": "value"},
		Changes: []inputChange{
			{"deploy.yaml", "apps/v1", "Deployment", "", "test", "helloworld:1.0.0", "helloworld:1.0.1", "test-ns:policy1"},
		},
	},
}

// generator makes expressions of a wanted type, now and then of another one.
type generator struct {
	*rand.Rand
	depth int
	vars  []string
}

func (g *generator) pick(from ...string) string { return from[g.Intn(len(from))] }

var texts = []string{
	`""`, `"a"`, `"abc def"`, `"v1.2.3"`, `"1.2.3-rc.1"`, `"ghcr.io/org/app:1.2.3"`, `"FooBar baz"`, `"HTTPServer_name-x"`,
	`"é ü"`, `" x\n y "`, `"a,b,,c"`, "`raw\\n\"`", `"12"`, `"0x1f"`, `"3.50"`, `"true"`, `"<a&b>"`, `"a/b/../c.tar.gz"`,
	`"eyJhIjoxfQ=="`, `"{\"a\":[1,2.5,null,{\"b\":\"c\"}]}"`, `"it's"`, `"$1-${2}$$"`, `"\t\u00e9\x41"`, `"some_words here2go"`,
}

var patterns = []string{`"a+"`, `"[0-9]+"`, `"(\\w+)-(\\w+)"`, `"^v?(\\d+)\\.(\\d+)"`, `"("`, `"\\s*"`, `"b|"`, `"(?i)FOO"`, `"^"`, `"[,.]"`}

func (g *generator) text() string {
	if g.depth > 3 || g.Intn(3) == 0 {
		switch g.Intn(5) {
		case 0:
			return g.pick(".AutomationObject.Name", ".AutomationObject.Namespace", ".Values.cluster", "$.Values.env", "$.AutomationObject.String")
		default:
			return texts[g.Intn(len(texts))]
		}
	}
	g.depth++
	defer func() { g.depth-- }()
	s, i, a, l, n := g.text, g.int, g.any, g.list, g.number
	forms := []func() string{
		func() string { return "upper " + s() },
		func() string { return "lower " + s() },
		func() string {
			return g.pick("title ", "untitle ", "swapcase ", "camelcase ", "snakecase ", "kebabcase ") + s()
		},
		func() string { return g.pick("trim ", "nospace ", "initials ", "quote ", "squote ", "toString ") + s() },
		func() string {
			return g.pick("trimAll ", "trimSuffix ", "trimPrefix ", "trimall ") + texts[g.Intn(len(texts))] + " " + s()
		},
		func() string {
			return g.pick("trunc "+i(), "abbrev "+i(), "indent "+g.small(), "nindent "+g.small(), "wrap "+i()) + " " + s()
		},
		func() string { return "abbrevboth " + i() + " " + i() + " " + s() },
		func() string { return "substr " + i() + " " + i() + " " + s() },
		func() string { return "wrapWith " + i() + ` "|" ` + s() },
		func() string { return "repeat " + g.pick("0", "1", "2", "3", "-1") + " " + s() },
		func() string { return "replace " + texts[g.Intn(len(texts))] + ` "_" ` + s() },
		func() string { return "plural " + s() + " " + s() + " " + i() },
		func() string { return "cat " + a() + " " + a() },
		func() string { return "quote " + a() + " " + a() },
		func() string { return "squote " + a() },
		func() string { return "toString " + a() },
		func() string { return "join " + s() + " " + l() },
		func() string { return g.pick("b64enc ", "b64dec ", "b32enc ", "b32dec ") + s() },
		func() string { return g.pick("sha1sum ", "sha256sum ", "adler32sum ") + s() },
		func() string { return g.pick("base ", "dir ", "ext ", "clean ", "osBase ") + s() },
		func() string {
			return g.pick("toJson ", "toPrettyJson ", "toRawJson ", "mustToJson ", "typeOf ", "kindOf ") + a()
		},
		func() string { return g.pick("print ", "println ", "html ", "urlquery ", "js ") + a() + " " + a() },
		func() string { return "printf " + g.format() },
		func() string { return "regexFind " + patterns[g.Intn(len(patterns))] + " " + s() },
		func() string {
			return g.pick("regexReplaceAll ", "regexReplaceAllLiteral ") + patterns[g.Intn(len(patterns))] + " " + s() + " " + g.pick(`"<$1>"`, `"${1}x"`, `"$2$1x"`, `"-"`)
		},
		func() string { return "regexQuoteMeta " + s() },
		func() string { return "seq " + g.small() + " " + g.small() + g.pick("", " "+g.small()) },
		func() string { return "default " + s() + " " + s() },
		func() string { return "ternary " + s() + " " + s() + " " + g.bool() },
		func() string { return "get " + g.dict() + ` "a"` },
		func() string { return "index .Values " + g.pick(`"cluster"`, `"nope"`) },
		func() string {
			return "(semver " + s() + ")" + g.pick(".Original", ".Prerelease", ".Metadata", ".String")
		},
		func() string { return "first (splitList " + g.pick(`","`, `"/"`, `""`, `" "`) + " " + s() + ")" },
		func() string { return "toString " + n() },
	}
	return "(" + forms[g.Intn(len(forms))]() + ")"
}

// fill takes one of the forms and puts an expression where it has `@` and the
// letter of a type. Only the one taken is filled: anything else grows without end.
func (g *generator) fill(forms ...string) string {
	before, after, found := strings.Cut(g.pick(forms...), "@")
	var b strings.Builder
	b.WriteString(before)
	for found {
		made := map[byte]func() string{
			'a': g.any, 'b': g.bool, 'd': g.dict, 'i': g.int, 'l': g.list, 'm': g.small, 'n': g.number, 's': g.text,
			'p': func() string { return patterns[g.Intn(len(patterns))] },
		}[after[0]]()
		before, after, found = strings.Cut(after[1:], "@")
		b.WriteString(made + before)
	}
	return b.String()
}

// small stands where a large number would keep Go busy for ever.
func (g *generator) small() string {
	return g.pick("0", "1", "2", "5", "12", "-1", "-4", "0x10", "'\\t'")
}

func (g *generator) format() string {
	flags := g.pick("", "", "", "-", "+", "#", "0", " ", "05", "8", "-8", "+.2", ".1", "8.3", "+8", "#0", "06.2", "x", "[1]", "*")
	verb := g.pick("s", "d", "v", "q", "x", "X", "t", "T", "f", "g", "e", "c", "U", "b", "o", "z", "%")
	extra := g.pick("", "", " %d", " %s", "%")
	return fmt.Sprintf(`"%%%s%s%s" %s`, flags, verb, extra, g.any()) + g.pick("", " "+g.any())
}

func (g *generator) int() string {
	if g.depth > 3 || g.Intn(3) > 0 {
		return g.pick("0", "1", "2", "3", "5", "7", "10", "-1", "-3", "0x10", "1.0", "'a'", "010", "1_000", "1e1")
	}
	g.depth++
	defer func() { g.depth-- }()
	return "(" + g.fill("int @a", "len @a", "atoi @s", "len @l") + ")"
}

func (g *generator) number() string {
	if g.depth > 3 || g.Intn(4) == 0 {
		return g.pick("1", "0", "-7", "2.5", "1e6", "1e21", "0.1", "-0.0", "3.0", "100000", "1e-7", "123456789.123", "0x1p4", `"8"`, `"1.5"`, "true", ".AutomationObject")
	}
	g.depth++
	defer func() { g.depth-- }()
	return "(" + g.fill(
		"add @n @n", "sub @n @n", "mul @n @n", "div @n @n", "mod @n @n",
		"add1 @n", "max @n @n", "min @n @n", "addf @n @n", "subf @n @n", "mulf @n @n",
		"divf @n @n", "add1f @n", "maxf @n @n", "minf @n @n", "floor @n", "ceil @n",
		"round @n @i", "int64 @n", "float64 @n", "int @n", "toDecimal @n", "biggest @n @n",
	) + ")"
}

func (g *generator) bool() string {
	if g.depth > 3 || g.Intn(4) == 0 {
		return g.pick("true", "false")
	}
	g.depth++
	defer func() { g.depth-- }()
	return "(" + g.fill(
		"eq @s @s", "ne @a @a", "lt @n @n", "le @n @n", "gt @s @s", "ge @n @n", "eq @a @a @a",
		"not @a", "and @b @b", "or @a @b", "contains @s @s", "hasPrefix @s @s", "hasSuffix @s @s",
		"empty @a", "has @a @l", `hasKey @d "a"`, "regexMatch @p @s",
		"semverCompare "+g.pick(`"^1"`, `">=1.2.0 <2"`, `"~1.2 || 3"`, `"x"`)+" @s", "deepEqual @a @a", "kindIs \"string\" @a", "typeIs \"int\" @a",
		"all @a @a", "any @a @a", "isAbs @s",
	) + ")"
}

func (g *generator) list() string {
	if g.depth > 3 || g.Intn(4) == 0 {
		return g.pick("(list)", "(list 1 2 3)", `(list "b" "a" "b" "")`, ".Changed.Changes", `(tuple 1 "x" nil 2.5 true)`, "(until 4)", `(splitList "," "c,a,b")`, "(list 1 (list 2 3))", "(untilStep 5 0 -2)")
	}
	g.depth++
	defer func() { g.depth-- }()
	return "(" + g.fill(
		"list @a @a", "append @l @a", "prepend @l @a", "rest @l", "initial @l", "reverse @l", "uniq @l", "compact @l",
		"without @l @a", "slice @l "+g.pick("0", "1", "0 1"), "concat @l @l", "chunk "+g.pick("1", "2", "3")+" @l",
		"sortAlpha @l", "toStrings @l", "splitList @s @s", "regexFindAll @p @s "+g.pick("-1", "0", "1", "2"),
		"regexSplit @p @s "+g.pick("-1", "0", "1", "2"), "sortAlpha (keys @d)", "pluck \"a\" @d", "untilStep @m @m @m",
	) + ")"
}

func (g *generator) dict() string {
	if g.depth > 3 || g.Intn(4) == 0 {
		return g.pick("(dict)", `(dict "a" 1 "b" "x")`, `(dict "a" (dict "b" 2))`, `(fromJson "{\"a\":[1],\"z\":{}}")`, ".Values", `(dict "k")`)
	}
	g.depth++
	defer func() { g.depth-- }()
	return "(" + g.fill(
		"dict @s @a", "dict \"a\" @a \"b\" @a", "set @d @s @a", "unset @d \"a\"", "pick @d \"a\"", "omit @d \"a\"",
		"merge @d @d", "mergeOverwrite @d @d", "deepCopy @d", "split @s @s", "splitn \",\" 2 @s",
	) + ")"
}

func (g *generator) any() string {
	if len(g.vars) > 0 && g.Intn(6) == 0 {
		return g.vars[g.Intn(len(g.vars))]
	}
	if g.depth > 5 {
		return g.text()
	}
	g.depth++
	defer func() { g.depth-- }()
	switch g.Intn(12) {
	case 0, 1, 2:
		return g.text()
	case 3, 4:
		return g.number()
	case 5:
		return g.bool()
	case 6, 7:
		return g.list()
	case 8:
		return g.dict()
	case 9:
		return g.pick("nil", ".", "$", ".Values.nope", ".Nope", ".Changed", ".Changed.Objects", ".Changed.FileChanges", ".AutomationObject", "(semver \"1.2.3\")", "'x'")
	case 10:
		return "(" + g.fill(
			"first @l", "last @l", "index @l "+g.pick("0", "1", "9"), "coalesce @a", "default @a @a",
			"fromJson @s", `dig "a" "b" "none" @d`, "index @d \"a\"", "index @s 0", "len @a", "ternary @a @a @b",
			"@a | "+g.pick("quote", "upper", "default 1", "len", "printf \"%v-%s\" 1", "toJson", "first", "not", "add 1", "join \"-\""),
		) + ")"
	default:
		return g.text()
	}
}

func (g *generator) open() string {
	return g.pick("{{", "{{ ", "{{ ", "{{- ", "{{- ", "{{ ", "{{ ", "{{- ", "{{-")
}
func (g *generator) close() string { return g.pick("}}", " }}", " }}", " -}}", "-}}") }

func (g *generator) action(body string) string {
	open, close := g.open(), g.close()
	if open == "{{-" && g.Intn(20) > 0 {
		open = "{{- "
	}
	if close == "-}}" && g.Intn(20) > 0 {
		close = " -}}"
	}
	return open + body + close
}

func (g *generator) body(level int) string {
	var b strings.Builder
	known := len(g.vars)
	for n := 1 + g.Intn(3); n > 0; n-- {
		b.WriteString(g.pick("", "", "\n", " - ", "x\n  ", "\n\n", "é ", "\u00a0"))
		b.WriteString(g.node(level))
	}
	b.WriteString(g.pick("", "\n", " "))
	g.vars = g.vars[:known]
	return b.String()
}

func (g *generator) node(level int) string {
	if level > 2 {
		return g.action(g.any())
	}
	otherwise := func() string {
		if g.Intn(3) == 0 {
			return g.action(g.pick("else", "else", "else if "+g.bool())) + g.body(level+1)
		}
		return ""
	}
	end := func() string { return g.action("end") }
	switch g.Intn(14) {
	case 0:
		return g.action("if "+g.any()) + g.body(level+1) + otherwise() + end()
	case 1:
		return g.action("with "+g.any()) + g.body(level+1) + g.pick("", g.action("else")+g.body(level+1)) + end()
	case 2:
		return g.action("range "+g.pick(g.list(), g.dict(), ".Changed.Changes", "3")) + g.pick(g.action("."), g.body(level+1)) +
			g.pick("", g.action("break"), g.action("if "+g.bool())+g.action("continue")+end()) + end()
	case 3:
		g.vars = append(g.vars, "$k", "$v")
		text := g.action("range $k, $v := "+g.pick(g.list(), g.dict(), ".Changed.Objects", ".Changed.FileChanges")) +
			g.action("$k") + "=" + g.pick(g.action("$v"), g.body(level+1)) + end()
		g.vars = g.vars[:len(g.vars)-2]
		return text
	case 4:
		return g.pick(
			"{{ range $f, $o := .Changed.FileChanges }}{{ $f }}{{ range $i, $c := $o }}{{ $i.Kind }}/{{ $i.Namespace }}/{{ $i.Name }}{{ range $c }} {{ .OldValue }} -> {{ .NewValue }} {{ println .Setter }}{{ end }}{{ end }}{{ end }}",
			"{{ range .Changed.Changes }}{{ print .OldValue \" -> \" .NewValue | println }}{{ end }}",
			"{{ range $o, $c := .Changed.Objects }}{{ $o.ResourceIdentifier.TypeMeta.APIVersion }}{{ $o }}{{ printf \"%+v %v %#v\" $o $o $o }}{{ toJson $o }}{{ range $_, $x := $c }}{{ $x }}{{ printf \"%+v|%#v|%s|%d\" $x $x $x $x }}{{ end }}{{ end }}",
			"{{ $sep := \"\" }}{{ range .Changed.Changes }}{{ $sep }}{{ .NewValue }}{{ $sep = \", \" }}{{ end }}",
			"{{ .AutomationObject }} {{ printf \"%v %+v %#v %s %q %d\" .AutomationObject .AutomationObject .AutomationObject .AutomationObject .AutomationObject .AutomationObject }}{{ toJson .AutomationObject }}",
			"{{ . }}", "{{ printf \"%+v\" . }}", "{{ toPrettyJson . }}", "{{ .Changed }}", "{{ len .Changed.FileChanges }}",
		)
	case 5:
		name := g.pick("$x", "$y")
		text := g.action(name + " := " + g.any())
		g.vars = append(g.vars, name)
		return text
	case 6:
		if len(g.vars) > 0 {
			return g.action(g.vars[g.Intn(len(g.vars))] + " = " + g.any())
		}
		return "{{/* c */}}" + g.pick("", " {{- /* d */ -}} y", "\n{{- /* e */}}\n z")
	case 7:
		return g.action(fmt.Sprintf("define %q", g.pick("t", "u"))) + g.body(level+2) + end() + g.action(`template "t" `+g.pick("", ".", "1"))
	case 8:
		return g.action(g.any() + " | " + g.pick("quote", "upper", "toJson", "printf \"%v\"", "default \"d\"", "trunc 3", "println", "len", "first", "squote", g.pick("lower", "trim", "nope", "date")))
	default:
		return g.action(g.any())
	}
}

func (g *generator) template() string {
	g.vars, g.depth = nil, g.Intn(3)
	text := g.body(0)
	if g.Intn(10) == 0 && len(text) > 2 {
		// A slip of the pen.
		at := g.Intn(len(text))
		text = text[:at] + g.pick("", "}", "{{", "end", "|", " ", "(", ")", "\"", ".", "$", ",", ":=", "-") + text[at+1:]
		text = strings.ToValidUTF8(text, "?")
	}
	return text
}
