//! The firm's forms as PDF: tagged for screen readers (PDF/UA-1), with their fonts inside, the same bytes for the same input.

mod font;
mod form;
mod layout;
mod write;

pub use form::{Evidence, Moment, blank, filled, signed};

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("a font of the forms can't be read")]
    Font,
    #[error("the document can't be written: {0}")]
    Document(String),
}

/// The first character of a text that the fonts of the forms do not have.
///
/// # Errors
/// When the font can't be read.
pub fn unprintable(text: &str) -> Result<Option<char>, PdfError> {
    let faces = font::Faces::load()?;
    Ok(text
        .chars()
        .find(|&c| c != '\n' && c != '\t' && !faces.regular.has(c)))
}
