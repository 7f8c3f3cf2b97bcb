//! From text to search terms, for pages and questions alike: lowercase Unicode words, a light
//! stemmer, stop words, and the synonyms that clients and the tax trade use.

/// Words that carry no topic. The question words `why`, `where`, `when` and `how` are kept, since
/// headings use them.
const STOP_WORDS: &[&str] = &[
    "a",
    "able",
    "about",
    "actually",
    "all",
    "already",
    "also",
    "am",
    "an",
    "and",
    "any",
    "anyone",
    "anything",
    "are",
    "arent",
    "as",
    "ask",
    "asked",
    "asking",
    "asks",
    "at",
    "be",
    "because",
    "been",
    "being",
    "between",
    "bit",
    "but",
    "by",
    "called",
    "can",
    "cannot",
    "cant",
    "could",
    "currently",
    "did",
    "didnt",
    "difference",
    "do",
    "does",
    "doesnt",
    "dont",
    "else",
    "ever",
    "everything",
    "exactly",
    "for",
    "from",
    "get",
    "getting",
    "give",
    "go",
    "got",
    "had",
    "happen",
    "happened",
    "happens",
    "has",
    "hasnt",
    "have",
    "havent",
    "having",
    "he",
    "heard",
    "heck",
    "hello",
    "help",
    "helps",
    "her",
    "here",
    "hey",
    "hi",
    "his",
    "i",
    "id",
    "if",
    "ill",
    "im",
    "in",
    "into",
    "is",
    "isnt",
    "it",
    "its",
    "ive",
    "just",
    "kind",
    "know",
    "let",
    "like",
    "lot",
    "may",
    "me",
    "mean",
    "mention",
    "mentioned",
    "might",
    "mine",
    "more",
    "much",
    "must",
    "my",
    "need",
    "no",
    "not",
    "now",
    "of",
    "oh",
    "ok",
    "on",
    "one",
    "or",
    "our",
    "ours",
    "out",
    "please",
    "possible",
    "question",
    "questions",
    "really",
    "said",
    "say",
    "says",
    "she",
    "should",
    "so",
    "some",
    "someone",
    "something",
    "sort",
    "stand",
    "stands",
    "still",
    "tell",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "this",
    "those",
    "to",
    "today",
    "told",
    "too",
    "understand",
    "up",
    "us",
    "use",
    "used",
    "using",
    "very",
    "want",
    "was",
    "wasnt",
    "we",
    "well",
    "were",
    "what",
    "whats",
    "which",
    "who",
    "will",
    "with",
    "wonder",
    "wondering",
    "wont",
    "would",
    "yes",
    "you",
    "your",
    "yours",
];

/// Question words: weak evidence, since they only tell which section of a page is meant.
pub(crate) const ASPECTS: &[&str] = &["why", "where", "when", "how", "long", "explain", "find"];

