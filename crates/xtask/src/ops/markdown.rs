//! Pages of the documentation as blocks that the browser shows without markdown or HTML.

use anyhow::{Context, Result, bail};
use ops_center::{Block, Inline, Runbook};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A page whose first heading is its title.
pub fn runbook(id: &str, text: &str) -> Result<Runbook> {
    let mut blocks = blocks(text).with_context(|| format!("docs/runbooks/{id}.md"))?;
    match blocks.first() {
        Some(Block::Heading { level: 1, content }) => {
            let title = content.iter().map(|run| run.text.as_str()).collect();
            blocks.remove(0);
            Ok(Runbook {
                id: id.to_owned(),
                title,
                blocks,
            })
        }
        _ => bail!("docs/runbooks/{id}.md does not begin with its title"),
    }
}

/// What stands below a heading of level 2, up to the next one.
pub fn section(text: &str, title: &str) -> Result<Vec<Block>> {
    let heading = format!("\n## {title}\n");
    let (_, rest) = text
        .split_once(&heading)
        .with_context(|| format!("there is no section {title}"))?;
    blocks(rest.split("\n## ").next().unwrap_or_default())
}

fn blocks(text: &str) -> Result<Vec<Block>> {
    let mut reader = Reader {
        events: Parser::new_ext(text, Options::ENABLE_TABLES).collect(),
    };
    reader.events.reverse();
    reader.blocks(None)
}

/// Events, the next one last.
struct Reader<'a> {
    events: Vec<Event<'a>>,
}

impl Reader<'_> {
    /// Blocks up to `end`, which is taken too. Text that stands in a list item without a paragraph of its
    /// own becomes one.
    fn blocks(&mut self, end: Option<TagEnd>) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        let mut loose = Vec::new();
        while let Some(event) = self.events.pop() {
            if !matches!(
                event,
                Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. })
                    | Event::Text(_)
                    | Event::Code(_)
                    | Event::SoftBreak
            ) && !loose.is_empty()
            {
                blocks.push(Block::Paragraph {
                    content: tidied(std::mem::take(&mut loose)),
                });
            }
            match event {
                Event::End(found) if Some(found) == end => break,
                Event::Start(Tag::Paragraph) => blocks.push(Block::Paragraph {
                    content: self.inline(TagEnd::Paragraph)?,
                }),
                Event::Start(Tag::Heading { level, .. }) => blocks.push(Block::Heading {
                    level: level as u8,
                    content: self.inline(TagEnd::Heading(level))?,
                }),
                Event::Start(Tag::CodeBlock(_)) => blocks.push(self.code()?),
                Event::Start(Tag::List(start)) => blocks.push(self.list(start)?),
                Event::Start(Tag::Table(_)) => blocks.push(self.table()?),
                Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. })
                | Event::Text(_)
                | Event::Code(_)
                | Event::SoftBreak => {
                    self.events.push(event);
                    self.run(&Inline::default(), &mut loose)?;
                }
                other => bail!("{other:?} is not shown in the DevOps Center yet"),
            }
        }
        if !loose.is_empty() {
            blocks.push(Block::Paragraph {
                content: tidied(loose),
            });
        }
        Ok(blocks)
    }

    fn code(&mut self) -> Result<Block> {
        let mut text = String::new();
        loop {
            match self.events.pop() {
                Some(Event::Text(line)) => text.push_str(&line),
                Some(Event::End(TagEnd::CodeBlock)) => break,
                other => bail!("{other:?} in a block of code"),
            }
        }
        Ok(Block::Code {
            text: text.trim_end().to_owned(),
        })
    }

    fn list(&mut self, start: Option<u64>) -> Result<Block> {
        let mut items = Vec::new();
        loop {
            match self.events.pop() {
                Some(Event::Start(Tag::Item)) => items.push(self.blocks(Some(TagEnd::Item))?),
                Some(Event::End(TagEnd::List(_))) => break,
                other => bail!("{other:?} in a list"),
            }
        }
        Ok(Block::List {
            ordered: start.is_some(),
            start: start.unwrap_or(1),
            items,
        })
    }

    fn table(&mut self) -> Result<Block> {
        let (mut header, mut rows, mut row) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            match self.events.pop() {
                Some(Event::Start(Tag::TableCell)) => row.push(self.inline(TagEnd::TableCell)?),
                Some(Event::Start(Tag::TableHead | Tag::TableRow)) => {}
                Some(Event::End(TagEnd::TableHead)) => header = std::mem::take(&mut row),
                Some(Event::End(TagEnd::TableRow)) => rows.push(std::mem::take(&mut row)),
                Some(Event::End(TagEnd::Table)) => break,
                other => bail!("{other:?} in a table"),
            }
        }
        Ok(Block::Table { header, rows })
    }

    fn inline(&mut self, end: TagEnd) -> Result<Vec<Inline>> {
        let mut runs = Vec::new();
        self.runs(&Inline::default(), end, &mut runs)?;
        Ok(tidied(runs))
    }

    fn runs(&mut self, style: &Inline, end: TagEnd, runs: &mut Vec<Inline>) -> Result<()> {
        loop {
            match self.events.last() {
                Some(Event::End(found)) if *found == end => {
                    self.events.pop();
                    return Ok(());
                }
                Some(_) => self.run(style, runs)?,
                None => bail!("{end:?} does not come"),
            }
        }
    }

    fn run(&mut self, style: &Inline, runs: &mut Vec<Inline>) -> Result<()> {
        let with_text = |text: &str| Inline {
            text: text.to_owned(),
            ..style.clone()
        };
        match self.events.pop() {
            Some(Event::Text(text)) => runs.push(with_text(&text)),
            Some(Event::SoftBreak) => runs.push(with_text(" ")),
            Some(Event::Code(text)) => runs.push(Inline {
                code: true,
                ..with_text(&text)
            }),
            Some(Event::Start(Tag::Strong)) => {
                self.runs(
                    &Inline {
                        strong: true,
                        ..style.clone()
                    },
                    TagEnd::Strong,
                    runs,
                )?;
            }
            // There is one emphasis in the Center.
            Some(Event::Start(Tag::Emphasis)) => {
                self.runs(
                    &Inline {
                        strong: true,
                        ..style.clone()
                    },
                    TagEnd::Emphasis,
                    runs,
                )?;
            }
            Some(Event::Start(Tag::Link { dest_url, .. })) => {
                self.runs(
                    &Inline {
                        href: address(&dest_url),
                        ..style.clone()
                    },
                    TagEnd::Link,
                    runs,
                )?;
            }
            other => bail!("{other:?} is not shown in the DevOps Center yet"),
        }
        Ok(())
    }
}

