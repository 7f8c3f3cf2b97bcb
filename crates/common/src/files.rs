//! Files that clients upload: which kinds are taken, and whether a file is what it says.

/// The bucket of clients' files.
pub const BUCKET: &str = "client-documents";

/// Largest file in bytes (25 MiB). The bucket and `client_documents_byte_size_is_in_bounds` have the same bound.
pub const MAX_BYTES: u64 = 25 * 1024 * 1024;

/// How many bytes from the start of a file are read to tell its kind. Enough to get past the thumbnail that
/// some programs put before the parts which tell a letter from a workbook.
pub const SNIFFED_BYTES: usize = 32 * 1024;

crate::string_enum! {
    /// A kind of file that is taken.
    FileKind {
        Pdf = "pdf", "PDF";
        Png = "png", "PNG image";
        Jpeg = "jpg", "JPEG image";
        Heic = "heic", "HEIC photo";
        Csv = "csv", "CSV table";
        Xlsx = "xlsx", "Excel workbook";
        Xls = "xls", "Excel 97 workbook";
        Docx = "docx", "Word document";
    }
}

impl FileKind {
    /// The media type that is declared for the kind and that the bucket allows.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Heic => "image/heic",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Xls => "application/vnd.ms-excel",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    fn of_extension(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "jpeg" => Some(Self::Jpeg),
            "heif" => Some(Self::Heic),
            extension => extension.parse().ok(),
        }
    }

    fn of_media_type(declared: &str) -> Option<Self> {
        let essence = declared
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.media_type() == essence)
    }

    fn matches_content(self, start: &[u8]) -> bool {
        match self {
            Self::Pdf => infer::archive::is_pdf(start),
            Self::Png => infer::image::is_png(start),
            Self::Jpeg => infer::image::is_jpeg(start),
            Self::Heic => infer::image::is_heif(start),
            Self::Xlsx => office_part(start) == Some("xl/"),
            Self::Docx => office_part(start) == Some("word/"),
            Self::Xls => start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            Self::Csv => is_delimited_text(start),
        }
    }
}

/// The folder that tells what an Office Open XML package is: the first of them that a part of the ZIP archive
/// lies in. Programs write the parts in different orders, so every local file header in reach is looked at.
fn office_part(start: &[u8]) -> Option<&'static str> {
    const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
    // APPNOTE.TXT, section 4.3.7: the name follows the 30 bytes of the header.
    const NAME_AT: usize = 30;
    if !start.starts_with(LOCAL_HEADER) {
        return None;
    }
    let names = start
        .windows(LOCAL_HEADER.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == LOCAL_HEADER);
    names
        .filter_map(|(at, _)| start.get(at + NAME_AT..))
        .find_map(|name| {
            ["word/", "xl/", "ppt/", "visio/"]
                .into_iter()
                .find(|folder| name.starts_with(folder.as_bytes()))
        })
}

/// A table of text has no signature: it is text, in UTF-8 or a Windows code page, and nothing that
/// a browser or an office program would run or open as another kind.
fn is_delimited_text(start: &[u8]) -> bool {
    let body = start.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(start);
    let is_text = !body.is_empty()
        && body
            .iter()
            .all(|&b| b >= 0x20 || matches!(b, b'\t' | b'\r' | b'\n'));
    let first = body
        .iter()
        .position(|b| !b.is_ascii_whitespace())
        .map(|at| body[at]);
    is_text && first != Some(b'<') && infer::get(body).is_none()
}

