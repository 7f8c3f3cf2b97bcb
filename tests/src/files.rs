//! Small real files of each kind that clients send.

/// A file with the type that a browser declares for it.
#[derive(Clone, Debug)]
pub struct Sample {
    pub extension: &'static str,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Sample {
    fn new(extension: &'static str, media_type: &'static str, bytes: &[u8]) -> Self {
        Self {
            extension,
            media_type,
            bytes: bytes.to_vec(),
        }
    }

    /// A page with one line of text, valid to the last byte of its cross-reference table.
    pub fn pdf(text: &str) -> Self {
        Self::pdf_of(&[text])
    }

    /// As `pdf`, with a page for each line.
    pub fn pdf_of(lines: &[&str]) -> Self {
        // Catalogue, pages and font come first; then each page and what stands on it.
        let page_number = |index: usize| 4 + 2 * index;
        let kids: Vec<_> = (0..lines.len())
            .map(|index| format!("{} 0 R", page_number(index)))
            .collect();
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            format!(
                "<< /Type /Pages /Kids [{}] /Count {} >>",
                kids.join(" "),
                lines.len()
            ),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        ];
        for (index, line) in lines.iter().enumerate() {
            let content = format!(
                "BT /F1 18 Tf 72 720 Td ({}) Tj ET",
                line.replace(['(', ')', '\\'], " ")
            );
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
                page_number(index) + 1
            ));
            objects.push(format!(
                "<< /Length {} >>\nstream\n{content}\nendstream",
                content.len()
            ));
        }
        let mut file = String::from("%PDF-1.7\n");
        let mut offsets = Vec::new();
        for (number, object) in objects.iter().enumerate() {
            offsets.push(file.len());
            file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
        }
        let table = file.len();
        file.push_str(&format!(
            "xref\n0 {}\n0000000000 65535 f \n",
            objects.len() + 1
        ));
        for offset in offsets {
            file.push_str(&format!("{offset:010} 00000 n \n"));
        }
        file.push_str(&format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
            objects.len() + 1
        ));
        Self::new("pdf", "application/pdf", file.as_bytes())
    }

    pub fn csv() -> Self {
        Self::new(
            "csv",
            "text/csv",
            "date,payee,amount\r\n2026-01-31,Café Lumière,-12.50\r\n".as_bytes(),
        )
    }

    /// A workbook with one more part than a program wrote, named so. Its bytes are stored, not packed.
    pub fn workbook_with(part: &str, unpacked_bytes: u32) -> Self {
        let plain = include_bytes!("../fixtures/ledger.xlsx");
        let end = plain.len() - 22;
        let number =
            |at: usize| u32::from_le_bytes(plain[at..at + 4].try_into().expect("four bytes"));
        let (length, start) = (number(end + 12), number(end + 16) as usize);
        let mut entry = b"PK\x01\x02".to_vec();
        entry.extend([0; 20]);
        entry.extend(unpacked_bytes.to_le_bytes());
        entry.extend((part.len() as u16).to_le_bytes());
        entry.extend([0; 16]);
        entry.extend(part.as_bytes());
        let mut bytes = plain[..start].to_vec();
        bytes.extend(&plain[start..end]);
        bytes.extend(&entry);
        bytes.extend(&plain[end..end + 12]);
        bytes.extend((length + entry.len() as u32).to_le_bytes());
        bytes.extend(&plain[end + 16..]);
        Self::new("xlsx", XLSX, &bytes)
    }

    /// One of every kind that is taken, as other programs write them.
    pub fn every_kind() -> Vec<Self> {
        vec![
            Self::pdf("Bank statement"),
            Self::csv(),
            Self::new("png", "image/png", include_bytes!("../fixtures/scan.png")),
            Self::new("jpg", "image/jpeg", include_bytes!("../fixtures/scan.jpg")),
            Self::new(
                "heic",
                "image/heic",
                include_bytes!("../fixtures/scan.heic"),
            ),
            Self::new("xlsx", XLSX, include_bytes!("../fixtures/ledger.xlsx")),
            Self::new(
                "xls",
                "application/vnd.ms-excel",
                include_bytes!("../fixtures/ledger.xls"),
            ),
            Self::new("docx", DOCX, include_bytes!("../fixtures/note.docx")),
        ]
    }
}
