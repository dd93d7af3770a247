//! Keeps the documentation true: the command reference is generated, and what the texts name exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Command, CommandFactory};
use tenter::cli::Cli;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The reference of one command: its help as `--help` prints it.
fn page(command: &mut Command, name: &str) -> String {
    format!("# {name}\n\n```text\n{}```\n", command.render_long_help().to_string().trim_end().to_owned() + "\n")
}

fn pages() -> Vec<(String, String)> {
    let mut root = Cli::command().term_width(110);
    root.build();
    let mut pages = vec![("tenter.md".to_owned(), page(&mut root.clone(), "tenter"))];
    add_pages(&mut root, "", &mut pages);
    pages
}

/// The pages of the commands below one: `render-kustomize.md` for `tenter render kustomize`.
fn add_pages(parent: &mut Command, above: &str, pages: &mut Vec<(String, String)>) {
    for command in parent.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let name = format!("{above}{}", command.get_name());
        pages.push((format!("{}.md", name.replace(' ', "-")), page(command, &format!("tenter {name}"))));
        add_pages(command, &format!("{name} "), pages);
    }
}

#[test]
fn the_command_reference_is_what_the_commands_say() {
    let folder = root().join("docs/cli");
    let pages = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(&folder).expect("docs/cli");
        for (file, text) in &pages {
            std::fs::write(folder.join(file), text).expect("a page");
        }
    }
    for (file, text) in &pages {
        let written = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert_eq!(written, *text, "docs/cli/{file} is out of date: run `just docs`");
    }
    let expected: BTreeSet<String> = pages.into_iter().map(|(file, _)| file).collect();
    let found: BTreeSet<String> = std::fs::read_dir(&folder)
        .expect("docs/cli")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, expected, "docs/cli holds a page of a command that does not exist");
}

/// The texts whose claims are checked.
fn texts() -> Vec<(String, String)> {
    let mut files =
        vec!["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].into_iter().map(PathBuf::from).collect::<Vec<_>>();
    for entry in std::fs::read_dir(root().join("docs")).expect("docs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(Path::new("docs").join(path.file_name().expect("a name")));
        }
    }
    files
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read_to_string(root().join(&file)).expect("a text")))
        .collect()
}

/// What stands between single backquotes, code blocks left out.
fn inline_code(text: &str) -> Vec<String> {
    let mut fenced = false;
    let prose: Vec<&str> = text
        .lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence && !line.starts_with("    ")
        })
        .collect();
    prose.join("\n").split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn paths_named_in_the_texts_exist() {
    const PLACES: [&str; 6] = ["crates/", "docs/", ".ci/", "tests/", "fuzz/", "examples/"];
    for (file, text) in texts() {
        for code in inline_code(&text) {
            let path = code.split([' ', ':']).next().unwrap_or_default();
            if PLACES.iter().any(|place| path.starts_with(place)) && !path.contains(['*', '<', '{']) {
                assert!(root().join(path).exists(), "{file} names {path}, which does not exist");
            }
        }
    }
}

#[test]
fn links_between_the_texts_lead_somewhere() {
    for (file, text) in texts() {
        let folder = Path::new(&file).parent().unwrap_or(Path::new("")).to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                assert!(root().join(&folder).join(path).exists(), "{file} links to {target}, which does not exist");
            }
        }
    }
}

#[test]
fn commands_named_in_the_texts_parse() {
    for (file, text) in texts() {
        let blocks =
            text.lines().filter(|line| line.starts_with("    ") || line.starts_with("tenter ")).map(str::to_owned);
        let commands = blocks.chain(inline_code(&text)).filter_map(|line| {
            let line = line.trim().trim_start_matches("$ ").split(" # ").next().unwrap_or_default().trim().to_owned();
            line.starts_with("tenter ").then_some(line)
        });
        for command in commands {
            // Names in capitals, brackets and alternatives are placeholders, not commands.
            if command.split(' ').any(|word| {
                word.contains(['[', '<', '|', '…']) || (word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()))
            }) {
                continue;
            }
            let words: Vec<&str> = command.split_whitespace().collect();
            let parsed = Cli::command().try_get_matches_from(&words);
            // A command that only has commands below it may be named alone.
            let harmless = parsed.as_ref().err().is_none_or(|error| {
                !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            });
            assert!(
                harmless,
                "{file} names `{command}`: {}",
                parsed.err().map(|error| error.to_string()).unwrap_or_default()
            );
        }
    }
}