/// Tells the kind of a file when its name, its declared type and its first bytes agree.
///
/// # Errors
/// A sentence for the client.
pub fn identify(name: &str, declared: &str, start: &[u8], size: u64) -> Result<FileKind, String> {
    let allowed = || {
        let kinds: Vec<_> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("We take these kinds of file: {}.", kinds.join(", "))
    };
    if size == 0 {
        return Err("The file is empty.".to_owned());
    }
    if size > MAX_BYTES {
        return Err(format!(
            "The file is larger than {} MB.",
            MAX_BYTES / 1024 / 1024
        ));
    }
    let kind = FileKind::of_extension(name).ok_or_else(allowed)?;
    if FileKind::of_media_type(declared) != Some(kind) || !kind.matches_content(start) {
        return Err(format!(
            "The file is named .{kind}, but what is in it is something else. Save it again as {} and upload that.",
            kind.title()
        ));
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj";

    #[test]
    fn name_type_and_content_must_agree() {
        assert_eq!(
            identify("a.PDF", "application/pdf", PDF, 9),
            Ok(FileKind::Pdf)
        );
        assert!(identify("a.png", "application/pdf", PDF, 9).is_err());
        assert!(identify("a.pdf", "image/png", PDF, 9).is_err());
        assert!(identify("a.pdf", "application/pdf", b"MZ\x90\0", 9).is_err());
        assert!(identify("a.pdf.exe", "application/pdf", PDF, 9).is_err());
        assert!(identify("pdf", "application/pdf", PDF, 9).is_err());
    }

    #[test]
    fn pages_and_pictures_in_disguise_are_no_tables() {
        let csv = "text/csv";
        assert_eq!(
            identify(
                "a.csv",
                "text/csv; charset=utf-8",
                b"date,amount\n2026-01-01,5",
                9
            ),
            Ok(FileKind::Csv)
        );
        assert_eq!(
            identify("a.csv", csv, b"\xEF\xBB\xBFd\xE9bit;1", 9),
            Ok(FileKind::Csv)
        );
        for bad in [&b"<html><script>"[..], b"\n <svg>", PDF, b"a\0b", b""] {
            assert!(identify("a.csv", csv, bad, 9).is_err(), "{bad:?}");
        }
    }

    /// The start of a ZIP archive with these parts.
    fn package(parts: &[&str]) -> Vec<u8> {
        let part = |name: &&str| {
            [
                b"PK\x03\x04",
                [0; 26].as_slice(),
                name.as_bytes(),
                [b'x'; 300].as_slice(),
            ]
            .concat()
        };
        parts.iter().flat_map(part).collect()
    }

    #[test]
    fn office_files_are_told_apart_in_whatever_order_a_program_writes_them() {
        for parts in [
            &["[Content_Types].xml", "_rels/.rels", "word/document.xml"][..],
            &[
                "[Content_Types].xml",
                "_rels/.rels",
                "docProps/core.xml",
                "docProps/app.xml",
                "word/document.xml",
            ],
            &[
                "_rels/.rels",
                "docProps/app.xml",
                "docProps/core.xml",
                "word/_rels/document.xml.rels",
            ],
            &[
                "word/numbering.xml",
                "word/embeddings/table.xlsx",
                "xl/workbook.xml",
            ],
        ] {
            let start = package(parts);
            assert!(
                identify("a.docx", FileKind::Docx.media_type(), &start, 9).is_ok(),
                "{parts:?}"
            );
            assert!(
                identify("a.xlsx", FileKind::Xlsx.media_type(), &start, 9).is_err(),
                "{parts:?}"
            );
        }
        let workbook = package(&[
            "docProps/app.xml",
            "docProps/core.xml",
            "xl/theme/theme1.xml",
        ]);
        assert!(identify("a.xlsx", FileKind::Xlsx.media_type(), &workbook, 9).is_ok());
        for other in [
            package(&["a.exe", "readme.txt"]),
            package(&["ppt/presentation.xml", "xl/a.xml"]),
            b"PK\x03\x04".to_vec(),
            b"xl/".to_vec(),
        ] {
            assert!(identify("a.xlsx", FileKind::Xlsx.media_type(), &other, 9).is_err());
        }
    }

    #[test]
    fn size_is_bounded() {
        assert!(identify("a.pdf", "application/pdf", PDF, MAX_BYTES).is_ok());
        assert!(identify("a.pdf", "application/pdf", PDF, MAX_BYTES + 1).is_err());
        assert!(identify("a.pdf", "application/pdf", PDF, 0).is_err());
    }
}