/// Where a link leads in the Center: outside, or to another runbook. What else the repository holds is
/// not on the site.
fn address(target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return Some(target.to_owned());
    }
    let name = target.strip_suffix(".md")?;
    let name = name.strip_prefix("docs/runbooks/").unwrap_or(name);
    (!name.contains('/')).then(|| format!("#runbook-{name}"))
}

/// Neighbours of one style as one run.
fn tidied(runs: Vec<Inline>) -> Vec<Inline> {
    let mut tidy: Vec<Inline> = Vec::new();
    for run in runs {
        match tidy.last_mut() {
            Some(last)
                if !last.code
                    && !run.code
                    && last.strong == run.strong
                    && last.href == run.href =>
            {
                last.text.push_str(&run.text);
            }
            _ => tidy.push(run),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_blocks() {
        let page = "# Do it\n\nFirst *this*, see [add-a-page.md](add-a-page.md) and\n[the rules](../rules.md).\n\n\
            1. Run `x`:\n\n   ```sh\n   x --y\n   ```\n2. Done, **at last**\n\n| A | B |\n|---|---|\n| `c` | [d](https://e.co) |\n";
        let runbook = runbook("do-it", page).unwrap();
        assert_eq!(runbook.title, "Do it");
        let text = |text: &str| Inline {
            text: text.to_owned(),
            ..Inline::default()
        };
        let strong = |text: &str| Inline {
            strong: true,
            ..Inline {
                text: text.to_owned(),
                ..Inline::default()
            }
        };
        let code = |text: &str| Inline {
            code: true,
            ..Inline {
                text: text.to_owned(),
                ..Inline::default()
            }
        };
        let link = |text: &str, href: &str| Inline {
            href: Some(href.to_owned()),
            ..Inline {
                text: text.to_owned(),
                ..Inline::default()
            }
        };
        assert_eq!(
            runbook.blocks,
            [
                Block::Paragraph {
                    content: vec![
                        text("First "),
                        strong("this"),
                        text(", see "),
                        link("add-a-page.md", "#runbook-add-a-page"),
                        text(" and the rules."),
                    ],
                },
                Block::List {
                    ordered: true,
                    start: 1,
                    items: vec![
                        vec![
                            Block::Paragraph {
                                content: vec![text("Run "), code("x"), text(":")]
                            },
                            Block::Code {
                                text: "x --y".to_owned()
                            },
                        ],
                        vec![Block::Paragraph {
                            content: vec![text("Done, "), strong("at last")]
                        }],
                    ],
                },
                Block::Table {
                    header: vec![vec![text("A")], vec![text("B")]],
                    rows: vec![vec![vec![code("c")], vec![link("d", "https://e.co")]]],
                },
            ]
        );
    }

    #[test]
    fn what_can_not_be_shown_is_an_error_and_not_left_out() {
        assert!(runbook("x", "# X\n\n<b>no</b>\n").is_err());
        assert!(runbook("x", "No title\n").is_err());
    }

    #[test]
    fn a_section_ends_at_the_next() {
        let page =
            "# A\n\n## Run\n\none\n\n## Deploy\n\ntwo\n\n### More\n\nthree\n\n## End\n\nfour\n";
        assert_eq!(section(page, "Deploy").unwrap().len(), 3);
        assert!(section(page, "Nothing").is_err());
    }
}
