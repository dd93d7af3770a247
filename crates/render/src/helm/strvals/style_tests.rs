//! What the other styles than `--set` make of the same grammar.

use expect_test::expect;
use serde_json::json;

use super::tests::check;
use super::*;

#[test]
fn texts() {
    let values = json!({});
    let expressions =
        [r#"a=1"#, r#"a=true,b=null,c=0"#, r#"a={1,true}"#, r#"a="#, r#"a[0]=1"#, r#"a\.b=1\,2"#, r#"a=0,b={x"#];
    check(
        Style::Text,
        &values,
        &expressions,
        expect![[r#"
        a=1 -> {"a":"1"}
        a=true,b=null,c=0 -> {"a":"true","b":"null","c":"0"}
        a={1,true} -> {"a":["1","true"]}
        a= -> {"a":""}
        a[0]=1 -> {"a":["1"]}
        a\.b=1\,2 -> {"a.b":"1,2"}
        a=0,b={x -> error: list must terminate with '}'
    "#]],
    );
}

#[test]
fn json_values() {
    let values = json!({"a": {"x": 1}, "l": [1, [2]]});
    let expressions = [
        r#"b=1"#,
        r#"b=1.5,c=2"#,
        r#"b=1e3"#,
        r#"b="#,
        r#"b=,c=1"#,
        r#"b= ,c=1"#,
        r#"b=  1  ,c=2"#,
        r#"b=null"#,
        r#"b=true"#,
        r#"b=truex=1"#,
        r#"b=tru"#,
        r#"b=1x=2"#,
        r#"b=01=2"#,
        r#"b=-"#,
        r#"b=1."#,
        r#"b=1.x"#,
        r#"b=1e"#,
        r#"b="x""#,
        r#"b="x"y=1"#,
        r#"b="x\"y""#,
        r#"b="x"#,
        r#"b={"x":1},c=[1,2]"#,
        r#"b={"x":1}c=2"#,
        r#"b={"x":1"#,
        r#"b={x:1}"#,
        r#"b=[1,]"#,
        r#"b=x"#,
        r#"a=2"#,
        r#"a.x=3"#,
        r#"a.y={"z":null}"#,
        r#"a={"x":null}"#,
        r#"l[0]={"x":1},l[1]=2"#,
        r#"l[1][0]=null"#,
        r#"l[0]="#,
        r#"l[0]= , l[1]=1"#,
        r#"l[9]="#,
        r#"l[0]=x"#,
        r#"b\.c=1"#,
        r#"b={"x":1},b.y=2"#,
        r#"b=[1,2],b[1]=3"#,
        r#"b=1,"#,
        r#"b=1,,"#,
        r#"b=12345678901234567890"#,
        r#"b="\u00e9""#,
        r#"b={"k":1,"k":2}"#,
        "b=\u{a0}1",
    ];
    check(
        Style::Json,
        &values,
        &expressions,
        expect![[r#"
            b=1 -> {"a":{"x":1.0},"b":1.0,"l":[1.0,[2.0]]}
            b=1.5,c=2 -> {"a":{"x":1.0},"b":1.5,"c":2.0,"l":[1.0,[2.0]]}
            b=1e3 -> {"a":{"x":1.0},"b":1000.0,"l":[1.0,[2.0]]}
            b= -> {"a":{"x":1.0},"b":null,"l":[1.0,[2.0]]}
            b=,c=1 -> {"a":{"x":1.0},"b":null,"c":1.0,"l":[1.0,[2.0]]}
            b= ,c=1 -> {"a":{"x":1.0},"b":null,"c":1.0,"l":[1.0,[2.0]]}
            b=  1  ,c=2 -> {"a":{"x":1.0},"b":1.0,"c":2.0,"l":[1.0,[2.0]]}
            b=null -> {"a":{"x":1.0},"b":null,"l":[1.0,[2.0]]}
            b=true -> {"a":{"x":1.0},"b":true,"l":[1.0,[2.0]]}
            b=truex=1 -> {"a":{"x":1.0},"b":true,"l":[1.0,[2.0]],"x":1.0}
            b=tru -> error: unexpected EOF
            b=1x=2 -> {"a":{"x":1.0},"b":1.0,"l":[1.0,[2.0]],"x":2.0}
            b=01=2 -> {"1":2.0,"a":{"x":1.0},"b":0.0,"l":[1.0,[2.0]]}
            b=- -> error: unexpected EOF
            b=1. -> error: unexpected EOF
            b=1.x -> error: invalid character 'x' after decimal point in numeric literal
            b=1e -> error: unexpected EOF
            b="x" -> {"a":{"x":1.0},"b":"x","l":[1.0,[2.0]]}
            b="x"y=1 -> {"a":{"x":1.0},"b":"x","l":[1.0,[2.0]],"y":1.0}
            b="x\"y" -> {"a":{"x":1.0},"b":"x\"y","l":[1.0,[2.0]]}
            b="x -> error: unexpected EOF
            b={"x":1},c=[1,2] -> {"a":{"x":1.0},"b":{"x":1.0},"c":[1.0,2.0],"l":[1.0,[2.0]]}
            b={"x":1}c=2 -> {"a":{"x":1.0},"b":{"x":1.0},"c":2.0,"l":[1.0,[2.0]]}
            b={"x":1 -> error: unexpected EOF
            b={x:1} -> error: invalid character 'x' looking for beginning of object key string
            b=[1,] -> error: invalid character ']' looking for beginning of value
            b=x -> error: invalid character 'x' looking for beginning of value
            a=2 -> {"a":2.0,"l":[1.0,[2.0]]}
            a.x=3 -> {"a":{"x":3.0},"l":[1.0,[2.0]]}
            a.y={"z":null} -> {"a":{"x":1.0,"y":{"z":null}},"l":[1.0,[2.0]]}
            a={"x":null} -> {"a":{"x":null},"l":[1.0,[2.0]]}
            l[0]={"x":1},l[1]=2 -> {"a":{"x":1.0},"l":[{"x":1.0},2.0]}
            l[1][0]=null -> {"a":{"x":1.0},"l":[1.0,[null]]}
            l[0]= -> {"a":{"x":1.0},"l":[null,[2.0]]}
            l[0]= , l[1]=1 -> {" l":[null,1.0],"a":{"x":1.0},"l":[null,[2.0]]}
            l[9]= -> {"a":{"x":1.0},"l":[1.0,[2.0],null,null,null,null,null,null,null,null]}
            l[0]=x -> error: invalid character 'x' looking for beginning of value
            b\.c=1 -> {"a":{"x":1.0},"b.c":1.0,"l":[1.0,[2.0]]}
            b={"x":1},b.y=2 -> {"a":{"x":1.0},"b":{"x":1.0,"y":2.0},"l":[1.0,[2.0]]}
            b=[1,2],b[1]=3 -> {"a":{"x":1.0},"b":[1.0,3.0],"l":[1.0,[2.0]]}
            b=1, -> {"a":{"x":1.0},"b":1.0,"l":[1.0,[2.0]]}
            b=1,, -> error: key "" has no value (cannot end with ,)
            b=12345678901234567890 -> {"a":{"x":1.0},"b":1.2345678901234567e+19,"l":[1.0,[2.0]]}
            b="\u00e9" -> {"a":{"x":1.0},"b":"é","l":[1.0,[2.0]]}
            b={"k":1,"k":2} -> {"a":{"x":1.0},"b":{"k":2.0},"l":[1.0,[2.0]]}
            b= 1 -> {"a":{"x":1.0},"b":1.0,"l":[1.0,[2.0]]}
        "#]],
    );
}

#[test]
fn literals() {
    let values = json!({"s": "text", "n": null, "t": {"a": 1}, "l": [1, {"x": 1}, [2]]});
    let expressions = [
        r#"a"#,
        r#"a="#,
        r#"a=1"#,
        r#"a=b,c=d"#,
        r#"a=b\,c"#,
        r#"a=b=c"#,
        r#"a\.b=1"#,
        r#"a\=b=c"#,
        r#"a,b=c"#,
        r#"a.b=c"#,
        r#"a."#,
        r#"a.=c"#,
        r#".a=b"#,
        r#"=a"#,
        r#"a={1,2}"#,
        r#"a[0]=x,y"#,
        r#"a[0]="#,
        r#"a[0]"#,
        r#"a[0].b=c"#,
        r#"a[0]."#,
        r#"a[0][1]=c"#,
        r#"a[0]x=1"#,
        r#"a[x]=1"#,
        r#"a["#,
        r#"a[0]["#,
        r#"a[-1]=1"#,
        r#"a[65537]=1"#,
        r#"s.x=1"#,
        r#"s[0]=1"#,
        r#"n.x=1"#,
        r#"t.a=b"#,
        r#"t.b=c"#,
        r#"l[0].x=1"#,
        r#"l[1].x=2"#,
        r#"l[2][1]=3"#,
        r#"l[1][0]=1"#,
        r#"l[0]."#,
        r#"[0]=1"#,
        r#"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
        r#"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"#,
    ];
    check(
        Style::Literal,
        &values,
        &expressions,
        expect![[r#"
        a -> error: key "a" has no value
        a= -> {"a":"","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a=1 -> {"a":"1","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a=b,c=d -> {"a":"b,c=d","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a=b\,c -> {"a":"b\\,c","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a=b=c -> {"a":"b=c","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a\.b=1 -> {"a\\":{"b":"1"},"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a\=b=c -> {"a\\":"b=c","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a,b=c -> {"a,b":"c","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a.b=c -> {"a":{"b":"c"},"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a. -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a.=c -> error: key map "a" has no value
        .a=b -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        =a -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a={1,2} -> {"a":"{1,2}","l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0]=x,y -> {"a":["x,y"],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0]= -> {"a":[""],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0] -> {"a":[],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0].b=c -> {"a":[{"b":"c"}],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0]. -> {"a":[],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0][1]=c -> {"a":[[null,"c"]],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0]x=1 -> error: unexpected data at end of array index: ['x']
        a[x]=1 -> error: error parsing index: strconv.Atoi: parsing "x": invalid syntax
        a[ -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[0][ -> {"a":[],"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a[-1]=1 -> error: negative -1 index not allowed
        a[65537]=1 -> error: index of 65537 is greater than maximum supported index of 65536
        s.x=1 -> error: unable to parse key: interface conversion: interface {} is string, not map[string]interface {}
        s[0]=1 -> error: unable to parse key: interface conversion: interface {} is string, not []interface {}
        n.x=1 -> error: unable to parse key: interface conversion: interface {} is nil, not map[string]interface {}
        t.a=b -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":"b"}}
        t.b=c -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0,"b":"c"}}
        l[0].x=1 -> {"l":[{"x":"1"},{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        l[1].x=2 -> {"l":[1.0,{"x":"2"},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        l[2][1]=3 -> {"l":[1.0,{"x":1.0},[2.0,"3"]],"n":null,"s":"text","t":{"a":1.0}}
        l[1][0]=1 -> error: unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}
        l[0]. -> {"l":[{},{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        [0]=1 -> {"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> {"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":"1"}}}}}}}}}}}}}}}}}}}}}}}}}}}}}},"l":[1.0,{"x":1.0},[2.0]],"n":null,"s":"text","t":{"a":1.0}}
        a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1 -> error: value name nested level is greater than maximum supported nested level of 30
    "#]],
    );
}

#[test]
fn files() {
    let read = |name: &str| match name {
        "a.txt" => Ok(b"one, {two}\n".to_vec()),
        "raw.bin" => Ok(vec![0xff, b'x']),
        other => Err(format!("open {other}: no such file or directory")),
    };
    let expressions = ["a=a.txt", "a[1].b=a.txt,c=raw.bin", "a={a.txt,raw.bin}", "a=none", "a={a.txt,none}", "a=", "a"];
    check(
        Style::File(&read),
        &json!({}),
        &expressions,
        expect![[r#"
        a=a.txt -> {"a":"one, {two}\n"}
        a[1].b=a.txt,c=raw.bin -> {"a":[null,{"b":"one, {two}\n"}],"c":"�x"}
        a={a.txt,raw.bin} -> {"a":["one, {two}\n","�x"]}
        a=none -> error: open none: no such file or directory
        a={a.txt,none} -> error: open none: no such file or directory
        a= -> {"a":""}
        a -> error: key "a" has no value
    "#]],
    );
}
