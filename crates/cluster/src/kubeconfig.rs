//! Other clusters by kubeconfigs that somebody else wrote.
//!
//! Such a text is hostile input: it must not make us run a program, read our own files, or talk to a server whose name
//! nobody checks.

use kube::Config;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};

use crate::Cluster;
use crate::observation::Observed;

/// Why a kubeconfig cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// It is no kubeconfig.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The context, cluster or user that it names is not in it.
    #[error("{0} is not in it; name it, or correct current-context")]
    Missing(String),
    /// It asks for a program to be run.
    #[error(
        "user {user} gets credentials from a program ({field}), which is never run; give it a token or a certificate"
    )]
    Program {
        /// The user's name.
        user: String,
        /// Which field asks for it.
        field: &'static str,
    },
    /// It asks for a file to be read.
    #[error("{field} names a file, and files of the controller are never read; put the content into {field_of_data}")]
    File {
        /// The field that names it.
        field: &'static str,
        /// The field that could have what is in it.
        field_of_data: &'static str,
    },
    /// It asks not to look who the server is.
    #[error(
        "cluster {cluster} skips the check of the server's certificate; give certificate-authority-data in its place"
    )]
    Insecure {
        /// The cluster's name.
        cluster: String,
    },
    /// It cannot be made a connection of.
    #[error("it cannot be used: {0}")]
    Unusable(String),
}

impl Cluster {
    /// The cluster of a kubeconfig's current context, with the settings and the fence of this one.
    pub async fn elsewhere(&self, kubeconfig: &str) -> Result<Cluster, KubeconfigError> {
        let unreadable = |why: String| KubeconfigError::Unreadable(first_line(&why));
        let read = Kubeconfig::from_yaml(kubeconfig).map_err(|error| unreadable(error.to_string()))?;
        check(&read)?;
        let unusable = |why: String| KubeconfigError::Unusable(first_line(&why));
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
            .await
            .map_err(|error| unusable(error.to_string()))?;
        let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
        let cluster =
            Cluster::connect(config, self.shared.settings.clone()).map_err(|error| unusable(error.to_string()))?;
        let cluster = match &self.fence {
            Some(fence) => cluster.fenced(fence.clone()).map_err(|error| unusable(error.to_string()))?,
            None => cluster,
        };
        let observed = self.observed.clone().map(|observed| Observed { host: host.into(), ..observed });
        Ok(Cluster { observed, ..cluster })
    }
}

/// What follows the first line of a parser's complaint is the text itself, and that holds credentials.
fn first_line(why: &str) -> String {
    why.lines().next().unwrap_or_default().to_owned()
}

/// Refuses what must not be followed, in what the current context uses.
fn check(config: &Kubeconfig) -> Result<(), KubeconfigError> {
    let missing = |what: &str, name: &str| KubeconfigError::Missing(format!("{what} {name:?}"));
    let current = config.current_context.as_deref().unwrap_or_default();
    let context = config.contexts.iter().find(|context| context.name == current);
    let context = context.and_then(|context| context.context.as_ref()).ok_or_else(|| missing("context", current))?;
    let found = config.clusters.iter().find(|cluster| cluster.name == context.cluster);
    let cluster = found.and_then(|found| found.cluster.as_ref()).ok_or_else(|| missing("cluster", &context.cluster))?;
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(KubeconfigError::Insecure { cluster: context.cluster.clone() });
    }
    if is_given(&cluster.certificate_authority) {
        let (field, field_of_data) = ("certificate-authority", "certificate-authority-data");
        return Err(KubeconfigError::File { field, field_of_data });
    }
    let name = context.user.clone().unwrap_or_default();
    let user = config.auth_infos.iter().find(|user| user.name == name);
    match user.and_then(|user| user.auth_info.as_ref()) {
        Some(user) => check_user(&name, user),
        None => Err(missing("user", &name)),
    }
}

