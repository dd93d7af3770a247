//! Writes the seeds of every law into a folder, as corpora for the fuzz targets: `seeds FOLDER`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "fuzz/corpus".into()));
    for law in laws::all() {
        let corpus = folder.join(law.name);
        std::fs::create_dir_all(&corpus)?;
        for (number, seed) in law.seeds.iter().enumerate() {
            std::fs::write(corpus.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
