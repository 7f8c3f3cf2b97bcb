//! The form of a knowledge page: front matter, then sections of plain text under headings.
//!
//! ```text
//! ---
//! title: Form W-9
//! url: /documents
//! keywords: other words that clients use for it
//! ---
//! The opening section stands under the title.
//!
//! ## Why we ask
//! …
//! ```

use std::fmt;

/// A page as it is written, before it is indexed.
#[derive(Debug, PartialEq)]
pub struct Parsed<'a> {
    pub title: &'a str,
    /// The page of the site, or of the IRS, that says more.
    pub url: &'a str,
    /// Other words for the same thing; searched, never shown.
    pub keywords: &'a str,
    pub sections: Vec<ParsedSection<'a>>,
}

#[derive(Debug, PartialEq)]
pub struct ParsedSection<'a> {
    /// `None` for the opening section.
    pub heading: Option<&'a str>,
    /// Paragraphs apart by an empty line, list entries a line each.
    pub text: String,
}

/// Why a page can't be used.
#[derive(Debug, PartialEq)]
pub enum PageError {
    NoFrontMatter,
    UnknownField(String),
    Missing(&'static str),
    Url,
    EmptySection(String),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFrontMatter => {
                f.write_str("the page must open with front matter between two lines of `---`")
            }
            Self::UnknownField(line) => write!(
                f,
                "front matter knows title, url and keywords, not `{line}`"
            ),
            Self::Missing(field) => write!(f, "front matter lacks `{field}`"),
            Self::Url => f.write_str(
                "url must be a path of the site that starts with `/`, or start with `https://`",
            ),
            Self::EmptySection(heading) => write!(f, "nothing stands under `{heading}`"),
        }
    }
}

impl std::error::Error for PageError {}

pub fn parse(text: &str) -> Result<Parsed<'_>, PageError> {
    let rest = text.strip_prefix("---\n").ok_or(PageError::NoFrontMatter)?;
    let (front, body) = rest.split_once("\n---\n").ok_or(PageError::NoFrontMatter)?;
    let (mut title, mut url, mut keywords) = ("", "", "");
    for line in front.lines().filter(|line| !line.trim().is_empty()) {
        let field = match line.split_once(':') {
            Some(("title", _)) => &mut title,
            Some(("url", _)) => &mut url,
            Some(("keywords", _)) => &mut keywords,
            _ => return Err(PageError::UnknownField(line.to_owned())),
        };
        *field = line.split_once(':').map_or("", |(_, value)| value.trim());
    }
    if title.is_empty() {
        return Err(PageError::Missing("title"));
    }
    if url.is_empty() {
        return Err(PageError::Missing("url"));
    }
    // `//host` would leave the site.
    if !(url.starts_with("https://") || url.starts_with('/') && !url.starts_with("//")) {
        return Err(PageError::Url);
    }

    let mut sections = vec![ParsedSection {
        heading: None,
        text: String::new(),
    }];
    for line in body.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push(ParsedSection {
                heading: Some(heading.trim()),
                text: String::new(),
            });
        } else if let Some(section) = sections.last_mut() {
            append(&mut section.text, line);
        }
    }
    for section in &mut sections {
        section.text.truncate(section.text.trim_end().len());
        if section.text.is_empty() {
            return Err(PageError::EmptySection(
                section.heading.unwrap_or(title).to_owned(),
            ));
        }
    }
    Ok(Parsed {
        title,
        url,
        keywords,
        sections,
    })
}

/// Joins wrapped lines into paragraphs; a list entry keeps its own line.
fn append(text: &mut String, line: &str) {
    if line.is_empty() {
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push_str("\n\n");
        }
    } else if line.starts_with("- ") {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
    } else {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_wrapped_lines_and_keeps_lists() {
        let page = parse(
            "---\ntitle: A page\nurl: /documents\nkeywords: x, y\n---\nOne line\nand the next.\n\nA list:\n- first\n- second\n  goes on\n\n## Why\nBecause.\n",
        )
        .unwrap();
        assert_eq!(page.title, "A page");
        assert_eq!(page.keywords, "x, y");
        assert_eq!(
            page.sections[0].text,
            "One line and the next.\n\nA list:\n- first\n- second goes on"
        );
        assert_eq!(
            page.sections[1],
            ParsedSection {
                heading: Some("Why"),
                text: "Because.".to_owned()
            }
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_page() {
        let front = |front: &str| parse(&format!("---\n{front}\n---\nText.\n")).unwrap_err();
        assert_eq!(parse("Text."), Err(PageError::NoFrontMatter));
        assert_eq!(front("title: A"), PageError::Missing("url"));
        assert_eq!(front("url: /a"), PageError::Missing("title"));
        assert_eq!(front("title: A\nurl: a"), PageError::Url);
        assert_eq!(front("title: A\nurl: //elsewhere.example"), PageError::Url);
        assert_eq!(front("title: A\nurl: javascript:alert(1)"), PageError::Url);
        assert_eq!(
            front("title: A\nurl: /a\nauthor: B"),
            PageError::UnknownField("author: B".to_owned())
        );
        assert_eq!(
            parse("---\ntitle: A\nurl: /a\n---\nText.\n\n## Empty\n"),
            Err(PageError::EmptySection("Empty".to_owned()))
        );
    }
}