fn check_user(name: &str, user: &AuthInfo) -> Result<(), KubeconfigError> {
    let programs = [("exec", user.exec.is_some()), ("auth-provider", user.auth_provider.is_some())];
    if let Some((field, _)) = programs.into_iter().find(|(_, asked)| *asked) {
        return Err(KubeconfigError::Program { user: name.to_owned(), field });
    }
    let files = [
        ("tokenFile", "token", &user.token_file),
        ("client-certificate", "client-certificate-data", &user.client_certificate),
        ("client-key", "client-key-data", &user.client_key),
    ];
    match files.into_iter().find(|(_, _, file)| is_given(file)) {
        Some((field, field_of_data, _)) => Err(KubeconfigError::File { field, field_of_data }),
        None => Ok(()),
    }
}

fn is_given(text: &Option<String>) -> bool {
    text.as_ref().is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;

    fn verdict(config: &Value) -> String {
        match Kubeconfig::from_yaml(&config.to_string()) {
            Ok(config) => check(&config).map_or_else(|error| error.to_string(), |()| "fine".to_owned()),
            Err(error) => error.to_string(),
        }
    }

    fn check_parts(cluster: Value, user: Value, expected: Expect) {
        expected.assert_eq(&verdict(&json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "far", "user": "ada"}}],
            "clusters": [{"name": "far", "cluster": cluster}],
            "users": [{"name": "ada", "user": user}],
        })));
    }

    fn far() -> Value {
        json!({"server": "https://far.example.com"})
    }

    #[test]
    fn what_carries_its_credentials_is_fine() {
        check_parts(far(), json!({"token": "t"}), expect!["fine"]);
        let user = json!({"client-certificate-data": "YQ==", "client-key-data": "YQ=="});
        check_parts(
            json!({"server": "https://far.example.com", "certificate-authority-data": "YQ=="}),
            user,
            expect!["fine"],
        );
    }

    #[test]
    fn programs_are_not_run() {
        let exec = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh"}});
        check_parts(
            far(),
            exec,
            expect![
                "user ada gets credentials from a program (exec), which is never run; give it a token or a certificate"
            ],
        );
        check_parts(
            far(),
            json!({"auth-provider": {"name": "gcp", "config": {}}}),
            expect![
                "user ada gets credentials from a program (auth-provider), which is never run; give it a token or a \
                 certificate"
            ],
        );
    }

    /// The controller's own token would go to whatever server the text names.
    #[test]
    fn files_of_the_controller_are_not_read() {
        check_parts(
            far(),
            json!({"tokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token"}),
            expect!["tokenFile names a file, and files of the controller are never read; put the content into token"],
        );
        check_parts(
            far(),
            json!({"client-key": "/etc/key"}),
            expect![
                "client-key names a file, and files of the controller are never read; put the content into \
                 client-key-data"
            ],
        );
        check_parts(
            json!({"server": "https://far.example.com", "certificate-authority": "/etc/ca"}),
            json!({"token": "t"}),
            expect![
                "certificate-authority names a file, and files of the controller are never read; put the content into \
                 certificate-authority-data"
            ],
        );
    }

    #[test]
    fn servers_are_checked() {
        check_parts(
            json!({"server": "https://far.example.com", "insecure-skip-tls-verify": true}),
            json!({"token": "t"}),
            expect![
                "cluster far skips the check of the server's certificate; give certificate-authority-data in its place"
            ],
        );
    }

    #[test]
    fn what_is_named_must_be_there() {
        let config = |context: &str, cluster: &str, user: &str| {
            verdict(&json!({
                "current-context": context,
                "contexts": [{"name": "c", "context": {"cluster": cluster, "user": user}}],
                "clusters": [{"name": "far", "cluster": far()}],
                "users": [{"name": "ada", "user": {"token": "t"}}],
            }))
        };
        assert_eq!(config("c", "far", "ada"), "fine");
        assert_eq!(config("d", "far", "ada"), "context \"d\" is not in it; name it, or correct current-context");
        assert_eq!(config("c", "near", "ada"), "cluster \"near\" is not in it; name it, or correct current-context");
        assert_eq!(config("c", "far", "bob"), "user \"bob\" is not in it; name it, or correct current-context");
    }
}
