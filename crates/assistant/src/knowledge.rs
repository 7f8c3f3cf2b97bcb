//! The firm's own pages, embedded at compile time, and the search over their sections.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use bm25::{Embedding, Scorer, TokenEmbedder, TokenEmbedding};
use omega_common::messages::Source;

use crate::{
    page,
    text::{self, ASPECTS},
};

/// `(id, text)` of every file under `knowledge/`, listed by the build script.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Of a question's weight in rare words, the part that a section must hold to count as an answer.
/// Below it the honest reply is that we do not know.
const MIN_CONFIDENCE: f32 = 0.55;

/// And the part that its title, heading or keywords must hold: a word met in passing is no answer.
const MIN_SUBJECT: f32 = 0.25;

/// A page that names its subject is what a question about that subject is after.
const TITLE_WEIGHT: u16 = 2;
const HEADING_WEIGHT: u16 = 3;
/// Other names belong to the subject as a whole, so to its opening first.
const KEYWORD_WEIGHT: (u16, u16) = (3, 1);

/// Sections are short and much alike in length, so length says less than BM25 assumes by default.
const LENGTH_NORMALIZATION: f32 = 0.4;

/// Who asks about a subject as a whole gets its opening rather than one of its parts.
const OPENING_BONUS: f32 = 1.15;

/// "Why we ask …" answers "Why …", and is no answer to "What is …".
const SAME_ASPECT: f32 = 1.2;
const OTHER_ASPECT: f32 = 0.75;

/// Repeating a word makes a section less relevant than BM25 assumes by default.
const TERM_SATURATION: f32 = 0.9;

/// How much it counts that a question names the whole of a heading: "payroll" is about "Payroll"
/// rather than "Payroll report".
const HEADING_BONUS: f32 = 0.6;

#[derive(Debug)]
pub struct Page {
    /// Path below `knowledge/` without its ending: `documents/w9`.
    pub id: &'static str,
    pub title: &'static str,
    pub url: &'static str,
    pub sections: Vec<Section>,
}

impl Page {
    pub fn source(&self) -> Source {
        Source {
            title: self.title.to_owned(),
            url: self.url.to_owned(),
        }
    }

    /// The section of which the heading begins so, as in `Why`.
    pub fn section(&self, heading: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.heading.is_some_and(|own| own.starts_with(heading)))
    }

    pub fn opening(&self) -> Option<&Section> {
        self.sections.first()
    }
}

#[derive(Debug)]
pub struct Section {
    /// `None` for the opening section, which stands under the page's title.
    pub heading: Option<&'static str>,
    pub text: String,
}

/// A section that answers a question.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'k> {
    pub page: &'k Page,
    pub section: &'k Section,
    pub score: f32,
    /// 0 to 1: how much of what the question asks about the section holds.
    pub confidence: f32,
}

/// Page and section.
type Id = (u16, u16);

/// A term as the index holds it.
type Term = u32;

/// The knowledge base and its index. Building it takes a few milliseconds; keep it.
pub struct Knowledge {
    pages: Vec<Page>,
    scorer: Scorer<Id, Term>,
    /// In how many sections a term occurs.
    frequencies: HashMap<Term, u16>,
    vocabulary: BTreeMap<Id, Vocabulary>,
}

/// The terms of a section, sorted, to tell how much of a question it holds.
struct Vocabulary {
    all: Vec<Term>,
    /// Those of its title, heading and keywords.
    subject: Vec<Term>,
    /// Those of its heading; of the title, for an opening.
    heading: Vec<Term>,
    /// Which question the heading answers: `why`, `where`, `when` or `long`.
    aspect: Option<&'static str>,
}

