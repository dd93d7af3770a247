//! `spec.decryption`: what SOPS encrypted in files and objects, as kustomize-controller decrypts it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::ObjectRef;
use crypto::sops::{self, Format, Keys, SopsError};
use kinds::flux::Kustomization;
use manifest::tree::{self, Entry};
use manifest::yaml::{Limits, Profile, read_value};
use manifest::{Diagnostic, GroupVersionKind, Manifest, Tree, Value};
use sha2::{Digest, Sha256};

use super::halt::Halt;

/// The only provider.
const SOPS: &str = "sops";

/// How the entries of a Secret end that are keys of age, and of OpenPGP.
const AGE_KEY: &str = ".agekey";
const OPENPGP_KEY: &str = ".asc";

/// The annotation of objects that stay encrypted.
const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";
const DISABLED: &str = "disabled";

/// The largest encrypted file, as in kustomize-controller.
const MAX_FILE: usize = 5 << 20;

/// What becomes of what SOPS encrypted.
#[derive(Debug)]
pub enum Decryption {
    /// Nobody asked for it to be decrypted: an encrypted Secret is an error.
    NotAsked,
    /// It is decrypted with these keys.
    With(Box<SopsKeys>),
    /// It stays as it is: what is made of it is only looked at.
    Sealed,
}

/// Private keys, and what tells them from others.
#[derive(Debug, Default)]
pub struct SopsKeys {
    keys: Keys,
    digest: [u8; 32],
}

/// The Secret with the keys, if there is one.
pub fn reference(kustomization: &Kustomization) -> Option<ObjectRef> {
    let secret = kustomization.spec.decryption.as_ref()?.secret_ref.as_ref()?;
    let gvk = GroupVersionKind::from_api_version("v1", "Secret");
    Some(ObjectRef::new(gvk, &kustomization.metadata.namespace, &secret.name))
}

impl Decryption {
    /// What a Kustomization asks for, with the keys in the Secret that [`reference()`] names.
    ///
    /// # Errors
    /// Another provider, a Secret that is not there, or one with something else than keys.
    pub fn of(
        kustomization: &Kustomization,
        found: &BTreeMap<ObjectRef, Option<Arc<Value>>>,
    ) -> Result<Decryption, Halt> {
        let Some(asked) = &kustomization.spec.decryption else { return Ok(Decryption::NotAsked) };
        if asked.provider != SOPS {
            return Err(Halt::Unsupported { field: "spec.decryption.provider other than sops" });
        }
        let mut keys = SopsKeys::default();
        if let Some(secret) = reference(kustomization) {
            let (namespace, name) = (&secret.namespace, &secret.name);
            match found.get(&secret).and_then(Option::as_deref) {
                Some(object) => keys.add_secret(&format!("{namespace}/{name}"), object)?,
                None => {
                    let missing = Diagnostic::error(format!("sops decryption Secret '{namespace}/{name}' not found"));
                    let hint = "Create it with the private keys, or correct spec.decryption.secretRef.";
                    return Err(Halt::Build(vec![missing.with_hint(hint)]));
                }
            }
        }
        Ok(Decryption::With(Box::new(keys)))
    }

    /// With the keys of a file of `age-keygen`.
    ///
    /// # Errors
    /// Something that is no key, by its line.
    pub fn with_age_keys(text: &str) -> Result<Decryption, Halt> {
        let mut keys = SopsKeys::default();
        keys.keys.add_age(text).map_err(|error| refused(error.to_string()))?;
        keys.digest = Sha256::digest(text).into();
        Ok(Decryption::With(Box::new(keys)))
    }

    /// What tells a build with these keys from others.
    pub(super) fn digest(&self) -> &[u8] {
        match self {
            Decryption::With(keys) => &keys.digest,
            Decryption::NotAsked | Decryption::Sealed => &[],
        }
    }

