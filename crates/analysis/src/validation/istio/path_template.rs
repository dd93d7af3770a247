//! Templates of paths in authorization policies: `{*}` for one part of a path, `{**}` for any number of them.

const ONE: &str = "{*}";
const ANY: &str = "{**}";

/// A path that may be a template.
pub(super) fn check(path: &str) -> Result<(), String> {
    let is_template = path.contains(ONE) || path.contains(ANY);
    let mut any = false;
    for part in path.trim_matches('/').split('/') {
        match part {
            ONE | ANY if any => {
                return Err(format!("the path `{path}` goes on with `{part}` after `{ANY}`, which takes all the rest"));
            }
            ONE => {}
            ANY => any = true,
            _ if part.contains(['{', '}']) => {
                return Err(format!("the path `{path}` has the part `{part}`; braces are only in `{ONE}` and `{ANY}`"));
            }
            _ if is_template && !is_literal(part) => {
                return Err(format!("the path `{path}` has the part `{part}`, with characters that no path has"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Characters that a part of a path has (RFC 3986); `*` is not among them, because a template has wildcards of its own.
fn is_literal(part: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=".contains(&byte);
    !part.is_empty() && part.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_paths() {
        for (path, expect) in [
            ("/a/b", true),
            ("/a/*", true),
            ("*", true),
            ("/a/{*}/b", true),
            ("/{**}", true),
            ("/{**}/b", true),
            ("/a/{*}/{**}", true),
            ("/{**}/{*}", false),
            ("/{**}/{**}", false),
            ("/a{*}", false),
            ("/a/{b}", false),
            ("/{*}/b*", false),
            ("/{*}//b", false),
            ("/{*}/", true),
        ] {
            assert_eq!(check(path).is_ok(), expect, "{path}");
        }
    }
}
