//! What of the site is put together from its parts: the style sheet, the style guide, a new page.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::tools;
use crate::workspace::{read, root, write};

pub const FOLDER: &str = "omega-site";
/// What every page has around its own content; `{name}` and its like are filled in.
const PAGE: &str = include_str!("page.html");
/// Where the site is, for files that must name it whole.
pub const ORIGIN: &str = "https://omegaos.co";
const STYLES_BEFORE_COMPONENTS: [&str; 4] = ["tokens", "reset", "base", "layout"];
const STYLES_AFTER_COMPONENTS: [&str; 1] = ["utilities"];

/// What the head of each page has, line by line.
#[cfg(test)]
pub const HEAD_OF_EVERY_PAGE: [&str; 6] = [
    r#"<meta charset="utf-8">"#,
    r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#,
    r##"<meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)">"##,
    r#"<link rel="icon" href="/favicon.svg" type="image/svg+xml">"#,
    r#"<link rel="preload" href="/vendor/inter/inter-latin-wght-normal.woff2" as="font" type="font/woff2" crossorigin>"#,
    r#"<link rel="stylesheet" href="/styles/omega.css">"#,
];

/// A line of `modules/site.js`.
#[derive(Debug, Deserialize)]
pub struct Page {
    pub path: String,
    pub label: String,
    pub links: Vec<String>,
    #[serde(default)]
    pub indexed: bool,
    /// Who must be signed in to see it: `client` or `staff`.
    pub needs: Option<String>,
}

fn folder() -> PathBuf {
    root().join(FOLDER)
}

/// The one style sheet of all pages: tokens and base, the components in the order of their names, utilities.
pub fn style_sheet() -> Result<(PathBuf, Vec<u8>)> {
    let mut sheet = String::from(
        "/* Put together by `cargo xtask generate` from styles/ and components/. */\n",
    );
    let mut add = |path: String| -> Result<()> {
        write!(sheet, "\n/* {path} */\n{}", read(&folder().join(&path))?)?;
        Ok(())
    };
    for name in STYLES_BEFORE_COMPONENTS {
        add(format!("styles/{name}.css"))?;
    }
    for component in components()? {
        let path = format!("components/{component}/{component}.css");
        if folder().join(&path).exists() {
            add(path)?;
        }
    }
    for name in STYLES_AFTER_COMPONENTS {
        add(format!("styles/{name}.css"))?;
    }
    sheet.push_str("\n/* Icons of vendor.json */\n@layer components {\n");
    for icon in icons()? {
        writeln!(
            sheet,
            "  [data-icon=\"{icon}\"] {{\n    --icon: url(\"/vendor/lucide/{icon}.svg\");\n  }}"
        )?;
    }
    sheet.push_str("}\n");
    Ok((folder().join("styles/omega.css"), sheet.into_bytes()))
}

