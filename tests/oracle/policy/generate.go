package main

import (
	"math/rand"
	"strconv"
	"strings"
)

type generator struct{ *rand.Rand }

// generate makes up questions of a kind, always the same for one seed.
func generate(kind string, count, seed int) []question {
	g := generator{rand.New(rand.NewSource(int64(seed)))}
	questions := make([]question, count)
	for i := range questions {
		q := question{Kind: kind}
		switch kind {
		case "range":
			q.Text, q.Tags = g.spoilt(g.rangeText(), " ,|-=<>~^!xX*v.0+a\u00a0\t", 6), g.many(6, g.version)
		case "versions":
			q.Tags = g.many(6, g.version)
		case "pattern":
			q.Text, q.Extract, q.Tags = g.patternText(), g.extract(), g.many(5, g.tag)
			for strings.Contains(q.Text, `\\`) {
				// A doubled backslash is read as a single one on purpose.
				q.Text = strings.ReplaceAll(q.Text, `\\`, `\`)
			}
			if strings.Contains(strings.ToLower(q.Text), `\b`) {
				// Words of other scripts: see Pattern::haystack.
				q.Tags = g.many(5, g.asciiTag)
			}
		case "number":
			q.Text = g.spoilt(g.numberText(), "_.eEpPxX+-0aNi ", 3)
		}
		questions[i] = q
	}
	return questions
}

func (g generator) of(texts ...string) string { return texts[g.Intn(len(texts))] }

func (g generator) chance(n int) bool { return g.Intn(n) == 0 }

func (g generator) many(n int, make func() string) []string {
	texts := []string{}
	for range n {
		texts = append(texts, make())
	}
	return texts
}

// repeat joins one to n texts.
func (g generator) repeat(n int, separator string, make func() string) string {
	return strings.Join(g.many(1+g.Intn(n), make), separator)
}

// spoilt puts a character of the alphabet somewhere, or takes one away, now and then.
func (g generator) spoilt(text, alphabet string, n int) string {
	letters, signs := []rune(text), []rune(alphabet)
	for g.chance(n) {
		at := g.Intn(len(letters) + 1)
		if at < len(letters) && g.chance(2) {
			letters = append(letters[:at:at], letters[at+1:]...)
		} else {
			letters = append(letters[:at:at], append([]rune{signs[g.Intn(len(signs))]}, letters[at:]...)...)
		}
	}
	return string(letters)
}

func (g generator) digits() string {
	return g.of("0", "1", "2", "3", "1", "2", "10", "11", "99", "01", "2024", "18446744073709551615", "18446744073709551616")
}

func (g generator) identifiers() string {
	return g.repeat(3, ".", func() string {
		return g.of("0", "1", "2", "10", "01", "rc", "alpha", "beta", "rc1", "rc-1", "-", "x", "A", "99999999999999999999", "100000000000000000000")
	})
}

func (g generator) suffix() string {
	suffix := ""
	if g.chance(3) {
		suffix += "-" + g.identifiers()
	}
	if g.chance(8) {
		suffix += "+" + g.identifiers()
	}
	return suffix
}

func (g generator) version() string {
	numbers := g.small() + "." + g.small() + "." + g.small()
	switch g.Intn(12) {
	case 0:
		numbers = g.repeat(4, ".", g.digits)
	case 1:
		return g.spoilt("v"+numbers+g.suffix(), "v.-+a0_ V", 2)
	}
	return g.of("", "", "v") + numbers + g.suffix()
}

func (g generator) small() string { return g.of("0", "1", "2", "3", "10") }

func (g generator) rangeVersion() string {
	segment := func() string {
		if g.chance(5) {
			return g.of("x", "X", "*", "x", "*", "xx", "1x", "1|2")
		}
		if g.chance(8) {
			return g.digits()
		}
		return g.small()
	}
	return g.of("", "", "v") + g.repeat(3, ".", segment) + g.suffix()
}

func (g generator) blanks() string { return g.of("", "", "", " ", "  ", "\t") }

func (g generator) comparison() string {
	operator := g.of("", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "^", "~")
	if g.chance(30) {
		operator = g.of("==", "<>", "~^", "> =", ">>")
	}
	return operator + g.blanks() + g.rangeVersion()
}

func (g generator) rangeText() string {
	return g.repeat(2, g.of("||", " || ", "|| "), func() string {
		if g.chance(5) {
			between := g.of(" - ", " - ", "  -\t", "-", " -", " - 1 - ")
			return g.blanks() + g.rangeVersion() + between + g.rangeVersion() + g.blanks()
		}
		return g.blanks() + g.repeat(3, g.of(" ", ",", ", ", " , ", "  "), g.comparison) + g.blanks()
	})
}

func (g generator) asciiTag() string {
	if g.chance(2) {
		return g.of("v1.2.3", "main-a1b2-1606364286", "1.2.3-alpine", "RELEASE.2024-01-01", "sha256-ab.sig", "aXb", "")
	}
	return g.repeat(8, "", func() string { return g.of("a", "b", "A", "k", "1", "2", ".", "-", "_", "v", " ", "{") })
}

func (g generator) tag() string {
	if g.chance(6) {
		return g.spoilt(g.asciiTag(), "éαΑ\n\u212aſ٣", 2)
	}
	return g.asciiTag()
}

func (g generator) patternText() string {
	if g.chance(3) {
		return g.repeat(7, "", g.soup)
	}
	return g.spoilt(g.alternatives(3), "()[]{}*+?|^$\\.-1a", 8)
}

// soup is all that can stand in a pattern, in any order.
func (g generator) soup() string {
	return g.of("a", "b", "-", ".", `\d`, `\w`, `\s`, `\b`, "^", "$", `\A`, `\z`, "(", ")", "(", ")", "(?:", "(?P<n>",
		"(?<m>", "(?P<1>", "(?i)", "(?i:", "(?s)", "(?m)", "(?U)", "(?-i)", "(?im-s:", "(?)", "(?-)", "(?i-)", "(?x)", "(?u)",
		"|", "*", "+", "?", "??", "{2}", "{1,2}", "{0}", "{,2}", "{2,}", "{2,1}", "{100}", "a{1000}", "{1001}", "{01}", "{", "}",
		"{99999999999}", "[a-c]", "[^a]", "[[:alpha:]]", "[[:^digit:]]", "[[:foo:]]", "[[:a]", `[\d-]`, "[a-]", "[]a]", "[^]a]",
		"[a&&b]", "[a--b]", "[a~~b]", "[b-a]", "[", "]", `[\]-a]`, `[a-\d]`, `[\pL-]`, `[\Q]`, `\Q`, `\E`, `\x41`, `\x{62}`, `\x`,
		`\x{}`, `\x{110000}`, `\x{d800}`, `\xg`, `\141`, `\0`, `\1`, `\8`, `\08`, `\pL`, `\pN`, `\p{Greek}`, `\P{Lu}`, `\p{^L}`,
		`\p{foo}`, `\p{lu}`, `\p{Letter}`, `\p{Any}`, `\p`, `\p{`, `\Z`, `\C`, `\G`, `\e`, `\h`, `\u0061`, `\`, "(?=", "(?!a)", "(?<=a)", "(?<",
		"(?P=n)", "(?P>n)", "(?>", "(?'n'a)", "(?#a)", "(?P<a-b>", "(?P<>", "é", `\é`, `\-`, `\_`, `\.`, `\/`, `\ `, `\<`, "\n", `\a\f\n\r\t\v`)
}

func (g generator) alternatives(depth int) string {
	return g.repeat(1+g.Intn(2), "|", func() string {
		if g.chance(12) {
			return ""
		}
		return g.repeat(4, "", func() string { return g.piece(depth) })
	})
}

func (g generator) piece(depth int) string {
	atom := g.of("a", "b", "1", "v", `\.`, "-", ".", `\d`, `\w`, `\W`, `\D`, "[a-k]", "[^a]", `[\w.]`, "[[:alnum:]_-]", "k", `\pL`, "[^1-2]")
	switch {
	case depth > 0 && g.chance(4):
		open := g.of("(", "(", "(?:", "(?P<n>", "(?P<ts>", "(?i:", "(?U:", "(?s:")
		atom = open + g.alternatives(depth-1) + ")"
	case g.chance(15):
		return g.of("^", "$", `\b`, `\B`, "(?i)", "(?m)", "(?-i)", `\A`, `\z`)
	}
	if g.chance(3) {
		atom += g.of("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}", "{0}")
	}
	return atom
}

func (g generator) extract() string {
	if g.chance(4) {
		return ""
	}
	return g.repeat(3, "", func() string {
		return g.of("$0", "$1", "$2", "${1}", "$n", "${n}", "$ts", "${ts}", "$$", "$", "${", "}", "$1x", "$01", "${}", "${ n}", "$9",
			".", "-", `\1`, "$é", "$ts_", "${ts}_", "$n.$1", "$123456789012", "x")
	})
}

func (g generator) numberText() string {
	number := func(alphabet string) string {
		return g.repeat(20, "", func() string { return string(alphabet[g.Intn(len(alphabet))]) })
	}
	exponent := g.of("", "", "e", "E", "e-", "e+")
	if exponent != "" {
		exponent += strconv.Itoa(g.Intn(400))
	}
	point := g.of("", ".", ".")
	sign := g.of("", "", "-", "+")
	switch g.Intn(6) {
	case 0:
		return sign + g.of("inf", "INF", "Infinity", "nan", "NaN", "1_000", "2024_01_05", "0x_1p1", "0b1", "0o17", "1e309", "4.9e-324", "1e-400")
	case 1, 2:
		power := g.of("p", "P", "p-", "p+") + strconv.Itoa(g.Intn(1200))
		digits := number("0123456789abcdefABCDEF")
		return sign + g.of("0x", "0X") + digits + point + g.of("", number("0123456789abcdef")) + power
	default:
		return sign + number("0123456789") + point + g.of("", number("0123456789")) + exponent
	}
}
