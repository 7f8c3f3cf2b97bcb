//! Tests of the site's files: that each page is whole, linked and reachable, and that no style is dead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};

use crate::site::{self, Page};
use crate::workspace::{read, root};

struct Document {
    /// `index` for `/`.
    name: String,
    html: Html,
    text: String,
}

impl Document {
    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let selector = Selector::parse(selector).unwrap();
        self.html.select(&selector).collect()
    }

    fn attribute(&self, selector: &str, name: &str) -> Option<&str> {
        self.all(selector)
            .first()
            .and_then(|element| element.value().attr(name))
    }

    fn title(&self) -> String {
        self.all("title")
            .first()
            .map(|title| title.text().collect())
            .unwrap_or_default()
    }
}

fn documents() -> Vec<Document> {
    let mut documents: Vec<_> = std::fs::read_dir(root().join(site::FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "html"))
        .map(|path| {
            let text = read(&path).unwrap();
            Document {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                html: Html::parse_document(&text),
                text,
            }
        })
        .collect();
    documents.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(documents.len() > 5);
    documents
}

fn name_of(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => "index",
        name => name,
    }
}

fn listed() -> BTreeMap<String, Page> {
    site::pages()
        .unwrap()
        .into_iter()
        .map(|page| (name_of(&page.path).to_owned(), page))
        .collect()
}