/// The names of the folders in `omega-site/components`, sorted.
pub fn components() -> Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(folder().join("components"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// The icons that were taken over from Lucide.
fn icons() -> Result<Vec<String>> {
    let list: Vec<crate::generate::Vendored> =
        serde_json::from_str(&read(&folder().join("vendor/vendor.json"))?)?;
    let files = list
        .into_iter()
        .flat_map(|vendored| vendored.files.into_values());
    Ok(files
        .filter_map(|file| {
            let icon = file.strip_prefix("lucide/")?.strip_suffix(".svg")?;
            Some(icon.to_owned())
        })
        .collect())
}

/// Every component in every state, from the examples beside them.
pub fn style_guide(pages: &[Page]) -> Result<(PathBuf, Vec<u8>)> {
    let mut main = String::from(
        "      <div class=\"stack-loose\">\n        <h1>Style guide</h1>\n        <p class=\"lead narrow\">Each component in each of its states, as every page draws them.</p>\n",
    );
    let mut links = String::new();
    let mut sections = String::new();
    let parts = std::iter::once(("styles".to_owned(), "styles/example.html".to_owned())).chain(
        components()?
            .into_iter()
            .map(|name| (name.clone(), format!("components/{name}/example.html"))),
    );
    for (name, path) in parts {
        let title = title_of(&name);
        let example = read(&folder().join(&path))
            .with_context(|| format!("{FOLDER}/{path}: a component shows its states there"))?;
        writeln!(
            links,
            "            <li><a href=\"#{name}\">{title}</a></li>"
        )?;
        writeln!(
            sections,
            "        <section class=\"section guide stack\" id=\"{name}\" aria-labelledby=\"{name}-title\">\n          <h2 id=\"{name}-title\">{title}</h2>\n{}\n        </section>",
            indent(&example, 10)
        )?;
    }
    write!(
        main,
        "        <nav aria-label=\"Components\">\n          <ul class=\"guide-links\">\n{links}          </ul>\n        </nav>\n{sections}      </div>"
    )?;
    let html = document(
        pages,
        "styleguide",
        "Style guide · OmegaOS",
        "Each component of the site in each of its states.",
        &main,
    );
    Ok((folder().join("styleguide.html"), html.into_bytes()))
}

fn title_of(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn indent(text: &str, by: usize) -> String {
    let lines = text.trim_end().lines();
    lines
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{:by$}{line}", "")
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A page as it begins: not for search engines.
fn document(pages: &[Page], name: &str, title: &str, description: &str, main: &str) -> String {
    PAGE.replace("{title}", title)
        .replace("{description}", description)
        .replace("{name}", name)
        .replace("{nav}", &visitor_nav(pages))
        .replace("{footer}", &footer(pages))
        .replace("{main}", main)
}

/// The list of pages, as the module of the site gives it.
pub fn pages() -> Result<Vec<Page>> {
    let output = Command::new(tools::node())
        .current_dir(folder())
        .args([
            "--input-type=module",
            "--eval",
            "import { pages } from './modules/site.js'; console.log(JSON.stringify(pages));",
        ])
        .output()
        .context("node")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn links(pages: &[Page], place: &str, indentation: usize) -> String {
    let items: Vec<String> = pages
        .iter()
        .filter(|page| page.links.iter().any(|link| link == place))
        .map(|page| {
            format!(
                "{:indentation$}<li><a href=\"{}\">{}</a></li>",
                "", page.path, page.label
            )
        })
        .collect();
    items.join("\n")
}

/// What stands in a page's `<omega-nav>` for a visitor without JavaScript.
fn visitor_nav(pages: &[Page]) -> String {
    format!(
        "        <nav class=\"site-nav\" aria-label=\"Main\">\n          <ul>\n{}\n          </ul>\n        </nav>",
        links(pages, "visitor", 12)
    )
}

/// What stands in a page's `<omega-footer>`.
fn footer(pages: &[Page]) -> String {
    format!(
        "        <p>OmegaOS looks after the books, taxes and payroll of small businesses.</p>\n        <nav aria-label=\"About OmegaOS\">\n          <ul>\n{}\n          </ul>\n        </nav>",
        links(pages, "footer", 12)
    )
}

/// Brings what stands in each page's header and footer up to the list of pages.
pub fn frames(pages: &[Page]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let (nav, footer) = (visitor_nav(pages), footer(pages));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "html") || path.ends_with("styleguide.html") {
            continue;
        }
        let html = read(&path)?;
        let html = between(&html, "<omega-nav>", "</omega-nav>", &nav)
            .and_then(|html| between(&html, "<omega-footer>", "</omega-footer>", &footer))
            .with_context(|| path.display().to_string())?;
        files.push((path, html.into_bytes()));
    }
    Ok(files)
}

fn between(text: &str, start: &str, end: &str, content: &str) -> Result<String> {
    let (before, rest) = text
        .split_once(start)
        .with_context(|| format!("no {start}"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("no {end}"))?;
    Ok(format!("{before}{start}\n{content}\n      {end}{after}"))
}

/// For search engines: the pages that they may list.
pub fn sitemap(pages: &[Page]) -> Result<(PathBuf, Vec<u8>)> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for page in pages.iter().filter(|page| page.indexed) {
        writeln!(xml, "  <url><loc>{ORIGIN}{}</loc></url>", page.path)?;
    }
    xml.push_str("</urlset>\n");
    Ok((folder().join("sitemap.xml"), xml.into_bytes()))
}

/// The service worker, with a version that follows from the files it keeps. `generated` are files of this run,
/// which may not be on the disk yet.
pub fn service_worker(generated: &[(PathBuf, Vec<u8>)]) -> Result<(PathBuf, Vec<u8>)> {
    let file = folder().join("sw.js");
    let script = read(&file)?;
    let (_, rest) = script
        .split_once("const kept = [")
        .context("sw.js lost its list")?;
    let (list, _) = rest.split_once("];").context("sw.js lost its list")?;
    let mut hash = Sha256::new();
    for path in list.split('"').skip(1).step_by(2) {
        let name = path.trim_start_matches('/');
        let mut kept = folder().join(name);
        if kept.extension().is_none() {
            kept.set_extension("html");
        }
        let content = match generated.iter().find(|(path, _)| *path == kept) {
            Some((_, content)) => content.clone(),
            None => std::fs::read(&kept).with_context(|| format!("sw.js keeps {path}"))?,
        };
        hash.update(name);
        hash.update([0]);
        hash.update(Sha256::digest(content));
    }
    let version: String = hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (start, end) = ("const version = \"", "\";\n");
    let (before, rest) = script.split_once(start).context("sw.js lost its version")?;
    let (_, after) = rest.split_once(end).context("sw.js lost its version")?;
    let script = format!("{before}{start}{version}{end}{after}");
    Ok((file, script.into_bytes()))
}

/// `cargo xtask new page NAME`: the page, its module, and its line in the list of pages.
pub fn new_page(name: &str) -> Result<()> {
    ensure!(
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "a page's name is its address: lower-case letters, digits and hyphens"
    );
    let html = folder().join(format!("{name}.html"));
    let module = folder().join(format!("pages/{name}.js"));
    for file in [&html, &module] {
        if file.exists() {
            bail!("{} is there already", file.display());
        }
    }
    let list = folder().join("modules/site.js");
    let title = title_of(name);
    let lines = read(&list)?;
    let end = "\n];\n";
    ensure!(lines.contains(end), "{} lost its list", list.display());
    let line = format!("\n  {{ path: \"/{name}\", label: \"{title}\", links: [] }},");
    write(&list, lines.replacen(end, &format!("{line}{end}"), 1))?;
    let main = format!(
        "      <div class=\"stack\">\n        <h1>{title}</h1>\n        <p class=\"lead narrow\">What this page is for, in a sentence.</p>\n      </div>"
    );
    write(
        &html,
        document(
            &pages()?,
            name,
            &format!("{title} · OmegaOS"),
            &format!("{title}: what this page is for, in a sentence."),
            &main,
        ),
    )?;
    write(&module, "// @ts-check\nimport \"../modules/nav.js\";\n")?;
    println!("wrote {}", html.display());
    println!("wrote {}", module.display());
    println!("added to {}: say there where it is linked", list.display());
    Ok(())
}
