//! Lists `knowledge/**/*.md` for embedding, so that adding a page is adding a file. A page that
//! does not parse stops the build with a sentence that names it.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

#[allow(dead_code)]
#[path = "src/page.rs"]
mod page;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("knowledge");
    println!("cargo::rerun-if-changed=src/page.rs");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let text = fs::read_to_string(&file)?;
        if let Err(error) = page::parse(&text) {
            return Err(format!("{}: {error}", file.display()).into());
        }
        let id = file.strip_prefix(&root)?.with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        writeln!(
            code,
            "({id:?}, include_str!({:?})),",
            file.to_string_lossy()
        )?;
    }
    code.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("pages.rs"), code)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    // Watching the folder itself is what notices a file that was added or removed.
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
