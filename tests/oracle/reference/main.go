// Command reference answers how Flux reads spec.image, for names that it makes
// up itself: go-containerregistry reads, Flux's two rules about schemes and
// tags stand around it.
//
// reference COUNT SEED prints one JSON object a line.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

type answer struct {
	Image      string `json:"image"`
	Insecure   bool   `json:"insecure"`
	Ok         bool   `json:"ok"`
	Registry   string `json:"registry,omitempty"`
	Repository string `json:"repository,omitempty"`
	Scheme     string `json:"scheme,omitempty"`
}

var parts = []string{
	"a", "app", "my-app", "my_app", "my.app", "library", "App", "x0", "nginx", "team", "-a", "a-", "..", "a b", "é", "",
}
var hosts = []string{
	"ghcr.io", "docker.io", "index.docker.io", "localhost", "localhost:5000", "127.0.0.1:5000", "10.0.0.1", "192.168.1.2:80",
	"172.16.0.1", "172.32.0.1", "registry", "registry:5000", "a.localhost", "x.local", "[::1]:5000", "quay.io", "8.8.8.8",
	"example.com:x", "EXAMPLE.com", "a..b", "1.2.3", "host.io:65536",
}
var ends = []string{"", "", "", "", "", ":1.0", ":", "@sha256:" + strings.Repeat("a", 64), "/", ":a/b", ":latest@x"}

func made(r *rand.Rand) string {
	var path []string
	for i := r.Intn(4); i >= 0; i-- {
		path = append(path, parts[r.Intn(len(parts))])
	}
	text := strings.Join(path, "/")
	if r.Intn(3) > 0 {
		text = hosts[r.Intn(len(hosts))] + "/" + text
	}
	if r.Intn(20) == 0 {
		text = []string{"https://", "http://", "oci://", "docker://"}[r.Intn(4)] + text
	}
	return text + ends[r.Intn(len(ends))]
}

func read(image string, insecure bool) answer {
	a := answer{Image: image, Insecure: insecure}
	if strings.Contains(image, "://") {
		return a
	}
	var options []name.Option
	if insecure {
		options = append(options, name.Insecure)
	}
	reference, err := name.ParseReference(image, options...)
	if err != nil {
		return a
	}
	context := reference.Context()
	if strings.Contains(strings.TrimPrefix(image, context.RegistryStr()), ":") {
		return a
	}
	a.Ok, a.Registry, a.Repository, a.Scheme = true, context.RegistryStr(), context.RepositoryStr(), context.Scheme()
	return a
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	seed, _ := strconv.ParseInt(os.Args[2], 10, 64)
	r := rand.New(rand.NewSource(seed))
	out := json.NewEncoder(os.Stdout)
	for i := 0; i < count; i++ {
		if err := out.Encode(read(made(r), r.Intn(3) == 0)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
