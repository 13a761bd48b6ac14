// Answers questions about versions, ranges, patterns and numbers with the
// very code that Flux's controllers use. One JSON object a line in, the same
// object with its answer out. `generate KIND COUNT SEED` makes up questions.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/fluxcd/pkg/version"
)

type question struct {
	Kind    string   `json:"kind"`
	Text    string   `json:"text"`
	Extract string   `json:"extract,omitempty"`
	Tags    []string `json:"tags,omitempty"`
	Answer  any      `json:"answer,omitempty"`
}

// refused is the answer to a text that is no range, pattern or number.
const refused = "refused"

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if len(os.Args) == 5 && os.Args[1] == "generate" {
		for _, q := range generate(os.Args[2], number(os.Args[3]), number(os.Args[4])) {
			if err := encoder.Encode(q); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", in.Text(), err)
			os.Exit(1)
		}
		q.Answer = answer(q)
		if err := encoder.Encode(q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(q question) any {
	switch q.Kind {
	case "range":
		return inRange(q.Text, q.Tags)
	case "versions":
		return rank(q.Tags)
	case "pattern":
		return match(q.Text, q.Extract, q.Tags)
	case "number":
		return parseFloat(q.Text)
	default:
		return "unknown kind"
	}
}

// inRange says of each tag whether it is in the range, "-" for no version.
func inRange(text string, tags []string) any {
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return refused
	}
	var answers strings.Builder
	for _, tag := range tags {
		v, err := version.ParseVersion(tag)
		switch {
		case err != nil:
			answers.WriteByte('-')
		case constraint.Check(v):
			answers.WriteByte('y')
		default:
			answers.WriteByte('n')
		}
	}
	return answers.String()
}

// rank sorts those tags that are versions, the lowest first; equal ones stay
// as they come.
func rank(tags []string) any {
	versions := []*semver.Version{}
	for _, tag := range tags {
		if v, err := version.ParseVersion(tag); err == nil {
			versions = append(versions, v)
		}
	}
	sort.SliceStable(versions, func(i, j int) bool { return versions[i].LessThan(versions[j]) })
	ranked := []string{}
	for _, v := range versions {
		ranked = append(ranked, v.Original())
	}
	return ranked
}

// match gives for each tag what extract makes of it, nil where nothing matches.
func match(pattern, extract string, tags []string) any {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return refused
	}
	values := make([]*string, len(tags))
	for i, tag := range tags {
		if found := re.FindStringSubmatchIndex(tag); found != nil {
			value := tag
			if extract != "" {
				value = string(re.ExpandString(nil, extract, tag, found))
			}
			values[i] = &value
		}
	}
	return values
}

// parseFloat gives the exact number in hexadecimal.
func parseFloat(text string) any {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return refused
	}
	if f != f {
		return "nan"
	}
	return strconv.FormatFloat(f, 'x', -1, 64)
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return n
}