    /// The files with those decrypted that kustomizations below a folder make Secrets of, or patch with.
    pub(super) fn files<'t>(
        &self,
        files: &'t Tree,
        folder: &str,
        components: &[String],
    ) -> Result<Cow<'t, Tree>, Halt> {
        let Decryption::With(keys) = self else { return Ok(Cow::Borrowed(files)) };
        let mut sources = Sources { files, keys: &keys.keys, decrypted: BTreeMap::new(), seen: BTreeSet::new() };
        sources.visit(folder)?;
        for component in components {
            sources.visit_below(folder, component)?;
        }
        if sources.decrypted.is_empty() {
            return Ok(Cow::Borrowed(files));
        }
        let mut entries: BTreeMap<Arc<str>, Entry> =
            files.entries().map(|(path, entry)| (path.clone(), entry.clone())).collect();
        for (path, content) in sources.decrypted {
            entries.insert(path.into(), Entry::File { content: content.into(), executable: false });
        }
        Ok(Cow::Owned(Tree::new(entries)))
    }

    /// Objects that are encrypted, and Secrets with values that are, decrypted.
    pub(super) fn objects(&self, manifests: &mut [Manifest]) -> Result<(), Halt> {
        let mut problems = Vec::new();
        for manifest in manifests {
            let is_disabled = manifest.annotation(DECRYPT).is_some_and(|value| value.eq_ignore_ascii_case(DISABLED));
            if !is_disabled && let Err(problem) = self.object(manifest) {
                problems.push(match &manifest.origin.location {
                    Some(location) => problem.at(location.clone()),
                    None => problem,
                });
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Halt::Build(problems)) }
    }

    fn object(&self, manifest: &mut Manifest) -> Result<(), Diagnostic> {
        let id = manifest.id();
        let failed =
            |what: String, error: &SopsError| Diagnostic::error(format!("decryption failed for {id}{what}: {error}"));
        let is_secret = manifest.value["kind"] == "Secret" && manifest.value["apiVersion"] == "v1";
        match self {
            Decryption::Sealed => Ok(()),
            Decryption::NotAsked if is_secret && manifest.value.get("sops").is_some() => {
                let message = format!(
                    "{id} is SOPS encrypted, configuring decryption is required for this secret to be reconciled"
                );
                Err(Diagnostic::error(message)
                    .with_hint("Set spec.decryption of the Kustomization, with a Secret that holds the private key."))
            }
            Decryption::NotAsked => Ok(()),
            Decryption::With(keys) if sops::is_encrypted(&manifest.value) => {
                manifest.value =
                    sops::decrypt_object(&manifest.value, &keys.keys).map_err(|error| failed(String::new(), &error))?;
                Ok(())
            }
            Decryption::With(keys) if is_secret => {
                let Some(data) = manifest.value.get_mut("data").and_then(Value::as_object_mut) else { return Ok(()) };
                for (key, value) in data {
                    // What is no base64 is refused by the API server, with its own words.
                    let Some(content) = value.as_str().and_then(decoded) else { continue };
                    let decrypted = sops::decrypt_entry(key, &content, &keys.keys)
                        .map_err(|error| failed(format!(" field '{key}'"), &error))?;
                    if let Some(decrypted) = decrypted {
                        *value = Value::String(STANDARD.encode(decrypted));
                    }
                }
                Ok(())
            }
            Decryption::With(_) => Ok(()),
        }
    }
}

impl SopsKeys {
    /// Adds the keys in a Secret; its other entries are credentials for services, which are not asked.
    fn add_secret(&mut self, name: &str, secret: &Value) -> Result<(), Halt> {
        let mut hash = Sha256::new();
        for (key, value) in secret["data"].as_object().into_iter().flatten() {
            let failed = |why: String| {
                refused(format!("failed to import '{key}' data from sops decryption Secret '{name}': {why}"))
            };
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
            let bytes = bytes.map_err(|_| failed("it is not base64".to_owned()))?;
            if key.ends_with(AGE_KEY) {
                let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
                self.keys.add_age(text).map_err(|error| failed(error.to_string()))?;
            } else if key.ends_with(OPENPGP_KEY) {
                self.keys.add_openpgp(&bytes).map_err(|error| failed(error.to_string()))?;
            } else {
                continue;
            }
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(&bytes);
        }
        self.digest = hash.finalize().into();
        Ok(())
    }
}

