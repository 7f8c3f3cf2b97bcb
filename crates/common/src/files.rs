//! Files that clients upload: which kinds are taken, and whether a file is what it says.

use crate::problem::Problem;

/// The bucket of clients' files.
pub const BUCKET: &str = "client-documents";

/// The bucket of receipts of the firm's expenses; it takes the same kinds and sizes.
pub const RECEIPTS_BUCKET: &str = "receipts";

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
            // At the very start: `infer` also finds the mark behind a page.
            Self::Pdf => start.starts_with(b"%PDF-"),
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

/// How many bytes from the end of an Office Open XML package are read to see its parts: the directory of some
/// thousand parts.
pub const DIRECTORY_BYTES: usize = 128 * 1024;

/// What a package may come to when it is unpacked (300 MiB): sheets are text that packs to a tenth.
const MAX_UNPACKED_BYTES: u64 = 300 * 1024 * 1024;

impl FileKind {
    /// Whether it is a ZIP archive, whose parts are listed at its end.
    pub const fn is_package(self) -> bool {
        matches!(self, Self::Xlsx | Self::Docx)
    }
}

/// Looks at the parts of an Office Open XML package, by the directory at its end (APPNOTE.TXT, sections 4.3.12 and
/// 4.3.16): none may be a macro, and unpacked they stay within bounds. `end` are the last bytes of `size`.
///
/// # Errors
/// A sentence for the client.
pub fn check_package(end: &[u8], size: u64) -> Result<(), String> {
    let damaged = || "The file is damaged. Save it again and upload that.".to_owned();
    let mut entry = directory(end, size).ok_or_else(damaged)?;
    let mut unpacked: u64 = 0;
    while !entry.is_empty() {
        let (part, rest) = Part::read(entry).ok_or_else(damaged)?;
        let name = part.name.to_ascii_lowercase();
        let is_macro = name.ends_with(b"vbaproject.bin")
            || name.ends_with(b"vbaprojectsignature.bin")
            || name.starts_with(b"xl/macrosheets/");
        if is_macro {
            return Err(
                "The file holds macros, which we do not take. Save it without them and upload that."
                    .to_owned(),
            );
        }
        unpacked = unpacked.saturating_add(part.unpacked_bytes.into());
        entry = rest;
    }
    if unpacked > MAX_UNPACKED_BYTES {
        return Err(format!(
            "The file comes to more than {} MB when it is opened. Save it in smaller parts.",
            MAX_UNPACKED_BYTES / 1024 / 1024
        ));
    }
    Ok(())
}

/// The central directory of an archive, when it lies in `end` as a whole.
fn directory(end: &[u8], size: u64) -> Option<&[u8]> {
    const LAST_RECORD: &[u8] = b"PK\x05\x06";
    const RECORD_BYTES: usize = 22;
    let at = (0..=end.len().checked_sub(RECORD_BYTES)?)
        .rev()
        .find(|&at| {
            end[at..].starts_with(LAST_RECORD)
            // Its comment is all that follows.
            && number(end, at + 20, 2) == Some((end.len() - at - RECORD_BYTES) as u64)
        })?;
    let (length, from_start) = (number(end, at + 12, 4)?, number(end, at + 16, 4)?);
    let before = size.checked_sub(end.len() as u64)?;
    let start = usize::try_from(from_start.checked_sub(before)?).ok()?;
    let stop = start.checked_add(usize::try_from(length).ok()?)?;
    // Nothing may hide between the directory and the record of the end.
    (stop == at && start < stop).then(|| end.get(start..stop))?
}

/// An entry of the central directory.
struct Part<'a> {
    name: &'a [u8],
    unpacked_bytes: u32,
}

impl<'a> Part<'a> {
    /// The first entry and what follows it.
    fn read(directory: &'a [u8]) -> Option<(Self, &'a [u8])> {
        const NAME_AT: usize = 46;
        if !directory.starts_with(b"PK\x01\x02") {
            return None;
        }
        let length = |at| Some(usize::try_from(number(directory, at, 2)?).unwrap_or(usize::MAX));
        let name_ends = NAME_AT + length(28)?;
        let part = Self {
            name: directory.get(NAME_AT..name_ends)?,
            unpacked_bytes: number(directory, 24, 4)?.try_into().unwrap_or(u32::MAX),
        };
        Some((
            part,
            directory.get(name_ends + length(30)? + length(32)?..)?,
        ))
    }
}