/// Phrases of several words that are one term. By first word, for the search; of one first word the
/// longer phrases first.
const PHRASES: &[(&[&str], &[&str])] = &[
    (&["1120", "s"], &["1120s", "scorp"]),
    (&["147", "c"], &["147c"]),
    (
        &["articles", "of", "incorporation"],
        &["articles", "incorporation"],
    ),
    (
        &["articles", "of", "organization"],
        &["articles", "incorporation"],
    ),
    (&["bill", "pay"], &["billpay"]),
    (&["business", "type"], &["legalform"]),
    (&["business", "types"], &["legalform"]),
    (
        &["buy", "a", "business"],
        &["merger", "acquisition", "business"],
    ),
    (
        &["buying", "a", "business"],
        &["merger", "acquisition", "business"],
    ),
    (&["c", "corp"], &["ccorp"]),
    (&["c", "corporation"], &["ccorp"]),
    (&["c", "corporations"], &["ccorp"]),
    (
        &["certificate", "of", "formation"],
        &["articles", "incorporation"],
    ),
    (
        &["certificate", "of", "incorporation"],
        &["articles", "incorporation"],
    ),
    (&["cp", "575"], &["cp575"]),
    (&["due", "date"], &["due"]),
    (&["due", "dates"], &["due"]),
    (&["employer", "identification", "number"], &["ein"]),
    (&["entity", "type"], &["legalform"]),
    (&["entity", "types"], &["legalform"]),
    (&["how", "big"], &["size"]),
    (&["how", "large"], &["size"]),
    (&["in", "progress"], &["inprogress"]),
    (&["in", "review"], &["inreview"]),
    (&["income", "statement"], &["profitloss"]),
    (&["k", "1"], &["k1"]),
    (&["kind", "of", "business"], &["legalform"]),
    (&["kinds", "of", "business"], &["legalform"]),
    (&["legal", "form"], &["legalform"]),
    (&["legal", "forms"], &["legalform"]),
    (&["limited", "liability", "company"], &["llc"]),
    (&["log", "in"], &["signin"]),
    (&["logging", "in"], &["signin"]),
    (&["m", "a"], &["merger", "acquisition"]),
    (
        &["mergers", "and", "acquisitions"],
        &["merger", "acquisition"],
    ),
    (&["p", "l"], &["profitloss"]),
    (&["pay", "my", "bills"], &["billpay"]),
    (&["pay", "our", "bills"], &["billpay"]),
    (&["pay", "bills"], &["billpay"]),
    (&["profit", "and", "loss"], &["profitloss"]),
    (&["profit", "loss"], &["profitloss"]),
    (&["s", "corp"], &["scorp"]),
    (&["s", "corporation"], &["scorp"]),
    (&["s", "corporations"], &["scorp"]),
    (&["s", "corps"], &["scorp"]),
    (&["s", "election"], &["scorp", "election"]),
    (&["schedule", "c"], &["schedulec"]),
    (&["self", "employed"], &["soleproprietor"]),
    (&["sign", "in"], &["signin"]),
    (&["signing", "in"], &["signin"]),
    (&["sole", "proprietor"], &["soleproprietor"]),
    (&["sole", "proprietors"], &["soleproprietor"]),
    (&["sole", "proprietorship"], &["soleproprietor"]),
    (&["subchapter", "s"], &["scorp"]),
    (&["tax", "id", "number"], &["ein"]),
    (&["tax", "id"], &["ein"]),
    (&["type", "of", "business"], &["legalform"]),
    (&["under", "review"], &["inreview"]),
    (&["w", "2"], &["w2"]),
    (&["w", "2s"], &["w2"]),
    (&["w", "9"], &["w9"]),
    (&["w", "9s"], &["w9"]),
];

