//! The pages: complete, well-formed, findable, and in the product's own words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path};

use omega_assistant::Knowledge;
use omega_common::{
    clients::{EntityType, OnboardingStatus, Service},
    documents::{DocumentCategory, required_categories},
    files::MAX_BYTES,
    onboarding::StepId,
};

#[test]
fn every_file_of_the_folder_is_a_page() {
    fn files(folder: &Path) -> usize {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                if path.is_dir() {
                    files(&path)
                } else {
                    usize::from(path.extension().is_some_and(|end| end == "md"))
                }
            })
            .sum()
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge");
    assert_eq!(Knowledge::shared().pages().len(), files(&folder));
}

#[test]
fn every_service_step_and_document_category_has_its_page() {
    let knowledge = Knowledge::shared();
    let page = |id: String| {
        knowledge
            .page(&id)
            .unwrap_or_else(|| panic!("{id}.md is missing"))
    };
    for service in Service::ALL {
        assert_eq!(page(format!("services/{service}")).title, service.title());
    }
    for step in StepId::ALL {
        let page = page(format!("steps/{step}"));
        assert!(
            page.title.starts_with(step.title()),
            "{} is not named as the step is",
            page.title
        );
        assert_eq!(page.url, format!("/onboarding?step={step}"));
    }
    for category in DocumentCategory::ALL {
        let page = page(format!("documents/{category}"));
        assert_eq!(page.title, category.title());
        assert!(
            page.section("Why").is_some(),
            "{} does not say why it is asked",
            page.id
        );
        assert!(
            *category == DocumentCategory::Other || page.section("Where").is_some(),
            "{} does not say where to find it",
            page.id
        );
    }
    let statuses = page("help/statuses".to_owned());
    for status in OnboardingStatus::ALL {
        let section = statuses
            .section(status.title())
            .unwrap_or_else(|| panic!("no word on {status}"));
        assert!(
            section
                .text
                .starts_with(&format!("{} means", status.title()))
        );
    }
    let offered = &page("steps/services".to_owned())
        .section("Which services")
        .unwrap()
        .text;
    assert!(
        Service::ALL
            .iter()
            .all(|service| offered.contains(service.title()))
    );
}

/// The pages tell what the code does; where they name its values, the two must agree.
#[test]
fn pages_agree_with_the_rules_of_the_product() {
    let knowledge = Knowledge::shared();
    let list = &knowledge
        .page("steps/documents")
        .unwrap()
        .opening()
        .unwrap()
        .text;
    for entity_type in EntityType::ALL {
        let line = list.lines().find(|line| {
            line.split(':')
                .next()
                .unwrap_or_default()
                .contains(entity_type.title())
                || *entity_type == EntityType::Nonprofit && line.contains("nonprofit:")
        });
        let line = line.unwrap_or_else(|| panic!("{entity_type} is not in the list"));
        let (_, documents) = line.split_once(':').unwrap();
        assert_eq!(
            documents.split(',').count(),
            required_categories(*entity_type).len(),
            "{line}"
        );
        for category in required_categories(*entity_type) {
            let word = match category {
                DocumentCategory::ArticlesOfIncorporation => "articles of",
                DocumentCategory::EinLetter => "EIN letter",
                DocumentCategory::TaxReturn => "tax return",
                DocumentCategory::BankStatement => "bank statement",
                other => panic!("say how the list names {other}"),
            };
            assert!(documents.contains(word), "{line} lacks {word}");
        }
    }
    let files = &knowledge
        .page("help/files")
        .unwrap()
        .opening()
        .unwrap()
        .text;
    assert!(files.contains(&format!("{} MB", MAX_BYTES / 1024 / 1024)));
    for kind in ["PDF", "PNG", "JPG", "HEIC", "CSV", "XLSX", "XLS", "DOCX"] {
        assert!(files.contains(kind), "{kind}");
    }
}

#[test]
fn every_page_is_found_by_its_own_title() {
    let knowledge = Knowledge::shared();
    for page in knowledge.pages() {
        let hits = knowledge.search(page.title, 1);
        assert_eq!(
            hits.first().map(|hit| hit.page.id),
            Some(page.id),
            "by “{}”",
            page.title
        );
    }
}

#[test]
fn every_section_is_found_by_its_title_and_heading() {
    let knowledge = Knowledge::shared();
    for page in knowledge.pages() {
        for heading in page.sections.iter().filter_map(|section| section.heading) {
            let hits = knowledge.search(&format!("{} {heading}", page.title), 1);
            assert_eq!(
                hits.first().map(|hit| hit.page.id),
                Some(page.id),
                "by “{heading}”"
            );
        }
    }
}

#[test]
fn titles_are_unique_and_links_lead_to_pages_of_the_site_or_the_irs() {
    let knowledge = Knowledge::shared();
    let mut titles: Vec<_> = knowledge.pages().iter().map(|page| page.title).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), knowledge.pages().len());
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../omega-site");
    for page in knowledge.pages() {
        if page.url.starts_with("https://") {
            assert!(
                page.url.starts_with("https://www.irs.gov/"),
                "{}: {}",
                page.id,
                page.url
            );
            continue;
        }
        let name = page
            .url
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_start_matches('/');
        assert!(
            site.join(format!("{name}.html")).is_file(),
            "{}: the site has no {}",
            page.id,
            page.url
        );
    }
}

#[test]
fn sections_are_short_plain_text() {
    for page in Knowledge::shared().pages() {
        for section in &page.sections {
            let text = &section.text;
            assert!(
                text.chars().count() <= 800,
                "{}, {:?}: {}",
                page.id,
                section.heading,
                text.chars().count()
            );
            assert!(
                !text.contains(['`', '*', '[', '#', '<']),
                "{}, {:?}: markup",
                page.id,
                section.heading
            );
            for sentence in text.split(['.', '\n', ';', ':']) {
                assert!(
                    sentence.split_whitespace().count() <= 45,
                    "{}: {sentence}",
                    page.id
                );
            }
        }
    }
}

/// A date without the rule for weekends would be wrong in some years.
#[test]
fn every_dated_section_says_that_weekends_move_the_date_and_names_its_source() {
    let months = [
        "January 31",
        "April 15",
        "March 15",
        "May 15",
        "15th day",
        "October 15",
    ];
    for page in Knowledge::shared()
        .pages()
        .iter()
        .filter(|page| page.id.starts_with("deadlines/"))
    {
        for section in &page.sections {
            if months.iter().any(|month| section.text.contains(month)) {
                assert!(
                    section.text.contains("next business day"),
                    "{}, {:?}",
                    page.id,
                    section.heading
                );
            }
        }
        let whole: String = page
            .sections
            .iter()
            .map(|section| section.text.as_str())
            .collect();
        assert!(
            ["IRS", "Instructions"]
                .iter()
                .any(|source| whole.contains(source)),
            "{} names no source",
            page.id
        );
    }
}

#[test]
fn a_question_about_something_else_finds_nothing() {
    let knowledge = Knowledge::shared();
    for question in [
        "",
        "why",
        "the of and",
        "capital of France",
        "weather tomorrow",
        "你好",
    ] {
        assert!(knowledge.search(question, 5).is_empty(), "{question}");
    }
}
