//! The two faces in which forms are set.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use crate::PdfError;

static REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold.ttf");

pub struct Faces {
    pub regular: Face,
    pub bold: Face,
}

pub struct Face {
    pub font: Font,
    characters: skrifa::charmap::Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

impl Faces {
    pub fn load() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Face::read(REGULAR)?,
            bold: Face::read(SEMI_BOLD)?,
        })
    }
}

impl Face {
    fn read(data: &'static [u8]) -> Result<Self, PdfError> {
        let font = FontRef::new(data).map_err(|_| PdfError::Font)?;
        Ok(Self {
            font: Font::new(data.into(), 0).ok_or(PdfError::Font)?,
            characters: font.charmap(),
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: f32::from(
                font.metrics(Size::unscaled(), LocationRef::default())
                    .units_per_em,
            ),
        })
    }

    pub fn has(&self, character: char) -> bool {
        self.characters.map(character).is_some()
    }

    /// How far a character goes on, in ems.
    fn advance(&self, character: char) -> f32 {
        let glyph = self.characters.map(character).unwrap_or_default();
        self.metrics.advance_width(glyph).unwrap_or_default() / self.units_per_em
    }

    /// The width of a text on one line, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars()
            .map(|character| self.advance(character))
            .sum::<f32>()
            * size
    }

    pub fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        text.char_indices()
            .map(|(at, character)| {
                let glyph = self.characters.map(character).unwrap_or_default();
                KrillaGlyph::new(
                    GlyphId::new(glyph.to_u32()),
                    self.advance(character),
                    0.0,
                    0.0,
                    0.0,
                    at..at + character.len_utf8(),
                    None,
                )
            })
            .collect()
    }

    /// Breaks a text into lines that fit: at spaces, and within a word that is wider than a line. Each line but the last of a
    /// paragraph keeps its space, so that a reader that joins them finds the words apart.
    pub fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            let mut used = 0.0;
            for word in paragraph.replace('\t', " ").split_inclusive(' ') {
                if used + self.width(word.trim_end(), size) > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                for character in word.chars() {
                    let advance = self.advance(character) * size;
                    if used + advance > width && character != ' ' && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(character);
                    used += advance;
                }
            }
            lines.push(line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing() {
        let face = Faces::load().unwrap().regular;
        let text = format!("One two three {} four\nfive", "x".repeat(200));
        let lines = face.lines(&text, 10.0, 120.0);
        assert!(
            lines
                .iter()
                .all(|line| face.width(line.trim_end(), 10.0) <= 120.0),
            "{lines:?}"
        );
        assert_eq!(lines.concat(), text.replace('\n', ""));
        assert_eq!(lines.last().unwrap(), "five");
    }
}