impl Knowledge {
    /// The instance of this process, built at the first use.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Knowledge> = OnceLock::new();
        SHARED.get_or_init(Self::embedded)
    }

    /// Builds the index over the embedded pages.
    pub fn embedded() -> Self {
        // The build script has refused every page that does not parse.
        let parsed = FILES
            .iter()
            .filter_map(|(id, text)| Some((*id, page::parse(text).ok()?)));
        Self::index(parsed)
    }

    /// Everything here runs within a request's few milliseconds, so each text is read once.
    fn index(parsed: impl Iterator<Item = (&'static str, page::Parsed<'static>)>) -> Self {
        let mut pages = Vec::new();
        let mut vocabulary = BTreeMap::new();
        let mut sections_terms: Vec<(Id, Vec<(Term, u16)>)> = Vec::new();
        for (page_index, (id, parsed)) in parsed.enumerate() {
            let title = hashes(parsed.title);
            let keywords: Vec<Term> = parsed.keywords.split(',').flat_map(hashes).collect();
            let mut sections = Vec::with_capacity(parsed.sections.len());
            for (section_index, section) in parsed.sections.into_iter().enumerate() {
                let id = (page_index as u16, section_index as u16);
                let heading_terms = text::terms(section.heading.unwrap_or(parsed.title));
                let aspect = SECTION_ASPECTS
                    .into_iter()
                    .find(|aspect| heading_terms.iter().any(|term| term == aspect));
                let heading: Vec<Term> = heading_terms.iter().map(|term| hash(term)).collect();
                let body = hashes(&section.text);
                let keyword_weight = if section.heading.is_none() {
                    KEYWORD_WEIGHT.0
                } else {
                    KEYWORD_WEIGHT.1
                };
                let counts = count(&[
                    (&title, TITLE_WEIGHT),
                    (&heading, HEADING_WEIGHT),
                    (&keywords, keyword_weight),
                    (&body, 1),
                ]);
                vocabulary.insert(
                    id,
                    Vocabulary {
                        all: counts.iter().map(|(term, _)| *term).collect(),
                        subject: distinct([title.as_slice(), &heading, &keywords].concat()),
                        heading: distinct(heading),
                        aspect,
                    },
                );
                sections_terms.push((id, counts));
                sections.push(Section {
                    heading: section.heading,
                    text: section.text,
                });
            }
            pages.push(Page {
                id,
                title: parsed.title,
                url: parsed.url,
                sections,
            });
        }

        let length = |counts: &[(Term, u16)]| {
            counts
                .iter()
                .map(|(_, count)| f32::from(*count))
                .sum::<f32>()
        };
        let total: f32 = sections_terms
            .iter()
            .map(|(_, counts)| length(counts))
            .sum();
        let average = total / sections_terms.len().max(1) as f32;
        let mut scorer = Scorer::new();
        let mut frequencies = HashMap::new();
        for (id, counts) in &sections_terms {
            for (term, _) in counts {
                *frequencies.entry(*term).or_insert(0) += 1;
            }
            scorer.upsert(id, embedding(counts, length(counts) / average));
        }
        Self {
            pages,
            scorer,
            frequencies,
            vocabulary,
        }
    }

    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == id)
    }

    /// Sections that answer the question, best first; empty when none does.
    pub fn search(&self, question: &str, limit: usize) -> Vec<Hit<'_>> {
        let mut terms = text::terms(question);
        terms.sort_unstable();
        terms.dedup();
        if terms.iter().all(|term| is_aspect(term)) {
            return Vec::new();
        }
        let mut asked: Vec<&str> = SECTION_ASPECTS
            .into_iter()
            .filter(|aspect| terms.iter().any(|term| term == aspect))
            .collect();
        // "The deadline of …" asks for a when, and "How do I find …" for a where.
        for (term, aspect) in [("due", "when"), ("find", "where")] {
            if terms.iter().any(|own| own == term) {
                asked.push(aspect);
            }
        }
        // How much each term weighs in the question; sorted as the vocabularies are.
        let mut weights: Vec<(Term, f32)> = terms
            .iter()
            .map(|term| (hash(term), self.question_weight(term)))
            .collect();
        weights.sort_unstable_by_key(|(term, _)| *term);
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let held_by = |sorted: &[Term]| -> f32 {
            weights
                .iter()
                .filter(|(term, _)| sorted.binary_search(term).is_ok())
                .map(|(_, weight)| weight)
                .sum()
        };
        let query = Embedding(
            weights
                .iter()
                .map(|(term, _)| TokenEmbedding {
                    index: *term,
                    value: 1.0,
                })
                .collect(),
        );
        let mut hits: Vec<(Id, Hit<'_>)> = self
            .scorer
            .matches(&query)
            .into_iter()
            .filter_map(|scored| {
                let own = self.vocabulary.get(&scored.id)?;
                let confidence = held_by(&own.all) / total;
                let subject = held_by(&own.subject) / total;
                if confidence < MIN_CONFIDENCE || subject < MIN_SUBJECT {
                    return None;
                }
                let heading: f32 = own.heading.iter().map(|term| self.weight(*term)).sum();
                let named: f32 = own
                    .heading
                    .iter()
                    .filter(|term| {
                        weights
                            .binary_search_by_key(*term, |(asked, _)| *asked)
                            .is_ok()
                    })
                    .map(|term| self.weight(*term))
                    .sum();
                let page = self.pages.get(usize::from(scored.id.0))?;
                let section = page.sections.get(usize::from(scored.id.1))?;
                // A section that holds more of the question beats one that repeats a part of it.
                let named = if heading > 0.0 { named / heading } else { 0.0 };
                let mut score = scored.score * confidence * (1.0 + HEADING_BONUS * named);
                score *= match own.aspect {
                    Some(aspect) if asked.contains(&aspect) => SAME_ASPECT,
                    Some(_) => OTHER_ASPECT,
                    None if section.heading.is_none() && asked.is_empty() => OPENING_BONUS,
                    None => 1.0,
                };
                let hit = Hit {
                    page,
                    section,
                    score,
                    confidence,
                };
                Some((scored.id, hit))
            })
            .collect();
        // The scorer's order of equals is not stable.
        hits.sort_by(|(a_id, a), (b_id, b)| b.score.total_cmp(&a.score).then(a_id.cmp(b_id)));
        hits.truncate(limit);
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    /// The best answer to `question` of those that hold what `about` adds to it.
    pub(crate) fn search_about(&self, question: &str, about: &str) -> Option<Hit<'_>> {
        let wanted = text::terms(about);
        let wanted: Vec<_> = wanted.iter().filter(|term| !is_aspect(term)).collect();
        if wanted.is_empty() {
            return None;
        }
        let hits = self.search(question, usize::MAX);
        let holds = |text: &str| {
            let held = text::terms(text);
            wanted.iter().all(|term| held.contains(term))
        };
        let heading = |hit: &Hit<'_>| {
            format!(
                "{} . {}",
                hit.page.title,
                hit.section.heading.unwrap_or_default()
            )
        };
        let named = hits.iter().find(|hit| holds(&heading(hit)));
        named
            .or_else(|| hits.iter().find(|hit| holds(&hit.section.text)))
            .copied()
    }

    /// Rare words say most about what is asked. A word that no page has is the rarest: a question
    /// about something else must not be answered by the words around it.
    fn weight(&self, term: Term) -> f32 {
        let sections = self.vocabulary.len() as f32;
        let frequency = f32::from(self.frequencies.get(&term).copied().unwrap_or(0));
        (1.0 + (sections - frequency + 0.5) / (frequency + 0.5)).ln()
    }

    fn question_weight(&self, term: &str) -> f32 {
        let weight = self.weight(hash(term));
        if is_aspect(term) {
            0.2 * weight
        } else if is_form(term) {
            2.0 * weight
        } else {
            weight
        }
    }
}