/// Single words, sorted. The first of a group of synonyms stands for it.
const WORDS: &[(&str, &[&str])] = &[
    ("1065", &["1065", "partnership"]),
    ("1099s", &["1099"]),
    ("1120", &["1120", "ccorp"]),
    ("1120s", &["1120s", "scorp"]),
    ("990", &["990", "nonprofit"]),
    ("acquisitions", &["acquisition"]),
    ("application", &["onboarding"]),
    ("attach", &["upload"]),
    ("bookkeeper", &["bookkeeping"]),
    ("charge", &["cost"]),
    ("charges", &["cost"]),
    ("charity", &["nonprofit"]),
    ("companies", &["business"]),
    ("company", &["business"]),
    ("confidential", &["private"]),
    ("covers", &["cover"]),
    ("deadline", &["due"]),
    ("deadlines", &["due"]),
    ("delete", &["remove"]),
    ("deleted", &["remove"]),
    ("doc", &["document"]),
    ("docs", &["document"]),
    ("eins", &["ein"]),
    ("elect", &["election"]),
    ("elected", &["election"]),
    ("employees", &["employee"]),
    ("encrypted", &["encrypt", "safe"]),
    ("encryption", &["encrypt", "safe"]),
    ("excel", &["xlsx"]),
    ("expensive", &["cost"]),
    ("fee", &["cost"]),
    ("fees", &["cost"]),
    ("fein", &["ein"]),
    ("forgotten", &["forgot"]),
    ("freelancer", &["soleproprietor"]),
    ("human", &["person"]),
    ("include", &["cover"]),
    ("included", &["cover"]),
    ("includes", &["cover"]),
    ("incorporated", &["incorporation"]),
    ("jpeg", &["jpg"]),
    ("login", &["signin"]),
    ("megabytes", &["mb"]),
    ("mergers", &["merger"]),
    ("nonprofits", &["nonprofit"]),
    ("paid", &["pay"]),
    ("papers", &["document"]),
    ("paperwork", &["document"]),
    ("partnerships", &["partnership"]),
    ("payment", &["pay"]),
    ("payments", &["pay"]),
    ("people", &["person"]),
    ("photograph", &["photo"]),
    ("picture", &["photo"]),
    ("pictures", &["photo"]),
    ("preparation", &["prepar"]),
    ("price", &["cost"]),
    ("prices", &["cost"]),
    ("pricing", &["cost"]),
    ("privacy", &["private"]),
    ("protected", &["safe"]),
    ("quarterly", &["quarter"]),
    ("reject", &["refused"]),
    ("rejected", &["refused"]),
    ("safely", &["safe"]),
    ("safety", &["safe"]),
    ("scorp", &["scorp"]),
    ("screenshot", &["photo"]),
    ("secure", &["safe"]),
    ("security", &["safe"]),
    ("send", &["upload"]),
    ("sending", &["upload"]),
    ("sent", &["upload"]),
    ("signin", &["signin"]),
    ("spreadsheet", &["xlsx"]),
    ("statuses", &["status"]),
    ("store", &["storage"]),
    ("stored", &["storage"]),
    ("submission", &["submit"]),
    ("submitted", &["submit"]),
    ("supplier", &["vendor"]),
    ("taxes", &["tax"]),
    ("vendors", &["vendor"]),
    ("w2s", &["w2"]),
    ("w9s", &["w9"]),
    ("wages", &["wage"]),
    ("worker", &["employee"]),
    ("workers", &["employee"]),
];

/// Lowercase words: letters and digits, apostrophes dropped (`don't` is `dont`), and a possessive
/// `'s` with them.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        } else if matches!(character, '\'' | '’') && !word.is_empty() {
            // "client's" is the word "client"; in "what's" the s is a verb, and no loss either.
            if characters
                .peek()
                .is_some_and(|next| matches!(next, 's' | 'S'))
            {
                let mut ahead = characters.clone();
                ahead.next();
                if ahead.peek().is_none_or(|after| !after.is_alphanumeric()) {
                    characters.next();
                }
            }
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Search terms of a text, in order, repeated as often as they occur.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let words = words(text);
    let mut terms = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    while let Some(word) = rest.first() {
        let from = PHRASES.partition_point(|(phrase, _)| phrase[0] < word.as_str());
        let phrase = PHRASES[from..]
            .iter()
            .take_while(|(phrase, _)| phrase[0] == word)
            .find(|(phrase, _)| {
                rest.len() >= phrase.len() && phrase.iter().zip(rest).all(|(a, b)| a == b)
            });
        if let Some((phrase, canonical)) = phrase {
            terms.extend(canonical.iter().map(|term| stem(term)));
            rest = &rest[phrase.len()..];
            continue;
        }
        rest = &rest[1..];
        if let Ok(index) = WORDS.binary_search_by(|(known, _)| (*known).cmp(word)) {
            let (_, canonical) = WORDS[index];
            terms.extend(canonical.iter().map(|term| stem(term)));
        } else if word.chars().count() > 1 && STOP_WORDS.binary_search(&word.as_str()).is_err() {
            terms.push(if ASPECTS.contains(&word.as_str()) {
                word.clone()
            } else {
                stem(word)
            });
        }
    }
    terms
}

