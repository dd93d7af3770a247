//! What sprig itself yields for the same templates and data.

use expect_test::{Expect, expect};

use crate::template::testing::{self, data};
use crate::template::{MissingKey, helm};

fn check(template: &str, expected: Expect) {
    expected.assert_eq(&testing::render(helm::functions(), MissingKey::Zero, template, &data()));
}

#[test]
fn types() {
    check(
        r#"{{ typeOf .n }} {{ typeOf .m }} {{ typeOf .l }} {{ typeOf 1 }} {{ typeOf nil }} {{ kindOf .nil }} {{ kindOf .f }} {{ typeOf (until 2) }} {{ typeOf (keys .m) }} {{ typeOf (split "," "a,b") }} {{ kindOf (list 1) }} {{ typeOf now }} {{ typeOf (semver "1.2.3") }} {{kindOf (semver "1.2.3")}} {{typeOf (add 1 2)}} {{typeOf (chunk 2 (list 1 2 3))}}"#,
        expect![[
            r#"float64 map[string]interface {} []interface {} int <nil> invalid float64 []int []string map[string]string slice time.Time *semver.Version ptr int64 [][]interface {}"#
        ]],
    );
}

#[test]
fn numbers() {
    check(
        r#"{{ add 1 "2" 3.9 }} {{ sub 5 2 }} {{ mul 2 "3" }} {{ div 7 2 }} {{ mod 7 2 }} {{ max 1 5 3 }} {{ min 4 2 }} {{ add1 .n }} {{ int .n }} {{ int64 "0x10" }} {{ int "010" }} {{ int "1.9" }} {{ int "3.0" }} {{ float64 "1.5" }} {{ atoi "12a" }} {{ toDecimal 777 }}"#,
        expect![[r#"6 3 6 3 1 5 2 1000001 1000000 16 8 0 3 1.5 0 511"#]],
    );
    check(
        "{{ div 1 0 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <div 1 0>: error calling div: runtime error: integer divide by zero"#
        ]],
    );
    check(
        "{{ addf 0.1 0.2 }} {{ subf 1 0.9 }} {{ mulf 1.1 1.1 }} {{ divf 1 3 }} {{ divf 10 4 }} {{ add1f 1.5 }} {{ round 3.14159 2 }} {{ round 2.5 0 }} {{ round -2.5 0 }} {{ ceil 1.2 }} {{ floor -1.2 }} {{ maxf 1 2.5 }} {{minf 1.5 2}}",
        expect![[r#"0.3 0.1 1.21 0.3333333333333333 2.5 2.5 3.14 3 -3 2 -2 2.5 1.5"#]],
    );
    check(
        "{{ divf 1 0 }}",
        expect![[r#"error: template: t:1:3: executing "t" at <divf 1 0>: error calling divf: decimal division by 0"#]],
    );
}

#[test]
fn cutting() {
    check(
        r#"{{ trunc 3 "héllo" | printf "%q" }} {{ trunc -2 "abc" }} {{ substr 1 3 "abcdef" }} {{ substr -1 3 "abcdef" }} {{ substr 2 -1 "abcdef" }}"#,
        expect![[r#""hé" bc bc abc cdef"#]],
    );
}

#[test]
fn cases_of_names() {
    check(
        r#"{{ "hello world" | title }} {{ "HELLO" | untitle }} {{ "hello wOrld-foo_bar" | camelcase }} {{ "HTTPServer2xxFoo" | snakecase }} {{ "FooBar baz" | kebabcase }} {{ "Foo Bar" | swapcase }} {{ initials "First Try" }} {{ snakecase "Bld4Floor" }} {{ snakecase "a1b2C3" }} {{ camelcase "__foo__bar" }} {{ kebabcase "foo.barBaz" }}"#,
        expect![[
            r#"Hello World hELLO HelloWOrldFooBar http_server_2xx_foo foo-bar-baz fOO bAR FT bld4_floor a_1b2_c3 __Foo_Bar foo.bar-baz"#
        ]],
    );
}

#[test]
fn wrapping() {
    check(
        r#"{{ "a b" | nospace }} {{ wrap 5 "hello big world" }} {{ wrapWith 3 "|" "abcdefgh" }} {{ abbrev 7 "hello world" }} {{ abbrevboth 5 10 "1234 5678 9123 4567" }}"#,
        expect![[r#"ab hello
big
world abc|def|gh hell... ...5678..."#]],
    );
}

#[test]
fn quoting_and_indenting() {
    check(
        r#"{{ quote "a\"b" 1 nil .f }} {{ squote "it's" 1 }} {{ cat "a" 1 nil "b" }} {{ indent 2 "a\nb" }} {{ nindent 2 "a\nb\n" }} {{ replace "a" "b" "banana" }} {{ replace "" "-" "ab" }}"#,
        expect![[r#""a\"b" "1" "1.5" 'it's' '1' a 1 b   a
  b 
  a
  b
   bbnbnb -a-b-"#]],
    );
}

#[test]
fn joining_and_splitting() {
    check(
        r#"{{ join "-" (list 1 nil "a" .f) }} {{ splitList "," "a,,b" }} {{ (split "," "a,b")._1 }} {{ splitn "," 2 "a,b,c" }} {{ sortAlpha (list "b" "a" 3) }} {{ toStrings (list 1 2) }} {{ splitList "" "aé" }}"#,
        expect![[r#"1-a-1.5 [a  b] b map[_0:a _1:b,c] [3 a b] [1 2] [a é]"#]],
    );
}

#[test]
fn trimming() {
    check(
        r#"{{ trimAll "$" "$5$" }} {{ trimSuffix "-" "a--" }} {{ trimPrefix "v" "v1" }} {{ trim "  a " }} {{ contains "a" "cat" }} {{ hasPrefix "c" "cat" }} {{ plural "one" "many" 2 }} {{ repeat 3 "ab" }}"#,
        expect![[r#"5 a- 1 a true true many ababab"#]],
    );
}

#[test]
fn lists() {
    check(
        r#"{{ list 1 2 | first }} {{ last (list 1 2) }} {{ rest (list 1 2 3) }} {{ initial (list 1 2 3) }} {{ append (list 1) 2 }} {{ prepend (list 1) 0 }} {{ reverse (list 1 2) }} {{ uniq (list 1 1 2 1.0) }} {{ without (list 1 2 3) 2 }} {{ has 1 (list 1 2) }} {{ compact (list 0 1 "" "a") }} {{ slice (list 1 2 3) 1 }} {{ concat (list 1) (list 2) }} {{ chunk 2 (list 1 2 3) }} {{ until 3 }} {{ untilStep 0 10 3 }} {{ seq 1 3 }} {{ seq 0 2 6 }}"#,
        expect![[
            r#"1 2 [2 3] [1 2] [1 2] [0 1] [2 1] [1 2 1] [1 3] true [1 a] [2 3] [1 2] [[1 2] [3]] [0 1 2] [0 3 6 9] 1 2 3 0 2 4 6"#
        ]],
    );
}

#[test]
fn list_errors() {
    check(
        r#"{{ first "x" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <first "x">: error calling first: Cannot find first on type string"#
        ]],
    );
    check(
        "{{ first nil }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <first nil>: error calling first: runtime error: invalid memory address or nil pointer dereference"#
        ]],
    );
    check(
        "{{ slice (list 1 2) 3 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <slice (list 1 2) 3>: error calling slice: reflect.Value.Slice: slice index out of bounds"#
        ]],
    );
    check(
        "{{ slice (list 1 2) 0 5 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <slice (list 1 2) 0 5>: error calling slice: reflect.Value.Slice: slice index out of bounds"#
        ]],
    );
    check(
        "{{ index (list 1) 5 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <index (list 1) 5>: error calling index: index out of range: 5"#
        ]],
    );
}

#[test]
fn maps() {
    check(
        r#"{{ dict "a" 1 "b" }} {{ get .m "a" }} {{ get .m "z" }} {{ hasKey .m "a" }} {{ keys .m | sortAlpha }} {{ pick .m "a" "q" }} {{ omit .m "a" }} {{ pluck "a" .m .m }} {{ values (dict "x" 1) }} {{ dig "b" "c" "d" .m }} {{ dig "q" "c" "d" .m }} {{ set (dict) "k" "v" }} {{ unset (dict "a" 1) "a" }}"#,
        expect![[r#"map[a:1 b:] 1  true [a b] map[a:1] map[b:map[c:x]] [1 1] [1] x d map[k:v] map[]"#]],
    );
}

#[test]
fn map_errors() {
    check(
        r#"{{ dig "s" "x" "d" . }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <dig "s" "x" "d" .>: error calling dig: interface conversion: interface {} is string, not map[string]interface {}"#
        ]],
    );
    check(
        r#"{{ set nil "a" 1 }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <set nil "a" 1>: error calling set: assignment to entry in nil map"#
        ]],
    );
    check(
        r#"{{ set .s "a" 1 }}"#,
        expect![[
            r#"error: template: t:1:7: executing "t" at <.s>: wrong type for value; expected map[string]interface {}; got string"#
        ]],
    );
    check(
        r#"{{ hasKey .nil "a" }}"#,
        expect![[
            r#"error: template: t:1:10: executing "t" at <.nil>: wrong type for value; expected map[string]interface {}; got interface {}"#
        ]],
    );
}

#[test]
fn merging() {
    check(
        r#"{{ merge (dict "a" 1 "n" (dict "x" 1)) (dict "a" 2 "b" 3 "n" (dict "x" 9 "y" 2)) }} {{ mergeOverwrite (dict "a" 1 "l" (list 1) "n" (dict "x" 1)) (dict "a" 2 "l" (list) "n" (dict "x" 9)) }} {{ merge (dict "a" "" "l" (list 1)) (dict "a" "x" "l" (list 2 3)) }} {{ merge (dict "a" nil "s" "x") (dict "a" 1 "s" (dict "q" 1)) }} {{ mergeOverwrite (dict "a" 1) (dict "a" nil) }} {{ mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" "s") }} {{ merge (dict "l" (list 1) "x" "str") (dict "x" (list 2)) }} {{ mergeOverwrite (dict "a" "s") (dict "a" (dict "b" 1)) }} {{ mergeOverwrite (dict "a" (list 1)) (dict "a" (dict "b" 1)) }}"#,
        expect![[
            r#"map[a:1 b:3 n:map[x:1 y:2]] map[a:2 l:[] n:map[x:9]] map[a:x l:[1]] map[a:1 s:x] map[a:<nil>] map[a:s] map[l:[1] x:str] map[a:map[b:1]] map[a:map[b:1]]"#
        ]],
    );
    check(
        r#"{{ $a := dict "x" (dict "y" 1) }}{{ $b := deepCopy $a }}{{ $_ := set $b.x "y" 2 }}{{ $a }} {{ $b }}"#,
        expect![[r#"map[x:map[y:1]] map[x:map[y:2]]"#]],
    );
}

#[test]
fn defaults() {
    check(
        r#"{{ default "d" "" }} {{ default "d" 0 }} {{ default "d" .missing }} {{ empty .e }} {{ coalesce nil "" "a" }} {{ ternary "y" "n" true }} {{ all 1 0 }} {{ any 0 1 }}"#,
        expect![[r#"d d d true a y false true"#]],
    );
    check(
        r#"{{ ternary "y" "n" 1 }}"#,
        expect![[r#"error: template: t:1:19: executing "t" at <1>: expected bool; found 1"#]],
    );
}

#[test]
fn json() {
    check(
        r#"{{ toJson . }} {{ toRawJson (dict "a" "<b>") }} {{ toJson (dict "a" "<b>&é\u2028") }} {{ toPrettyJson (dict "a" (list 1 2) "b" (dict) "c" (list)) }} {{ toJson 1e21 }} {{ toJson 1e-7 }} {{ toJson 0.1 }}"#,
        expect![[
            r#"{"e":{},"f":1.5,"l":[1,"two",null,{"k":true}],"m":{"a":1,"b":{"c":"x"}},"n":1000000,"nil":null,"s":"text","t":true} {"a":"<b>"} {"a":"\u003cb\u003e\u0026é\u2028"} {
  "a": [
    1,
    2
  ],
  "b": {},
  "c": []
} 1e+21 1e-7 0.1"#
        ]],
    );
}

#[test]
fn encodings() {
    check(
        r#"{{ b64enc "héllo" }} {{ b64dec "aGk=" }} {{ b64dec "a" }} {{ b64dec "!!!!" }} {{ b32enc "hi" }} {{ b32dec "NBUQ====" }} {{ sha256sum "a" }} {{ sha1sum "a" }} {{ adler32sum "abc" }} {{ b64dec "aGk" }} {{ b64dec "aGk=a" }}"#,
        expect![[
            r#"aMOpbGxv hi illegal base64 data at input byte 0 illegal base64 data at input byte 0 NBUQ==== hi ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 38600999 illegal base64 data at input byte 0 illegal base64 data at input byte 4"#
        ]],
    );
}

#[test]
fn regular_expressions() {
    check(
        r#"{{ regexMatch "^a\\d+$" "a12" }} {{ regexFind "[a-z]+" "1abc2" }} {{ regexFindAll "a." "ab ac ad" 2 }} {{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W" }} {{ regexReplaceAllLiteral "a" "banana" "$1" }} {{ regexSplit "z+" "pizza zz" -1 }} {{ regexQuoteMeta "1.2*[a]" }} {{ regexSplit "a*" "baac" -1 }} {{ regexFindAll "a{,2}" "a{,2}" -1 }} {{regexMatch "[[:alpha:]&&]" "&"}} {{ regexSplit "," "a,b,c" 2 }}"#,
        expect![[r#"true abc [ab ac] -W-xxW- --- b$1n$1n$1 [pi a  ] 1\.2\*\[a\] [b c] [a{,2}] true [a b,c]"#]],
    );
    check(
        r#"{{ regexFind "(" "a" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <regexFind "(" "a">: error calling regexFind: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"#
        ]],
    );
    check(
        r#"{{ mustRegexFind "[a" "a" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustRegexFind "[a" "a">: error calling mustRegexFind: error parsing regexp: missing closing ]: `[a`"#
        ]],
    );
    check(
        r#"{{ mustRegexFind "*" "a" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustRegexFind "*" "a">: error calling mustRegexFind: error parsing regexp: missing argument to repetition operator: `*`"#
        ]],
    );
    check(
        r#"{{ mustRegexFind "a\\y" "a" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustRegexFind "a\\y" "a">: error calling mustRegexFind: error parsing regexp: invalid escape sequence: `\y`"#
        ]],
    );
}

#[test]
fn versions() {
    check(
        r#"{{ semverCompare "^1.2.0" "1.3.0" }} {{ semverCompare ">=1.16-0" "v1.20.3-gke.1" }} {{ semverCompare "~1.2" "1.2.9" }} {{ (semver "v1.2.3-rc.1+b").Minor }} {{ semver "1.2" }} {{ (semver "1.2.3").IncMinor }} {{ (semver "1.2.3").Compare (semver "1.10.0") }}"#,
        expect![[r#"true true true 2 1.2.0 1.3.0 -1"#]],
    );
    check(
        r#"{{ semverCompare "x.y" "1.0" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <semverCompare "x.y" "1.0">: error calling semverCompare: improper constraint: x.y"#
        ]],
    );
    check(
        r#"{{ semver "abc" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <semver "abc">: error calling semver: Invalid Semantic Version"#
        ]],
    );
}

