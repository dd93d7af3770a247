//! `tenter render helm --verify`, next to the real `helm`, with charts that the real GnuPG's keys signed.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::git::Wire;
use testkit::gnupg::Home;
use testkit::registry::{Artifact, Content};
use testkit::tools::{Tool, find_or_skip};
use testkit::web::{Reply, WebServer};

use crate::folders::folder;
use crate::process::{Outcome, run};
use crate::up::tenter;

const CHART: [(&str, &str); 2] = [
    ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0+build.7\n"),
    ("web/templates/all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"),
];

const ARCHIVE: &str = "web-1.0.0+build.7.tgz";

/// A chart that Ada signed, her public key, and `helm`.
struct Signed {
    helm: PathBuf,
    folder: tempfile::TempDir,
    ada: Home,
}

impl Signed {
    /// None, said aloud, where `helm` or `gpg` are missing. In CI they must be there.
    fn new() -> Option<Signed> {
        let (helm, ada) = (find_or_skip(Tool::Helm)?, Home::new_or_skip()?);
        let folder = folder(&CHART);
        ada.make_key("Ada Example <ada@example.com>", "rsa2048", "sign", "never");
        ada.public_keyring();
        let signed = Signed { helm, folder, ada };
        let secret = signed.ada.secret_keyring();
        signed.helm(&["package", "web", "--sign", "--key", "Ada", "--keyring", path(&secret)]).ok();
        Some(signed)
    }

    fn helm(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(&self.helm);
        for folder in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(folder, self.ada.path().join("helm"));
        }
        self.run(command, arguments)
    }

    fn run(&self, mut command: Command, arguments: &[&str]) -> Outcome {
        command.current_dir(self.folder.path()).env("GNUPGHOME", self.ada.path()).args(arguments);
        run(command, "")
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Both are asked for the same. Their outputs are the same, or both fail and say this.
    #[track_caller]
    fn check(&self, arguments: &[&str], refused: Option<&str>) {
        let helm = self.helm(&[&["template", "shop"], arguments].concat());
        let home = tempfile::tempdir().unwrap();
        let mut command = tenter(&home);
        command.args(["render", "helm", "shop"]);
        let ours = self.run(command, arguments);
        match refused {
            // What Helm says of registries stands before the documents.
            None => {
                let (ours, helm) = (ours.ok(), helm.ok());
                assert_eq!(ours, helm[helm.find("---\n").unwrap()..]);
            }
            Some(why) => {
                let (ours, helm) = (ours.refused(), helm.refused());
                assert!(helm.contains(why), "{helm}");
                assert!(ours.contains(why), "{ours}");
                assert!(ours.contains("\nhint: "), "{ours}");
            }
        }
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn files_are_trusted_as_helm_trusts_them() {
    let Some(signed) = Signed::new() else { return };
    // The key ring is that of $GNUPGHOME.
    signed.check(&[ARCHIVE, "--verify"], None);
    signed.check(&["web", "--verify"], Some("unpacked charts cannot be verified"));
    signed.check(&[ARCHIVE, "--verify", "--keyring", "none.gpg"], Some("failed to load keyring: "));
    signed.check(&[ARCHIVE, "--keyring", "none.gpg"], None);
    signed.write("armored.gpg", &signed.ada.gpg(&["--export", "--armor"], b""));
    let not_binary = "openpgp: invalid data: tag byte does not have MSB set";
    signed.check(&[ARCHIVE, "--verify", "--keyring", "armored.gpg"], Some(not_binary));

    let bob = Home::new_or_skip().unwrap();
    bob.make_key("Bob Example <bob@example.com>", "ed25519", "sign", "never");
    let unknown = Some("openpgp: signature made by unknown entity");
    signed.check(&[ARCHIVE, "--verify", "--keyring", path(&bob.public_keyring())], unknown);

    signed.write("other.tgz", &signed.read(ARCHIVE));
    signed.check(&["other.tgz", "--verify"], Some("could not load provenance file "));
    signed.write("other.tgz.prov", &signed.read(&format!("{ARCHIVE}.prov")));
    let renamed = "provenance does not contain a SHA for a file named \"other.tgz\"";
    signed.check(&["other.tgz", "--verify"], Some(renamed));
    signed.write("web.tar", &signed.read(ARCHIVE));
    signed.check(&["web.tar", "--verify"], Some("chart must be a tgz file"));

    let provenance = String::from_utf8(signed.read(&format!("{ARCHIVE}.prov"))).unwrap();
    signed.write("none.tgz", &signed.read(ARCHIVE));
    signed.write("none.tgz.prov", b"not found");
    signed.check(&["none.tgz", "--verify"], Some("signature block not found"));
    signed.write("none.tgz.prov", provenance.replace("name: web", "name: wob").as_bytes());
    signed.check(&["none.tgz", "--verify"], Some("openpgp: invalid signature: "));
    signed.write(ARCHIVE, b"somebody else's chart");
    signed.check(&[ARCHIVE, "--verify"], Some(&format!("sha256 sum does not match for {ARCHIVE}: \"sha256:")));
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_elsewhere_have_their_provenance_beside_them() {
    let Some(signed) = Signed::new() else { return };
    signed.helm(&["repo", "index", "."]).ok();
    let folder = signed.folder.path().to_owned();
    let repository = WebServer::start(Wire::Plain, move |asked| {
        let file = folder.join(asked.path().trim_start_matches('/'));
        std::fs::read(file).map_or(Reply::status(404), Reply::ok)
    });
    let repository = repository.await.unwrap();
    let (archive, provenance) = (signed.read(ARCHIVE), signed.read(&format!("{ARCHIVE}.prov")));
    let mut content = Content::default();
    content.push("1.0.0_build.7", &Artifact::signed_chart(archive.clone(), provenance));
    // Another content: Helm keeps provenance by the digest of a chart.
    content.push("2.0.0", &Artifact::chart([archive, vec![0]].concat()));
    let registry =
        WebServer::start(Wire::Plain, move |asked| content.answer(&format!("http://{}", asked.header("host")), asked));
    let registry = registry.await.unwrap();
    tokio::task::spawn_blocking(move || {
        let url = repository.base();
        signed.check(&["web", "--repo", url, "--verify"], None);
        let chart = format!("oci://{}/charts/web", registry.host());
        signed.check(&[&chart, "--version", "1.0.0+build.7", "--plain-http", "--verify"], None);
        let missing = Some("failed to fetch provenance");
        signed.check(&[&chart, "--version", "2.0.0", "--plain-http", "--verify"], missing);
        // Helm would take what it has seen before.
        std::fs::remove_dir_all(signed.ada.path().join("helm")).unwrap();
        std::fs::remove_file(signed.folder.path().join(format!("{ARCHIVE}.prov"))).unwrap();
        signed.check(&["web", "--repo", url, "--verify"], missing);
    })
    .await
    .unwrap();
}
