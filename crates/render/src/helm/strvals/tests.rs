//! What expressions make of values, held to what Helm 4 printed for the same ones.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;
use crate::template::Value;

/// Every expression on its own, folded into the same values; floats have a point.
pub(super) fn check(style: Style<'_>, values: &serde_json::Value, expressions: &[&str], expected: Expect) {
    let line = |expression: &&str| {
        let Value::Map(values) = Value::from_json(values) else { return String::new() };
        match fold(expression, style, &values) {
            Ok(()) => format!("{expression} -> {}\n", Value::Map(values).to_json().unwrap()),
            Err(error) => format!("{expression} -> error: {}\n", error.problem),
        }
    };
    expected.assert_eq(&expressions.iter().map(line).collect::<String>());
}

#[test]
fn types() {
    let values = json!({});
    let expressions = [
        r#"a=1"#,
        r#"a=01"#,
        r#"a=0"#,
        r#"a=00"#,
        r#"a=-0"#,
        r#"a=-5"#,
        r#"a=+5"#,
        r#"a=9223372036854775807"#,
        r#"a=9223372036854775808"#,
        r#"a=1.5"#,
        r#"a=1e3"#,
        r#"a=0x1f"#,
        r#"a=1_000"#,
        r#"a= 1"#,
        r#"a=1 "#,
        r#"a=true"#,
        r#"a=TRUE"#,
        r#"a=False"#,
        r#"a=falſe"#,
        r#"a=Null"#,
        r#"a=null"#,
        r#"a=~"#,
        r#"a="#,
        r#"a="""#,
        r#"a="b""#,
    ];
    check(
        Style::Typed,
        &values,
        &expressions,
        expect![[r#"
        a=1 -> {"a":1}
        a=01 -> {"a":"01"}
        a=0 -> {"a":0}
        a=00 -> {"a":"00"}
        a=-0 -> {"a":0}
        a=-5 -> {"a":-5}
        a=+5 -> {"a":5}
        a=9223372036854775807 -> {"a":9223372036854775807}
        a=9223372036854775808 -> {"a":"9223372036854775808"}
        a=1.5 -> {"a":"1.5"}
        a=1e3 -> {"a":"1e3"}
        a=0x1f -> {"a":"0x1f"}
        a=1_000 -> {"a":"1_000"}
        a= 1 -> {"a":" 1"}
        a=1  -> {"a":"1 "}
        a=true -> {"a":true}
        a=TRUE -> {"a":true}
        a=False -> {"a":false}
        a=falſe -> {"a":false}
        a=Null -> {"a":null}
        a=null -> {"a":null}
        a=~ -> {"a":"~"}
        a= -> {"a":""}
        a="" -> {"a":"\"\""}
        a="b" -> {"a":"\"b\""}
    "#]],
    );
}

#[test]
fn names_escapes_and_braces() {
    let values = json!({});
    let expressions = [
        r#"a=1,b=2"#,
        r#"a=1,"#,
        r#"a=1,,b=2"#,
        r#",a=1"#,
        r#"="#,
        r#"=1"#,
        r#"a"#,
        r#"a,"#,
        r#"a."#,
        r#"a.b"#,
        r#"a..b=1"#,
        r#"a.=1"#,
        r#".a=1"#,
        r#"a.b.c=1,a.b.d=2"#,
        r#"a=1,a=2"#,
        r#"a\.b=1"#,
        r#"a\,b=1"#,
        r#"a\=b=c"#,
        r#"a=b\,c"#,
        r#"a=b\\c"#,
        r#"a=b\"#,
        r#"a\"#,
        r#"a=\n"#,
        r#"a=\{b\}"#,
        r#"a=b\nc"#,
        r#"a\[0\]=1"#,
        r#"a={}"#,
        r#"a={1}"#,
        r#"a={1,b,true,null}"#,
        r#"a={1,2"#,
        r#"a={"#,
        r#"a={1,2},b=3"#,
        r#"a={1,2}b=3"#,
        r#"a={1,2}x"#,
        r#"a={a\,b,c\}}"#,
        r#"a={{1}}"#,
        r#"a=x{1}"#,
        r#"a={,}"#,
        r#"a.b={1}"#,
        r#"a={1,2},"#,
        r#"a={1}}=2"#,
    ];
    check(
        Style::Typed,
        &values,
        &expressions,
        expect![[r#"
        a=1,b=2 -> {"a":1,"b":2}
        a=1, -> {"a":1}
        a=1,,b=2 -> error: key "" has no value (cannot end with ,)
        ,a=1 -> error: key "" has no value (cannot end with ,)
        = -> {}
        =1 -> {}
        a -> error: key "a" has no value
        a, -> error: key "a" has no value (cannot end with ,)
        a. -> {}
        a.b -> error: key "b" has no value
        a..b=1 -> error: key map "a" has no value
        a.=1 -> error: key map "a" has no value
        .a=1 -> {}
        a.b.c=1,a.b.d=2 -> {"a":{"b":{"c":1,"d":2}}}
        a=1,a=2 -> {"a":2}
        a\.b=1 -> {"a.b":1}
        a\,b=1 -> {"a,b":1}
        a\=b=c -> {"a=b":"c"}
        a=b\,c -> {"a":"b,c"}
        a=b\\c -> {"a":"b\\c"}
        a=b\ -> {"a":"b"}
        a\ -> error: key "a" has no value
        a=\n -> {"a":"n"}
        a=\{b\} -> {"a":"{b}"}
        a=b\nc -> {"a":"bnc"}
        a\[0\]=1 -> {"a[0]":1}
        a={} -> {"a":[""]}
        a={1} -> {"a":[1]}
        a={1,b,true,null} -> {"a":[1,"b",true,null]}
        a={1,2 -> error: list must terminate with '}'
        a={ -> error: list must terminate with '}'
        a={1,2},b=3 -> {"a":[1,2],"b":3}
        a={1,2}b=3 -> {"a":[1,2],"b":3}
        a={1,2}x -> error: key "x" has no value
        a={a\,b,c\}} -> {"a":["a,b","c}"]}
        a={{1}} -> error: key "}" has no value
        a=x{1} -> {"a":"x{1}"}
        a={,} -> {"a":["",""]}
        a.b={1} -> {"a":{"b":[1]}}
        a={1,2}, -> {"a":[1,2]}
        a={1}}=2 -> {"a":[1],"}":2}
    "#]],
    );
}

#[test]
fn positions() {
    let values = json!({});
    let expressions = [
        r#"a[0]=1"#,
        r#"a[2]=1"#,
        r#"a[0]=1,a[1]=2"#,
        r#"a[1]=1,a[0]=2"#,
        r#"a[0].b=1"#,
        r#"a[0].b.c=1,a[0].b.d=2"#,
        r#"a[0][1]=1"#,
        r#"a[1][0].b=1"#,
        r#"a[0]={1,2}"#,
        r#"a[0]="#,
        r#"a[0]=,b=1"#,
        r#"a[0].b="#,
        r#"a[0]."#,
        r#"a[0]"#,
        r#"a[0][0]"#,
        r#"a[0]["#,
        r#"a[0]x=1"#,
        r#"a[0]xy"#,
        r#"a["#,
        r#"a[]=1"#,
        r#"a[x]=1"#,
        r#"a[1"#,
        r#"a[-1]=1"#,
        r#"a[-1].b=1"#,
        r#"a[+1]=1"#,
        r#"a[ 1]=1"#,
        r#"a[01]=1"#,
        r#"a[1.5]=1"#,
        r#"a[99999999999999999999]=1"#,
        r#"a[-99999999999999999999]=1"#,
        r#"a[65537]=1"#,
        r#"a[65537].b=1"#,
        r#"a[0][65537]=1"#,
        r#"a[0]]=1"#,
        r#"a][0]=1"#,
        r#"[0]=1"#,
        r#"a[0],b=1"#,
        r#"a[0]=1]"#,
        r#"b.a["#,
    ];
    check(
        Style::Typed,
        &values,
        &expressions,
        expect![[r#"
        a[0]=1 -> {"a":[1]}
        a[2]=1 -> {"a":[null,null,1]}
        a[0]=1,a[1]=2 -> {"a":[1,2]}
        a[1]=1,a[0]=2 -> {"a":[2,1]}
        a[0].b=1 -> {"a":[{"b":1}]}
        a[0].b.c=1,a[0].b.d=2 -> {"a":[{"b":{"c":1,"d":2}}]}
        a[0][1]=1 -> {"a":[[null,1]]}
        a[1][0].b=1 -> {"a":[null,[{"b":1}]]}
        a[0]={1,2} -> {"a":[[1,2]]}
        a[0]= -> {"a":[""]}
        a[0]=,b=1 -> {"a":[""],"b":1}
        a[0].b= -> {"a":[]}
        a[0]. -> {"a":[]}
        a[0] -> {"a":[]}
        a[0][0] -> {"a":[]}
        a[0][ -> {"a":[]}
        a[0]x=1 -> error: unexpected data at end of array index: ['x']
        a[0]xy -> error: unexpected data at end of array index: ['x' 'y']
        a[ -> {}
        a[]=1 -> error: error parsing index: strconv.Atoi: parsing "": invalid syntax
        a[x]=1 -> error: error parsing index: strconv.Atoi: parsing "x": invalid syntax
        a[1 -> {}
        a[-1]=1 -> error: negative -1 index not allowed
        a[-1].b=1 -> error: negative -1 index not allowed
        a[+1]=1 -> {"a":[null,1]}
        a[ 1]=1 -> error: error parsing index: strconv.Atoi: parsing " 1": invalid syntax
        a[01]=1 -> {"a":[null,1]}
        a[1.5]=1 -> error: error parsing index: strconv.Atoi: parsing "1.5": invalid syntax
        a[99999999999999999999]=1 -> error: error parsing index: strconv.Atoi: parsing "99999999999999999999": value out of range
        a[-99999999999999999999]=1 -> error: error parsing index: strconv.Atoi: parsing "-99999999999999999999": value out of range
        a[65537]=1 -> error: index of 65537 is greater than maximum supported index of 65536
        a[65537].b=1 -> error: index of 65537 is greater than maximum supported index of 65536
        a[0][65537]=1 -> error: index of 65537 is greater than maximum supported index of 65536
        a[0]]=1 -> error: unexpected data at end of array index: [']']
        a][0]=1 -> {"a]":[1]}
        [0]=1 -> {}
        a[0],b=1 -> error: unexpected data at end of array index: [',' 'b']
        a[0]=1] -> {"a":["1]"]}
        b.a[ -> {}
    "#]],
    );
}

#[test]
fn over_existing_values() {
    let values = json!({"s": "text", "n": null, "t": {"a": {"b": 1}}, "l": [1, {"x": "y"}, [2, 3]], "e": {}});
    let expressions = [
        r#"s.x=1"#,
        r#"s[0]=1"#,
        r#"n.x=1"#,
        r#"n[0]=1"#,
        r#"n=1"#,
        r#"t=1"#,
        r#"t.a=1"#,
        r#"t.a.b.c=1"#,
        r#"t.a.c=1"#,
        r#"t[0]=1"#,
        r#"t.a[0]=1"#,
        r#"l.x=1"#,
        r#"l[0].x=1"#,
        r#"l[0]=2"#,
        r#"l[1].x=2"#,
        r#"l[1].z=2"#,
        r#"l[2][0]=9"#,
        r#"l[2][3]=9"#,
        r#"l[0][0]=9"#,
        r#"l[1][0]=9"#,
        r#"l[5]=9"#,
        r#"l[0]."#,
        r#"l[2]."#,
        r#"l[1]."#,
        r#"l[2][0]."#,
        r#"e=null"#,
        r#"e."#,
        r#"e.x"#,
        r#"e.x="#,
        r#"t=null"#,
        r#"t.a=null"#,
        r#"t.a.b=null"#,
        r#"l[0"#,
        r#"t.a.b"#,
        r#"t.a."#,
        r#"t."#,
        r#"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"é.ü=ß"#,
        r#"a b=c d"#,
        r#"a"b"#,
        "a\tb",
        r#"a=😀"#,
        r#"a[é]=1"#,
        r#"a[0]é😀=1"#,
        r#"a[0]'=1"#,
    ];
    check(
        Style::Typed,
        &values,
        &expressions,
        expect![[r#"
        s.x=1 -> error: unable to parse key: interface conversion: interface {} is string, not map[string]interface {}
        s[0]=1 -> error: unable to parse key: interface conversion: interface {} is string, not []interface {}
        n.x=1 -> error: unable to parse key: interface conversion: interface {} is nil, not map[string]interface {}
        n[0]=1 -> error: unable to parse key: interface conversion: interface {} is nil, not []interface {}
        n=1 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":1,"s":"text","t":{"a":{"b":1.0}}}
        t=1 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":1}
        t.a=1 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":1}}
        t.a.b.c=1 -> error: unable to parse key: interface conversion: interface {} is float64, not map[string]interface {}
        t.a.c=1 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0,"c":1}}}
        t[0]=1 -> error: unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}
        t.a[0]=1 -> error: unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}
        l.x=1 -> error: unable to parse key: interface conversion: interface {} is []interface {}, not map[string]interface {}
        l[0].x=1 -> {"e":{},"l":[{"x":1},{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[0]=2 -> {"e":{},"l":[2,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[1].x=2 -> {"e":{},"l":[1.0,{"x":2},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[1].z=2 -> {"e":{},"l":[1.0,{"x":"y","z":2},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[2][0]=9 -> {"e":{},"l":[1.0,{"x":"y"},[9,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[2][3]=9 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0,null,9]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[0][0]=9 -> error: unable to parse key: interface conversion: interface {} is float64, not []interface {}
        l[1][0]=9 -> error: unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}
        l[5]=9 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0],null,null,9],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[0]. -> {"e":{},"l":[{},{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[2]. -> {"e":{},"l":[1.0,{"x":"y"},{}],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[1]. -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[2][0]. -> {"e":{},"l":[1.0,{"x":"y"},[{},3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        e=null -> {"e":null,"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        e. -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        e.x -> error: key "x" has no value
        e.x= -> {"e":{"x":""},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        t=null -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":null}
        t.a=null -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":null}}
        t.a.b=null -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":null}}}
        l[0 -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        t.a.b -> error: key "b" has no value
        t.a. -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        t. -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> {"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}},"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> error: value name nested level is greater than maximum supported nested level of 30
        l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> {"e":{},"l":[{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}},{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> {"e":{},"l":[{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}},{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        l[0].a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> error: value name nested level is greater than maximum supported nested level of 30
        é.ü=ß -> {"e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}},"é":{"ü":"ß"}}
        a b=c d -> {"a b":"c d","e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        a"b -> error: key "a\"b" has no value
        a	b -> error: key "a\tb" has no value
        a=😀 -> {"a":"😀","e":{},"l":[1.0,{"x":"y"},[2.0,3.0]],"n":null,"s":"text","t":{"a":{"b":1.0}}}
        a[é]=1 -> error: error parsing index: strconv.Atoi: parsing "é": invalid syntax
        a[0]é😀=1 -> error: unexpected data at end of array index: ['é' '😀']
        a[0]'=1 -> error: unexpected data at end of array index: ['\'']
    "#]],
    );
}
