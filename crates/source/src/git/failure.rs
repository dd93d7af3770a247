//! What went wrong on the way to a remote, told from the many errors below.

use crate::error::SourceError;
use crate::http::failure::{Chain, explain_tls};

/// Explains an error of the git protocol or of the HTTP client below it.
pub(super) fn explain(url: &str, error: &gix::Error) -> SourceError {
    let chain = Chain::of_all(error.iter_errors());
    let cause = chain.text();
    let url = url.to_owned();
    if let Some(tls) = chain.find::<rustls::Error>() {
        return explain_tls(url, tls);
    }
    if error.is_unauthenticated() || chain.says("Received HTTP status 401") {
        let hint = "the server wants other credentials; check the user name and the password or token in the secret";
        return SourceError::AuthenticationFailed { url, hint: hint.to_owned() };
    }
    if chain.says("Received HTTP status 403") {
        let hint = "the server forbids it (403); check that these credentials may read the repository";
        return SourceError::AuthenticationFailed { url, hint: hint.to_owned() };
    }
    if chain.says("Received HTTP status 404") || chain.says("Received HTTP status 410") {
        let cause = "the server knows no such repository (404), or hides it from these credentials";
        return SourceError::NotARepository { url, cause: cause.to_owned() };
    }
    if chain.says("Received HTTP status 407") {
        let hint = "the proxy wants credentials (407); check the proxy secret";
        return SourceError::AuthenticationFailed { url, hint: hint.to_owned() };
    }
    if chain.says("refusing to follow redirect") {
        let reason = "the server redirects, and credentials are not sent elsewhere; use the address it redirects to";
        return SourceError::InvalidUrl { url, reason: reason.to_owned() };
    }
    if chain.says("to indicate 'smart' protocol") {
        let cause = "the server answers, but not with git's protocol";
        return SourceError::NotARepository { url, cause: cause.to_owned() };
    }
    if chain.find::<reqwest::Error>().is_some_and(|error| error.is_connect() || error.is_timeout())
        || chain.says("dns error")
        || chain.says("error trying to connect")
    {
        return SourceError::Unreachable { url, cause: chain.last() };
    }
    SourceError::Protocol { url, cause }
}

/// Explains what `ssh` printed before it gave up; `None` if that tells nothing.
pub(super) fn explain_ssh(url: &str, stderr: &str) -> Option<SourceError> {
    let says = |text: &str| stderr.contains(text);
    let line = |texts: &[&str]| {
        let found = stderr.lines().find(|line| texts.iter().any(|text| line.contains(text)));
        found.unwrap_or(stderr).trim().to_owned()
    };
    let url = url.to_owned();
    if says("Host key verification failed") || says("host key is known for") {
        let cause =
            line(&["host key is known for", "IDENTIFICATION HAS CHANGED", "has changed", "verification failed"]);
        return Some(SourceError::HostKey { url, cause });
    }
    if says("incorrect passphrase") || says("error in libcrypto") || says("invalid format") {
        let reason = "the private key (identity) cannot be read; check that it is complete and that password is its \
                      passphrase";
        return Some(SourceError::InvalidCredentials { url, reason: reason.to_owned() });
    }
    if says("Permission denied") {
        let hint = "the server accepts neither this key nor this user; check that the public key is added to it";
        return Some(SourceError::AuthenticationFailed { url, hint: hint.to_owned() });
    }
    let unreachable =
        ["Could not resolve hostname", "Connection refused", "timed out", "No route to host", "Network is unreachable"];
    if unreachable.iter().any(|text| says(text)) {
        return Some(SourceError::Unreachable { url, cause: line(&unreachable) });
    }
    let missing = ["does not appear to be a git repository", "epository not found", "not found", "No such file"];
    if missing.iter().any(|text| says(text)) {
        return Some(SourceError::NotARepository { url, cause: line(&missing) });
    }
    let said = stderr.trim();
    (!said.is_empty()).then(|| SourceError::Protocol { url, cause: said.to_owned() })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(stderr: &str, expected: Expect) {
        let shown = explain_ssh("ssh://git@example.com/a.git", stderr);
        expected.assert_eq(&shown.map_or_else(|| "nothing".to_owned(), |error| error.to_string()));
    }

    #[test]
    fn explains_what_ssh_prints() {
        check(
            "No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\r\nHost key verification failed.\r\n",
            expect![
                "ssh://git@example.com/a.git: the host key is not in known_hosts: No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.; add the server's key (ssh-keyscan prints it) after checking its fingerprint. If the key was known before, someone may be in between"
            ],
        );
        check(
            "git@example.com: Permission denied (publickey).\r\n",
            expect![
                "ssh://git@example.com/a.git: authentication failed: the server accepts neither this key nor this user; check that the public key is added to it"
            ],
        );
        check(
            "Load key \"/x\": incorrect passphrase supplied to decrypt private key\ngit@example.com: Permission denied (publickey).",
            expect![
                "ssh://git@example.com/a.git: unusable credentials: the private key (identity) cannot be read; check that it is complete and that password is its passphrase"
            ],
        );
        check(
            "ssh: Could not resolve hostname nope.invalid: Name or service not known\r\n",
            expect![
                "ssh://git@example.com/a.git: unreachable: ssh: Could not resolve hostname nope.invalid: Name or service not known; check the host name, the network and the proxy"
            ],
        );
        check(
            "fatal: '/srv/nope' does not appear to be a git repository\n",
            expect![
                "ssh://git@example.com/a.git: not a git repository: fatal: '/srv/nope' does not appear to be a git repository; check the path, and that these credentials may see it"
            ],
        );
        check("something else\n", expect!["ssh://git@example.com/a.git: something else"]);
        check("  \n", expect!["nothing"]);
    }
}