/// What a heading tells of its section.
const SECTION_ASPECTS: [&str; 4] = ["long", "why", "where", "when"];

fn hash(term: &str) -> Term {
    <u32 as TokenEmbedder>::embed(term)
}

fn hashes(text: &str) -> Vec<Term> {
    text::terms(text).iter().map(|term| hash(term)).collect()
}

fn distinct(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// How often each term counts, sorted by term.
fn count(fields: &[(&[Term], u16)]) -> Vec<(Term, u16)> {
    let mut counts: Vec<(Term, u16)> = fields
        .iter()
        .flat_map(|(terms, weight)| terms.iter().map(|term| (*term, *weight)))
        .collect();
    counts.sort_unstable_by_key(|(term, _)| *term);
    counts.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
    counts
}

/// The part of BM25 that belongs to a document; the scorer brings that of the corpus. `bm25::Embedder`
/// computes the same, from words it would have to be given once for every time they count.
fn embedding(counts: &[(Term, u16)], relative_length: f32) -> Embedding<Term> {
    let damping =
        TERM_SATURATION * (1.0 - LENGTH_NORMALIZATION + LENGTH_NORMALIZATION * relative_length);
    let value = |count: u16| {
        let count = f32::from(count);
        count * (TERM_SATURATION + 1.0) / (count + damping)
    };
    Embedding(
        counts
            .iter()
            .map(|(term, count)| TokenEmbedding {
                index: *term,
                value: value(*count),
            })
            .collect(),
    )
}

/// "1120s", "w9", "147c": the name of a form tells a subject by itself. A year does not.
fn is_form(term: &str) -> bool {
    let year = term.len() == 4 && (term.starts_with("19") || term.starts_with("20"));
    term.len() > 1 && !year && term.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_aspect(term: &str) -> bool {
    ASPECTS.contains(&term)
}
