// Command setters asks the library that Flux sets image fields with what it
// does with small YAML files, one JSON object a line.
//
//	setters -count 10000 -seed 1    files made up here
//	setters < files.jsonl           {"text": "…"} a line
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"os"
)

// values are what the markers stand for.
var values = map[string]string{
	"ns:app":        "ghcr.io/org/app:1.2.3@" + digest,
	"ns:app:tag":    "1.2.3",
	"ns:app:name":   "ghcr.io/org/app",
	"ns:app:digest": digest,
	"ns:num":        "ghcr.io/org/num:1.20",
	"ns:num:tag":    "1.20",
	"ns:num:name":   "ghcr.io/org/num",
	"ns:num:digest": "",
}

const digest = "sha256:6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be"

func main() {
	count := flag.Int64("count", 0, "how many files to make up")
	seed := flag.Int64("seed", 1, "the first one's seed")
	flag.Parse()
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	answer := func(text string) {
		if err := out.Encode(ask(text, values)); err != nil {
			log.Fatal(err)
		}
	}
	for n := range *count {
		answer(generate(*seed + n))
	}
	if *count > 0 {
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var file struct{ Text string }
		if err := json.Unmarshal(in.Bytes(), &file); err != nil {
			log.Fatal(err)
		}
		answer(file.Text)
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
}
