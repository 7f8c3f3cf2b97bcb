//! A layout as a PDF.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::EmbeddedFile;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::{Document, SerializeSettings};

use crate::PdfError;
use crate::font::Faces;
use crate::layout::{Ink, Layout, PAGE, Part, Role, Shape, Weight};

const LANGUAGE: &str = "en-US";

/// What a reader shows about the document.
pub struct Description<'a> {
    pub title: &'a str,
    pub about: &'a str,
    /// When it was made. Without it the file is no archive (PDF/A), which asks for a time.
    pub made: Option<DateTime>,
    pub attachment: Option<EmbeddedFile>,
}

pub fn write(
    layout: &Layout<'_>,
    faces: &Faces,
    description: Description<'_>,
) -> Result<Vec<u8>, PdfError> {
    let fault = |error: &dyn std::fmt::Debug| PdfError::Document(format!("{error:?}"));
    let mut configuration =
        ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
    if description.made.is_some() {
        configuration = configuration.with_archival_validator(Archival::A3_A);
    }
    let mut document = Document::new_with(SerializeSettings {
        configuration: configuration.finish().map_err(|error| fault(&error))?,
        ..SerializeSettings::default()
    });

    let mut identifiers: Vec<Option<Identifier>> = vec![None; layout.texts.len()];
    for number in 0..layout.pages() {
        let settings =
            PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| fault(&"the page has no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for shape in layout.shapes.iter().filter(|shape| shape.page == number) {
            draw(&mut surface, shape);
        }
        for (text, identifier) in layout.texts.iter().zip(&mut identifiers) {
            if text.page != number {
                continue;
            }
            let face = match text.weight {
                Weight::Regular => &faces.regular,
                Weight::Bold => &faces.bold,
            };
            if text.is_artifact {
                surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
                    ArtifactType::PaginationOther,
                )));
            } else {
                *identifier = Some(surface.start_tagged(ContentTag::Span(SpanTag::empty())));
            }
            surface.set_fill(Some(fill(text.ink)));
            let start = Point::from_xy(text.x, text.y);
            surface.draw_glyphs(
                start,
                &face.glyphs(&text.text),
                face.font.clone(),
                &text.text,
                text.size,
                false,
            );
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
    }

    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    for part in &layout.parts {
        if let Some(node) = node(part, &mut identifiers) {
            tree.push(node);
        }
    }
    document.set_tag_tree(tree);

    let mut outline = Outline::new();
    for (title, page, y) in &layout.sections {
        let destination = XyzDestination::new(*page, Point::from_xy(0.0, y - 12.0));
        outline.push_child(OutlineNode::new(title.clone(), destination));
    }
    document.set_outline(outline);

    let mut metadata = Metadata::new()
        .title(description.title.to_owned())
        .description(description.about.to_owned())
        .language(LANGUAGE.to_owned())
        .creator("OmegaOS".to_owned())
        .authors(vec!["OmegaOS".to_owned()]);
    if let Some(made) = description.made {
        metadata = metadata.creation_date(made);
    }
    document.set_metadata(metadata);
    if let Some(file) = description.attachment {
        document.embed_file(file);
    }
    document.finish().map_err(|error| fault(&error))
}

fn fill(ink: Ink) -> Fill {
    let color = match ink {
        Ink::Full => rgb::Color::new(27, 29, 26),
        Ink::Soft => rgb::Color::new(88, 92, 86),
    };
    Fill {
        paint: color.into(),
        opacity: NormalizedF32::ONE,
        ..Fill::default()
    }
}

fn draw(surface: &mut Surface<'_>, shape: &Shape) {
    let Some(rectangle) = Rect::from_xywh(shape.x, shape.y, shape.width, shape.height) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(rectangle);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
        ArtifactType::Layout,
    )));
    let color = fill(shape.ink);
    if shape.is_box {
        surface.set_stroke(Some(Stroke {
            paint: color.paint,
            width: 0.8,
            ..Stroke::default()
        }));
        surface.set_fill(None);
    } else {
        surface.set_fill(Some(color));
    }
    surface.draw_path(&path);
    surface.set_stroke(None);
    surface.end_tagged();
}

fn node(part: &Part, identifiers: &mut [Option<Identifier>]) -> Option<Node> {
    match part {
        Part::Text(at) => identifiers.get_mut(*at)?.take().map(Node::from),
        Part::Group(role, title, parts) => {
            let children = parts
                .iter()
                .filter_map(|part| node(part, identifiers))
                .collect();
            Some(TagGroup::with_children(tag(role, title), children).into())
        }
    }
}

fn tag(role: &Role, title: &str) -> TagKind {
    let title = Some(title.to_owned());
    match role {
        Role::Title => Tag::Hn(NonZeroU16::MIN, title).into(),
        Role::Heading => Tag::Hn(NonZeroU16::MIN.saturating_add(1), title).into(),
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::TableHead => Tag::THead.into(),
        Role::TableBody => Tag::TBody.into(),
        Role::TableFoot => Tag::TFoot.into(),
        Role::Row => Tag::TR.into(),
        Role::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
        Role::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
    }
}