/// The modules of the site, ours alone.
fn modules() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("vendor") {
                collect(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "js") {
                found.push((path.display().to_string(), read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(site::FOLDER), &mut found);
    found
}

#[test]
fn every_page_is_in_the_list_of_pages() {
    let files: BTreeSet<_> = documents().into_iter().map(|page| page.name).collect();
    let listed: BTreeSet<_> = listed().into_keys().collect();
    assert_eq!(files, listed, "the files, and modules/site.js");
}

#[test]
fn every_page_is_whole() {
    let listed = listed();
    let mut problems = Vec::new();
    let inline_handler = Regex::new(r"\son[a-z]+\s*=").unwrap();
    let (mut titles, mut descriptions) = (BTreeSet::new(), BTreeSet::new());
    for page in documents() {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("{}: {what}", page.name));
            }
        };
        let count = |selector: &str| page.all(selector).len();
        check(
            page.text.starts_with("<!doctype html>\n<html lang=\"en\">"),
            "doctype and language",
        );
        let title = page.title();
        check(
            title.contains("OmegaOS") && title.len() <= 75,
            "a title of its own with the name of the site",
        );
        check(titles.insert(title), "another page has the same title");
        let description = page
            .attribute("meta[name=description]", "content")
            .unwrap_or_default()
            .to_owned();
        check((10..=200).contains(&description.len()), "a description");
        check(
            descriptions.insert(description),
            "another page has the same description",
        );
        let is_shown = |element: &ElementRef| {
            let mut ancestors = element.ancestors().filter_map(ElementRef::wrap);
            ancestors.all(|ancestor| ancestor.value().attr("hidden").is_none())
        };
        check(
            page.all("h1").iter().filter(|h1| is_shown(h1)).count() == 1,
            "one h1 that shows",
        );
        check(
            count("main#main") == 1 && count("main") == 1,
            "one main, #main",
        );
        check(count("body > header.site-header") == 1, "a header");
        check(
            count("body > footer.site-footer omega-footer") == 1,
            "a footer",
        );
        check(
            count("header.site-header omega-nav nav[aria-label]") == 1,
            "a navigation",
        );
        check(
            page.attribute("body > a:first-child", "href") == Some("#main")
                && page.attribute("body > a:first-child", "class") == Some("skip-link"),
            "the skip link first",
        );
        let indexed = listed.get(&page.name).is_some_and(|listed| listed.indexed);
        check(
            (page.attribute("meta[name=robots]", "content") == Some("noindex")) != indexed,
            "noindex where modules/site.js does not say `indexed`, and only there",
        );
        let module = format!(
            "/pages/{}.js",
            if page.name == "404" {
                "not-found"
            } else {
                &page.name
            }
        );
        let scripts: Vec<_> = page
            .all("script")
            .iter()
            .map(|script| (script.value().attr("type"), script.value().attr("src")))
            .collect();
        check(
            scripts == [(Some("module"), Some(&*module))],
            "one script, its module",
        );
        check(
            root().join(site::FOLDER).join(&module[1..]).exists(),
            "its module exists",
        );
        check(count("[style], style") == 0, "no inline style");
        check(!inline_handler.is_match(&page.text), "no inline handler");
        check(
            page.text.contains("prefers-color-scheme: dark")
                && page.text.contains("prefers-color-scheme: light"),
            "theme colours",
        );
        for line in crate::site::HEAD_OF_EVERY_PAGE {
            check(page.text.contains(line), line);
        }
        let mut ids = BTreeSet::new();
        for element in page.all("[id]") {
            let id = element.value().attr("id").unwrap_or_default();
            check(ids.insert(id), &format!("the id {id} twice"));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Whether an address of this site leads somewhere: to a page, at a part of it that exists, or to a file.
fn leads_somewhere(address: &str, from: &str, documents: &[Document]) -> bool {
    let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
    let path = path.split('?').next().unwrap_or_default();
    let name = if path.is_empty() { from } else { name_of(path) };
    if let Some(page) = documents.iter().find(|page| page.name == name) {
        return fragment.is_empty()
            || page
                .all("[id]")
                .iter()
                .any(|element| element.value().attr("id") == Some(fragment));
    }
    path.starts_with("/functions/")
        || root()
            .join(site::FOLDER)
            .join(path.trim_start_matches('/'))
            .is_file()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let mut problems = Vec::new();
    let mut followed = 0;
    for page in &documents {
        for element in page.all("[href], [src], form[action]") {
            let value = element.value();
            let Some(address) = value
                .attr("href")
                .or(value.attr("src"))
                .or(value.attr("action"))
            else {
                continue;
            };
            if address.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            // Search engines want whole addresses.
            let address = address.strip_prefix(site::ORIGIN).unwrap_or(address);
            let is_own =
                address.starts_with('/') && !address.starts_with("//") || address.starts_with('#');
            if !is_own || !leads_somewhere(address, &page.name, &documents) {
                problems.push(format!("{}: {address}", page.name));
            }
        }
    }
    let in_modules =
        Regex::new(r#"(?:href: |location\.(?:assign|replace)\()["`](/[^"`$]*)["`$]"#).unwrap();
    for (file, text) in modules() {
        for found in in_modules.captures_iter(&text) {
            followed += 1;
            if !leads_somewhere(&found[1], "", &documents) {
                problems.push(format!("{file}: {}", &found[1]));
            }
        }
    }
    assert!(followed > 50, "only {followed} links were found");
    assert!(problems.is_empty(), "{problems:#?}");
}
#[test]
fn no_style_is_dead_and_none_is_missing() {
    let style_sheet = String::from_utf8(site::style_sheet().unwrap().1).unwrap();
    let without_urls = Regex::new(r#"url\([^)]*\)|/\*[\s\S]*?\*/"#)
        .unwrap()
        .replace_all(&style_sheet, "");
    let selectors = Regex::new(r"[^{};]*\{").unwrap();
    let class = Regex::new(r"\.([a-z][a-z0-9-]*)").unwrap();
    let styled: BTreeSet<String> = selectors
        .find_iter(&without_urls)
        .flat_map(|selector| {
            class
                .captures_iter(selector.as_str())
                .map(|found| found[1].to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        styled.len() > 60,
        "only {} classes were found",
        styled.len()
    );

    // The style guide shows what there is, so it is no use of it.
    let documents: Vec<_> = documents()
        .into_iter()
        .filter(|page| page.name != "styleguide")
        .collect();
    let mut used = String::new();
    for text in documents
        .iter()
        .map(|page| &page.text)
        .chain(modules().iter().map(|(_, text)| text))
    {
        used.push_str(text);
        used.push('\n');
    }
    let of_the_guide = read(&root().join(site::FOLDER).join("components/guide/guide.css")).unwrap();
    let is_used = |name: &str| {
        Regex::new(&format!(r"(^|[^\w-]){name}($|[^\w-])"))
            .unwrap()
            .is_match(&used)
            || of_the_guide.contains(&format!(".{name}"))
    };
    let dead: Vec<_> = styled.iter().filter(|name| !is_used(name)).collect();
    assert!(dead.is_empty(), "styled but used nowhere: {dead:?}");

    let in_html: BTreeSet<&str> = documents
        .iter()
        .flat_map(|page| page.all("[class]"))
        .filter_map(|element| element.value().attr("class"))
        .flat_map(str::split_whitespace)
        .collect();
    let is_handle = |name: &str| {
        modules()
            .iter()
            .any(|(_, text)| text.contains(&format!("\".{name}\"")))
    };
    let missing: Vec<_> = in_html
        .iter()
        .filter(|name| !styled.contains(**name) && !is_handle(name))
        .collect();
    assert!(missing.is_empty(), "used but styled nowhere: {missing:?}");
}