#[test]
fn urls() {
    check(
        r#"{{ urlParse "https://u:p@h.com:80/p/a?q=1#f" }} {{ urlJoin (dict "scheme" "http" "host" "h" "path" "p" "query" "a=b" "userinfo" "u:p") }} {{ urlParse "mailto:a@b.c" }} {{ urlParse "/p%20q" }}"#,
        expect![[
            r#"map[fragment:f host:h.com:80 hostname:h.com opaque: path:/p/a query:q=1 scheme:https userinfo:u:p] http://u:p@h/p?a=b map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:] map[fragment: host: hostname: opaque: path:/p q query: scheme: userinfo:]"#
        ]],
    );
    check(
        r#"{{ urlParse "http://a b" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <urlParse "http://a b">: error calling urlParse: unable to parse url: parse "http://a b": invalid character " " in host name"#
        ]],
    );
}

#[test]
fn paths() {
    check(
        r#"{{ base "/a/b.c" }} {{ dir "/a/b" }} {{ ext "a.tar.gz" }} {{ clean "a//b/../c" }} {{ isAbs "/a" }} {{ dir "a" }} {{ base "" }} {{ base "//" }}"#,
        expect![[r#"b.c /a .gz a/c true . . /"#]],
    );
}

#[test]
fn dates() {
    check(
        r#"{{ date "2006-01-02 15:04:05 Mon Jan _2 MST -0700" 0 }} {{ dateInZone "2006-01-02T15:04:05Z07:00" 1700000000 "America/New_York" }} {{ htmlDate 86400 }} {{ duration "95" }} {{ durationRound "2400h10m5s" }} {{ unixEpoch (toDate "2006-01-02" "2020-05-06") }} {{ toDate "2006-01-02 15:04:05 -0700" "2020-05-06 07:08:09 +0200" }} {{ dateModify "-1.5h" (toDate "2006-01-02" "2020-05-06") }} {{ date "Jan 2, 2006 at 3:04pm (MST) .000" 1700000000 }} {{ date "2006年01月02日 Monday 002 __2 06 1 PM" 1700000000 }}"#,
        expect![[
            r#"1970-01-01 00:00:00 Thu Jan  1 UTC +0000 2023-11-14T17:13:20-05:00 1970-01-02 1m35s 3mo 1588723200 2020-05-06 07:08:09 +0200 +0200 2020-05-05 22:30:00 +0000 UTC Nov 14, 2023 at 10:13pm (UTC) .000 2023年11月14日 Tuesday 318 318 23 11 PM"#
        ]],
    );
    check(
        r#"{{ mustToDate "2006-01-02" "x" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustToDate "2006-01-02" "x">: error calling mustToDate: parsing time "x" as "2006-01-02": cannot parse "x" as "2006""#
        ]],
    );
    check(
        r#"{{ mustToDate "2006-01-02" "2020-13-01" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustToDate "2006-01-02" "2020-13-01">: error calling mustToDate: parsing time "2020-13-01": month out of range"#
        ]],
    );
    check(
        r#"{{ mustDateModify "x" now }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <mustDateModify "x" now>: error calling mustDateModify: time: invalid duration "x""#
        ]],
    );
    check(
        r#"{{ dateModify "1h" "x" }}"#,
        expect![[r#"error: template: t:1:19: executing "t" at <"x">: can't handle "x" for arg of type time.Time"#]],
    );
}

#[test]
fn refusals() {
    check(
        r#"{{ fail "no" }}"#,
        expect![[r#"error: template: t:1:3: executing "t" at <fail "no">: error calling fail: no"#]],
    );
    check(
        r#"{{ indent "a" "b" }}"#,
        expect![[r#"error: template: t:1:10: executing "t" at <"a">: expected integer; found "a""#]],
    );
    check(
        r#"{{ indent .n "b" }}"#,
        expect![[r#"error: template: t:1:10: executing "t" at <.n>: wrong type for value; expected int; got float64"#]],
    );
    check(
        "{{ trim .n }}",
        expect![[
            r#"error: template: t:1:8: executing "t" at <.n>: wrong type for value; expected string; got float64"#
        ]],
    );
    check(
        "{{ trim .nil }}",
        expect![[
            r#"error: template: t:1:8: executing "t" at <.nil>: wrong type for value; expected string; got interface {}"#
        ]],
    );
    check(
        "{{ trim .missing }}",
        expect![[
            r#"error: template: t:1:8: executing "t" at <.missing>: wrong type for value; expected string; got interface {}"#
        ]],
    );
    check(
        "{{ upper }}",
        expect![[r#"error: template: t:1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 0"#]],
    );
    check(
        "{{ upper 1 2 }}",
        expect![[r#"error: template: t:1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 2"#]],
    );
    check(
        "{{ upper nil }}",
        expect![[r#"error: template: t:1:9: executing "t" at <nil>: cannot assign nil to string"#]],
    );
}

#[test]
fn nothing() {
    check(
        r#"{{ join "," nil }} {{ toString nil }} {{ toString 1.0 }} {{ printf "%v" nil }} {{ kindIs "map" .m }} {{ deepEqual (list 1) (list 1) }} {{ typeIsLike "semver.Version" (semver "1.2.3") }}"#,
        expect![[r#" <nil> 1 <nil> true true true"#]],
    );
}

#[test]
fn yaml() {
    check(
        "{{ toYaml . }}",
        expect![[r#"e: {}
f: 1.5
l:
- 1
- two
- null
- k: true
m:
  a: 1
  b:
    c: x
"n": 1000000
nil: null
s: text
t: true"#]],
    );
    check(
        r#"{{ toYaml (dict "a" "yes" "b" "1" "c" (list 1 (dict "x" "y")) "d" "multi\nline\n" "e" "" "f" 1.0 "g" 1e7 "h" "0x1" "i" "a: b" "j" nil) }}"#,
        expect![[r#"a: "yes"
b: "1"
c:
- 1
- x: "y"
d: |
  multi
  line
e: ""
f: 1
g: 10000000
h: "0x1"
i: 'a: b'
j: null"#]],
    );
}

#[test]
fn toml() {
    check(
        r#"{{ toToml (dict "a" 1 "b" "x\"y" "c" (dict "d" 1.5 "e" (dict "f" true)) "g" (list (dict "h" 1) (dict "h" 2)) "i" (list 1 2 "x") "j" (list) "k" (dict)) }}"#,
        expect![[r#"a = 1
b = "x\"y"
i = [1, 2, "x"]
j = []

[c]
  d = 1.5
  [c.e]
    f = true

[[g]]
  h = 1

[[g]]
  h = 2

[k]
"#]],
    );
    check(r#"{{ fromToml "a = 1\n[b]\nc = [1.5, \"x\"]" }}"#, expect![[r#"map[a:1 b:map[c:[1.5 x]]]"#]]);
}

#[test]
fn sequences() {
    check(
        r#"{{ adler32sum "" }}{{ toDecimal "x" }}{{ seq }}{{ seq 5 1 }}{{ seq 1 2 3 4 }}|{{ seq 3 1 1}}|"#,
        expect![[r#"105 4 3 2 1||"#]],
    );
}

#[test]
fn decoded() {
    check(
        r#"{{ range $k, $v := fromJson "{\"b\":1,\"a\":[1,2]}" }}{{ $k }}={{ $v }};{{ end }}"#,
        expect![[r#"a=[1 2];b=1;"#]],
    );
}

#[test]
fn secrets() {
    check(r#"{{ derivePassword 1 "long" "password" "user" "example.com" }}"#, expect![[r#"ZedaFaxcZaso9*"#]]);
    check(
        r#"{{ buildCustomCert "a" "b" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <buildCustomCert "a" "b">: error calling buildCustomCert: unable to decode base64 certificate"#
        ]],
    );
    check(r#"{{ genPrivateKey "x" }}"#, expect![[r#"Unknown type x"#]]);
}

#[test]
fn odd_arguments() {
    check(
        r#"{{ deepCopy (rest (list)) | toJson }} {{ eq (rest (list)) nil }} {{ eq (rest (list)) (list 1) }} {{ ne (list 1) nil }}"#,
        expect![["null true false true"]],
    );
    check(r#"{{ rest (list) | toJson }} {{ printf "%#v" (initial (list)) }}"#, expect!["null []interface {}(nil)"]);
    check(
        r#"{{ camelcase "a\n  - b: c" }} {{ upper "ß" }} {{ nospace "é é" }}"#,
        expect![[r#"
        A
          -B:C ß Ã©Ã©"#]],
    );
    check(
        r#"{{ chunk -1 (list 1 2) }} {{ fromJson "trux" }} {{ fromJson "nul" }}"#,
        expect![
            "[] map[Error:invalid character 'x' in literal true (expecting 'e')] map[Error:invalid character ' ' in literal null (expecting 'l')]"
        ],
    );
    check(
        r#"{{ substr -1 9 "abc" }}"#,
        expect![[r#"
        error: template: t:1:3: executing "t" at <substr -1 9 "abc">: error calling substr: runtime error: slice bounds out of range [:9] with length 3"#]],
    );
}

#[test]
fn certificates() {
    let template = r#"{{ $ca := genCAWithKey "ca" 365 (genPrivateKey "ecdsa") }}{{ $c := genSignedCertWithKey "a.b" (list "10.0.0.1") (list "a.b") 365 $ca (genPrivateKey "ed25519") }}{{ typeOf $ca }} {{ $c.Cert | splitList "\n" | first }} {{ $c.Key | splitList "\n" | first }} {{ (buildCustomCert (b64enc $c.Cert) (b64enc $c.Key)).Cert | eq $c.Cert }}"#;
    check(template, expect!["sprig.certificate -----BEGIN CERTIFICATE----- -----BEGIN PRIVATE KEY----- true"]);
    check(
        r#"{{ genSelfSignedCert "a" (list "x") nil 1 }}"#,
        expect![[r#"
        error: template: t:1:3: executing "t" at <genSelfSignedCert "a" (list "x") nil 1>: error calling genSelfSignedCert: error parsing ip: x"#]],
    );
    check(
        r#"{{ (genCA "a" 1).Cert | contains "CERTIFICATE" }} {{ len (bcrypt "x") }} {{ encryptAES "k" "text" | decryptAES "k" }} {{ len uuidv4 }} {{ randAlphaNum 5 | len }}"#,
        expect!["true 60 text 36 5"],
    );
}