/// Kustomizations, and the files of theirs that are encrypted.
struct Sources<'a> {
    files: &'a Tree,
    keys: &'a Keys,
    /// By the path to which links lead.
    decrypted: BTreeMap<String, Vec<u8>>,
    seen: BTreeSet<String>,
}

impl Sources<'_> {
    /// Looks at the kustomization of a folder, and at those it leads to. One that is not there or cannot be read is for
    /// the build to refuse.
    fn visit(&mut self, folder: &str) -> Result<(), Halt> {
        if !self.files.is_folder(folder) || !self.seen.insert(folder.to_owned()) {
            return Ok(());
        }
        let Some(kustomization) = self.kustomization(folder) else { return Ok(()) };
        let items = |field: &str| kustomization[field].as_array().cloned().unwrap_or_default();
        for generator in items("secretGenerator") {
            let texts = |field: &str| {
                let given = generator[field].as_array().into_iter().flatten().filter_map(Value::as_str);
                given.map(str::to_owned).collect::<Vec<_>>()
            };
            for source in texts("files") {
                // The key tells the format: of `config.yaml=encrypted.txt`, the first name.
                let (key, path) = source.split_once('=').unwrap_or((&source, &source));
                self.decrypt(folder, path, Format::of_path(key))?;
            }
            for path in texts("envs").into_iter().chain(generator["env"].as_str().map(str::to_owned)) {
                let format = match Format::of_path(&path) {
                    Format::Binary => Format::Dotenv,
                    format => format,
                };
                self.decrypt(folder, &path, format)?;
            }
        }
        for patch in items("patches") {
            if let Some(path) = patch["path"].as_str() {
                self.decrypt(folder, path, Format::of_path(path))?;
            }
        }
        for below in items("resources").iter().chain(&items("components")).filter_map(Value::as_str) {
            self.visit_below(folder, below)?;
        }
        Ok(())
    }

    fn visit_below(&mut self, folder: &str, path: &str) -> Result<(), Halt> {
        tree::join(folder, path).map_or(Ok(()), |below| self.visit(&below))
    }

    fn kustomization(&self, folder: &str) -> Option<Value> {
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let path = names.iter().filter_map(|name| tree::join(folder, name)).find(|path| self.files.is_file(path))?;
        let text = String::from_utf8(self.files.read(&path).ok()?.to_vec()).ok()?;
        read_value(&text, &path, Profile::Kubectl, &Limits::default()).ok()
    }

    fn decrypt(&mut self, folder: &str, path: &str, format: Format) -> Result<(), Halt> {
        let Some(path) = tree::join(folder, path).and_then(|path| self.files.resolve(&path).ok()) else {
            return Ok(());
        };
        if self.decrypted.contains_key(&path) {
            return Ok(());
        }
        let Ok(content) = self.files.read(&path) else { return Ok(()) };
        if content.len() > MAX_FILE {
            let (size, what) = (content.len(), "cannot decrypt file with size");
            return Err(refused(format!("{path}: {what} ({size} bytes) exceeding limit ({MAX_FILE})")));
        }
        match sops::decrypt_file(content, format, format, self.keys) {
            Ok(Some(decrypted)) => {
                self.decrypted.insert(path, decrypted);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => Err(refused(format!("error decrypting sources: {path}: {error}"))),
        }
    }
}

/// What base64 says; line breaks in it do not count, and kustomize makes some.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|character| *character != '\n' && *character != '\r').collect();
    STANDARD.decode(text).ok()
}

/// A build that does not begin.
fn refused(message: String) -> Halt {
    Halt::Build(vec![Diagnostic::error(message)])
}