/// The little-endian number of `count` bytes at `at`.
fn number(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(count)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
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
    // A reader of PDF looks for its mark anywhere in the first 1,024 bytes (ISO 32000-1, implementation note 13).
    let is_pdf = body
        .get(..body.len().min(1024))
        .is_some_and(|start| start.windows(5).any(|bytes| bytes == b"%PDF-"));
    is_text && first != Some(b'<') && !is_pdf && infer::get(body.trim_ascii_start()).is_none()
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

/// The refusal of a file that is not what it says or not of a kind that is taken.
pub fn refused_file(detail: String) -> Problem {
    let mut problem = Problem::invalid(Vec::new()).with_error("storage_path", detail.clone());
    problem.detail = detail.into();
    problem
}

/// The refusal of a path at which the caller has no file.
pub fn no_such_file() -> Problem {
    refused_file("There is no file at this place. Upload it again.".to_owned())
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

    /// An archive with these parts, as they claim to unpack.
    fn archive(parts: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut directory = Vec::new();
        for (name, unpacked) in parts {
            let length = u16::try_from(name.len()).unwrap().to_le_bytes();
            directory.extend(b"PK\x01\x02");
            directory.extend([0; 20]);
            directory.extend(unpacked.to_le_bytes());
            directory.extend(length);
            directory.extend([0; 16]);
            directory.extend(name.as_bytes());
            bytes.extend(b"PK\x03\x04");
            bytes.extend([0; 26]);
            bytes.extend(name.as_bytes());
        }
        let (start, length) = (bytes.len() as u32, directory.len() as u32);
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0; 8]);
        bytes.extend(length.to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    fn package_is_taken(bytes: &[u8]) -> bool {
        let from = bytes.len().saturating_sub(DIRECTORY_BYTES);
        check_package(&bytes[from..], bytes.len() as u64).is_ok()
    }

    #[test]
    fn macros_and_bombs_are_no_documents() {
        assert!(package_is_taken(&archive(&[
            ("xl/workbook.xml", 900),
            ("xl/worksheets/sheet1.xml", 70_000_000)
        ])));
        for (name, unpacked) in [
            ("xl/vbaProject.bin", 1),
            ("word/VBAPROJECT.BIN", 1),
            ("xl/macrosheets/sheet1.xml", 1),
            ("xl/worksheets/sheet1.xml", 400_000_000),
            ("xl/worksheets/sheet1.xml", u32::MAX),
        ] {
            assert!(
                !package_is_taken(&archive(&[("xl/workbook.xml", 900), (name, unpacked)])),
                "{name}"
            );
        }
        let many: Vec<_> = (0..200).map(|_| ("xl/media/a.png", 2_000_000)).collect();
        assert!(
            !package_is_taken(&archive(&many)),
            "many small ones are a bomb too"
        );
    }

    #[test]
    fn a_package_whose_directory_can_not_be_read_is_damaged() {
        let good = archive(&[("word/document.xml", 900)]);
        assert!(package_is_taken(&good));
        for cut in 1..good.len() {
            assert!(
                !package_is_taken(&good[..good.len() - cut]),
                "without its last {cut} bytes"
            );
        }
        let followed = [good.as_slice(), b"<script>"].concat();
        assert!(
            !package_is_taken(&followed),
            "something follows the archive"
        );
        let led = [b"MZ".as_slice(), &good].concat();
        assert!(!package_is_taken(&led), "something leads the archive");
        assert!(!package_is_taken(b""));
    }

    #[test]
    fn polyglots_are_refused_by_one_of_their_faces() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
        let html = b"<!doctype html><script>alert(1)</script>";
        for (disguise, bytes) in [
            ("page first", [html.as_slice(), PDF].concat()),
            ("blank first", [b"\n\n".as_slice(), PDF].concat()),
            ("program first", [b"MZ\x90\0".as_slice(), PDF].concat()),
            ("archive first", [b"PK\x03\x04".as_slice(), PDF].concat()),
            ("picture as page", svg.to_vec()),
            (
                "page with a mark of order",
                [b"\xEF\xBB\xBF".as_slice(), html].concat(),
            ),
            ("page in UTF-16", b"\xFF\xFE<\0h\0t\0m\0l\0>\0".to_vec()),
        ] {
            for kind in FileKind::ALL {
                let taken = identify(&format!("a.{kind}"), kind.media_type(), &bytes, 99);
                assert!(taken.is_err(), "{disguise} as {kind}");
            }
        }
    }

    #[test]
    fn size_is_bounded() {
        assert!(identify("a.pdf", "application/pdf", PDF, MAX_BYTES).is_ok());
        assert!(identify("a.pdf", "application/pdf", PDF, MAX_BYTES + 1).is_err());
        assert!(identify("a.pdf", "application/pdf", PDF, 0).is_err());
    }
}