/// A light English stemmer: plurals, `-ing`, `-ed` and a final `e`. It only has to bring the forms
/// of a word together, not to find its root.
fn stem(word: &str) -> String {
    if !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut stem = word.to_owned();
    if let Some(base) = stem.strip_suffix("ies").filter(|base| base.len() >= 2) {
        stem = format!("{base}y");
    } else if let Some(base) = stem.strip_suffix("es").filter(|base| {
        ["x", "ch", "sh", "ss", "z"]
            .iter()
            .any(|end| base.ends_with(end))
    }) {
        stem = base.to_owned();
    } else if let Some(base) = stem
        .strip_suffix('s')
        .filter(|base| base.len() >= 3 && !base.ends_with(['s', 'u', 'i']))
    {
        stem = base.to_owned();
    }
    for suffix in ["ing", "ed"] {
        let base = stem
            .strip_suffix(suffix)
            .filter(|base| base.len() >= 3 && base.contains(['a', 'e', 'i', 'o', 'u', 'y']));
        if let Some(base) = base {
            let bytes = base.as_bytes();
            // "submitted" is "submit"; "billing" stays "bill".
            let doubled = bytes.len() > 3
                && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
                && !base.ends_with(['l', 's', 'z']);
            stem = base[..base.len() - usize::from(doubled)].to_owned();
            break;
        }
    }
    if stem.len() >= 4 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

/// Splits a text into pieces that read well as they appear: sentences and lines. Joined again they
/// are the text.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        piece.push(character);
        let next = characters.peek().copied();
        let ends = match character {
            '\n' => next != Some('\n'),
            ' ' => piece.trim_end_matches(' ').ends_with(['.', '?', '!', ':']),
            _ => false,
        };
        if ends {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_the_binary_search() {
        assert!(STOP_WORDS.is_sorted());
        assert!(WORDS.is_sorted_by_key(|(word, _)| word));
        assert!(PHRASES.is_sorted_by_key(|(phrase, _)| phrase[0]));
    }

    #[test]
    fn longer_phrases_come_before_their_beginnings() {
        for (index, (phrase, _)) in PHRASES.iter().enumerate() {
            for (earlier, _) in &PHRASES[..index] {
                assert!(
                    !phrase.starts_with(earlier),
                    "{phrase:?} can't be reached behind {earlier:?}"
                );
            }
        }
    }

    #[test]
    fn forms_of_a_word_meet() {
        for group in [
            &["file", "filed", "filing", "files"][..],
            &["policy", "policies"],
            &["submit", "submitted", "submission", "submitting"],
            &["lease", "leases", "leasing"],
            &["expense", "expenses"],
            &["business", "businesses", "business's"],
            &["statement", "statements"],
            &["status", "statuses"],
        ] {
            let first = terms(group[0]);
            for word in group {
                assert_eq!(terms(word), first, "{word}");
            }
        }
    }

    #[test]
    fn names_of_forms_and_entities_are_one_term() {
        assert_eq!(terms("1120-S"), terms("1120S"));
        assert!(terms("1120S").contains(&terms("S corp")[0]));
        assert_eq!(terms("S-Corporation"), terms("s corp"));
        assert_eq!(terms("W-9"), ["w9"]);
        assert_eq!(terms("P&L"), terms("profit and loss"));
        assert_eq!(terms("income statement"), terms("profit & loss"));
        assert_eq!(
            terms("articles of organization"),
            terms("Articles of Incorporation")
        );
        assert_eq!(terms("employer identification number"), ["ein"]);
    }

    #[test]
    fn words_are_unicode() {
        assert_eq!(
            words("Don’t the CLIENT’S naïve Übung, 你好!"),
            ["dont", "the", "client", "naïve", "übung", "你好"]
        );
    }

    #[test]
    fn pieces_join_to_the_text() {
        let text = "One. Two? Three:\n- a\n- b\n\nLast";
        assert_eq!(
            pieces(text),
            ["One. ", "Two? ", "Three:\n", "- a\n", "- b\n\n", "Last"]
        );
        assert_eq!(pieces(text).concat(), text);
    }
}
