//! Where on which page each line of text and each rule stands, and what it is to a screen reader.

use crate::font::{Face, Faces};

/// US Letter, in points.
pub const PAGE: (f32, f32) = (612.0, 792.0);
const LEFT: f32 = 60.0;
const TOP: f32 = 64.0;
pub const BOTTOM: f32 = 724.0;
pub const WIDTH: f32 = 492.0;
const LABEL_WIDTH: f32 = 176.0;
const GAP: f32 = 14.0;
/// Of the words beside a box to tick.
const CHOICE_WIDTH: f32 = WIDTH - LABEL_WIDTH - GAP - 14.0;
const CELL: f32 = 5.0;

/// What a group of text is.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    Title,
    Heading,
    Paragraph,
    Table,
    TableHead,
    TableBody,
    TableFoot,
    Row,
    RowHeader,
    ColumnHeader,
    Cell,
}

/// A part of what is read aloud: a group, or one run of text, by its place in `Layout::texts`.
#[derive(Debug)]
pub enum Part {
    Group(Role, String, Vec<Part>),
    Text(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    Regular,
    Bold,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    Full,
    Soft,
}

/// How text is set; the size is in points.
#[derive(Clone, Copy, Debug)]
struct Style(f32, Weight, Ink);

/// One line of text.
#[derive(Debug)]
pub struct Text {
    pub page: usize,
    /// Of the baseline's beginning.
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub weight: Weight,
    pub ink: Ink,
    pub text: String,
    /// Not read aloud: it repeats what was read before.
    pub is_artifact: bool,
}

/// A rule, or the outline of a box to tick.
#[derive(Debug)]
pub struct Shape {
    pub page: usize,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub is_box: bool,
    pub ink: Ink,
}

pub struct Layout<'a> {
    faces: &'a Faces,
    pub texts: Vec<Text>,
    pub shapes: Vec<Shape>,
    pub parts: Vec<Part>,
    open: Vec<(Role, String, Vec<Part>)>,
    /// Title, page and height of each section.
    pub sections: Vec<(String, usize, f32)>,
    page: usize,
    y: f32,
}

/// A column of a table.
pub struct Column {
    pub title: String,
    pub width: f32,
    pub is_number: bool,
}

impl<'a> Layout<'a> {
    pub fn new(faces: &'a Faces) -> Self {
        Self {
            faces,
            texts: Vec::new(),
            shapes: Vec::new(),
            parts: Vec::new(),
            open: Vec::new(),
            sections: Vec::new(),
            page: 0,
            y: TOP,
        }
    }

    pub fn pages(&self) -> usize {
        self.page + 1
    }

    fn face(&self, weight: Weight) -> &'a Face {
        match weight {
            Weight::Regular => &self.faces.regular,
            Weight::Bold => &self.faces.bold,
        }
    }

    fn group(&mut self, role: Role, title: &str, content: impl FnOnce(&mut Self)) {
        self.open.push((role, title.to_owned(), Vec::new()));
        content(self);
        if let Some((role, title, parts)) = self.open.pop()
            && !parts.is_empty()
        {
            self.read(Part::Group(role, title, parts));
        }
    }

    fn read(&mut self, part: Part) {
        match self.open.last_mut() {
            Some((_, _, parts)) => parts.push(part),
            None => self.parts.push(part),
        }
    }

    /// Goes on at the top of a new page.
    pub fn next_page(&mut self) {
        self.turn_page();
    }

    fn turn_page(&mut self) {
        self.page += 1;
        self.y = TOP;
    }

    /// Turns the page where less than this height is left on it.
    pub fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.turn_page();
        }
    }

    pub fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// Places one line with its top at `top`.
    fn place(&mut self, x: f32, top: f32, style: Style, text: String, is_artifact: bool) {
        let Style(size, weight, ink) = style;
        if text.is_empty() {
            return;
        }
        self.texts.push(Text {
            page: self.page,
            x,
            y: top + size,
            size,
            weight,
            ink,
            text,
            is_artifact,
        });
        if !is_artifact {
            self.read(Part::Text(self.texts.len() - 1));
        }
    }

    fn rule(&mut self, x: f32, y: f32, width: f32, ink: Ink) {
        self.shapes.push(Shape {
            page: self.page,
            x,
            y,
            width,
            height: 0.6,
            is_box: false,
            ink,
        });
    }

    fn tick_box(&mut self, x: f32, y: f32) {
        self.shapes.push(Shape {
            page: self.page,
            x,
            y,
            width: 9.0,
            height: 9.0,
            is_box: true,
            ink: Ink::Full,
        });
    }

    /// Lines one below the other, over as many pages as it takes.
    fn flow(&mut self, x: f32, width: f32, size: f32, weight: Weight, ink: Ink, text: &str) {
        let height = size * 1.42;
        for line in self.face(weight).lines(text, size, width) {
            self.make_room(height);
            self.place(x, self.y, Style(size, weight, ink), line, false);
            self.y += height;
        }
    }

    pub fn title(&mut self, firm: &str, title: &str) {
        self.group(Role::Paragraph, "", |page| {
            page.flow(LEFT, WIDTH, 10.0, Weight::Bold, Ink::Soft, firm)
        });
        self.space(6.0);
        self.group(Role::Title, title, |page| {
            page.flow(LEFT, WIDTH, 22.0, Weight::Bold, Ink::Full, title)
        });
        self.space(4.0);
    }

    pub fn heading(&mut self, title: &str) {
        self.make_room(84.0);
        self.space(if self.y > TOP { 16.0 } else { 0.0 });
        self.rule(LEFT, self.y, WIDTH, Ink::Full);
        self.space(9.0);
        self.sections.push((title.to_owned(), self.page, self.y));
        self.group(Role::Heading, title, |page| {
            page.flow(LEFT, WIDTH, 13.0, Weight::Bold, Ink::Full, title)
        });
        self.space(3.0);
    }

    pub fn paragraph(&mut self, text: &str, ink: Ink) {
        self.group(Role::Paragraph, "", |page| {
            page.flow(LEFT, WIDTH, 10.0, Weight::Regular, ink, text)
        });
        self.space(5.0);
    }

    /// Questions and their answers, a row each; an answer that is to be written in has the lines for it.
    pub fn answers(&mut self, rows: &[AnswerRow]) {
        if rows.is_empty() {
            return;
        }
        self.space(4.0);
        self.group(Role::Table, "", |page| {
            page.group(Role::TableBody, "", |page| {
                for row in rows {
                    page.group(Role::Row, "", |page| page.answer(row));
                }
            });
        });
    }

    fn answer(&mut self, row: &AnswerRow) {
        let size = 10.0;
        let line = size * 1.42;
        let label = self.face(Weight::Bold).lines(&row.label, size, LABEL_WIDTH);
        let to_write = match &row.content {
            AnswerContent::Lines(count) => 22.0 * f32::from(*count),
            AnswerContent::Choices(choices) => {
                let face = self.face(Weight::Regular);
                let longer = choices
                    .iter()
                    .map(|choice| face.lines(choice, size, CHOICE_WIDTH).len() - 1);
                self.choice_rows(choices).len() as f32 * 18.0 + longer.sum::<usize>() as f32 * line
            }
            AnswerContent::Text(_) => 0.0,
        };
        self.make_room((label.len() as f32 * line).max(to_write) + CELL * 2.0);
        let (top, page) = (self.y + CELL, self.page);
        self.group(Role::RowHeader, "", |page| {
            for (at, text) in label.iter().enumerate() {
                page.place(
                    LEFT,
                    top + at as f32 * line,
                    Style(size, Weight::Bold, Ink::Soft),
                    text.clone(),
                    false,
                );
            }
        });
        let x = LEFT + LABEL_WIDTH + GAP;
        let width = WIDTH - LABEL_WIDTH - GAP;
        self.y = top;
        self.group(Role::Cell, "", |page| match &row.content {
            AnswerContent::Text(text) => {
                page.flow(x, width, size, Weight::Regular, Ink::Full, text)
            }
            AnswerContent::Lines(count) => {
                for nth in 1..=*count {
                    page.y += 18.0;
                    // One writes the last line on the rule under the row.
                    if nth < *count {
                        page.rule(x, page.y, width, Ink::Soft);
                    }
                    page.y += 4.0;
                }
            }
            AnswerContent::Choices(choices) => {
                for choices in page.choice_rows(choices) {
                    let mut at = x;
                    let mut most = 1;
                    for choice in choices {
                        page.tick_box(at, page.y + 1.5);
                        let face = page.face(Weight::Regular);
                        let wide = face.width(&choice, size);
                        let lines = face.lines(&choice, size, CHOICE_WIDTH);
                        most = most.max(lines.len());
                        for (nth, text) in lines.into_iter().enumerate() {
                            let top = page.y + nth as f32 * line;
                            page.place(
                                at + 14.0,
                                top,
                                Style(size, Weight::Regular, Ink::Full),
                                text,
                                false,
                            );
                        }
                        at += wide + 32.0;
                    }
                    page.y += 18.0 + (most - 1) as f32 * line;
                }
            }
        });
        let label_end = top + label.len() as f32 * line;
        if self.page == page {
            self.y = self.y.max(label_end);
        }
        let to_write = matches!(row.content, AnswerContent::Lines(_));
        if !to_write || self.y <= label_end {
            self.y += CELL;
        }
        self.rule(LEFT, self.y, WIDTH, Ink::Soft);
    }

    /// Answers to tick, as many beside each other as fit.
    fn choice_rows(&self, choices: &[String]) -> Vec<Vec<String>> {
        let width = WIDTH - LABEL_WIDTH - GAP;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut used = width;
        for choice in choices {
            let wide = self.face(Weight::Regular).width(choice, 10.0) + 32.0;
            if used + wide > width + 18.0 || rows.is_empty() {
                rows.push(Vec::new());
                used = 0.0;
            }
            used += wide;
            if let Some(row) = rows.last_mut() {
                row.push(choice.clone());
            }
        }
        rows
    }

    /// A table with a head that is repeated on each page. Rows of empty texts are there to be written in.
    pub fn table(
        &mut self,
        title: &str,
        columns: &[Column],
        rows: &[Vec<String>],
        foot: Option<&[String]>,
    ) {
        self.space(8.0);
        self.make_room(70.0);
        self.group(Role::Paragraph, "", |page| {
            page.flow(LEFT, WIDTH, 10.0, Weight::Bold, Ink::Soft, title)
        });
        self.space(2.0);
        self.group(Role::Table, title, |page| {
            page.group(Role::TableHead, "", |page| {
                page.group(Role::Row, "", |page| page.head(columns, false));
            });
            page.group(Role::TableBody, "", |page| {
                for row in rows {
                    page.row(columns, row, Weight::Regular);
                }
            });
            if let Some(foot) = foot {
                page.group(Role::TableFoot, "", |page| {
                    page.row(columns, foot, Weight::Bold)
                });
            }
        });
        self.space(4.0);
    }

    fn head(&mut self, columns: &[Column], is_artifact: bool) {
        let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
        self.cells(
            columns,
            &titles,
            Weight::Bold,
            Ink::Soft,
            &Role::ColumnHeader,
            is_artifact,
        );
        self.rule(LEFT, self.y, WIDTH, Ink::Full);
    }

    fn row(&mut self, columns: &[Column], texts: &[String], weight: Weight) {
        let height = self.height(columns, texts, weight);
        if self.y + height > BOTTOM {
            self.turn_page();
            self.head(columns, true);
        }
        self.group(Role::Row, "", |page| {
            page.cells(columns, texts, weight, Ink::Full, &Role::Cell, false)
        });
        self.rule(LEFT, self.y, WIDTH, Ink::Soft);
    }

    fn cell_lines(&self, column: &Column, text: &str, weight: Weight) -> Vec<String> {
        self.face(weight).lines(text, 9.0, column.width - 8.0)
    }

    fn height(&self, columns: &[Column], texts: &[String], weight: Weight) -> f32 {
        let lines = columns
            .iter()
            .zip(texts)
            .map(|(column, text)| self.cell_lines(column, text, weight).len())
            .max()
            .unwrap_or(1);
        lines as f32 * 12.6 + CELL * 2.0
    }

    fn cells(
        &mut self,
        columns: &[Column],
        texts: &[String],
        weight: Weight,
        ink: Ink,
        role: &Role,
        is_artifact: bool,
    ) {
        let height = self.height(columns, texts, weight);
        let mut x = LEFT;
        for (column, text) in columns.iter().zip(texts) {
            let lines = self.cell_lines(column, text, weight);
            let top = self.y + CELL;
            self.group(role.clone(), "", |page| {
                for (at, line) in lines.into_iter().enumerate() {
                    let shift = match column.is_number {
                        true => column.width - 8.0 - page.face(weight).width(line.trim_end(), 9.0),
                        false => 0.0,
                    };
                    page.place(
                        x + shift,
                        top + at as f32 * 12.6,
                        Style(9.0, weight, ink),
                        line,
                        is_artifact,
                    );
                }
            });
            x += column.width;
        }
        self.y += height;
    }

    /// What stands at the foot of each page.
    pub fn number_pages(&mut self, left: &str) {
        let pages = self.pages();
        for page in 0..pages {
            self.page = page;
            let right = format!("Page {} of {pages}", page + 1);
            let wide = self.faces.regular.width(&right, 8.5);
            self.place(
                LEFT,
                746.0,
                Style(8.5, Weight::Regular, Ink::Soft),
                left.to_owned(),
                true,
            );
            self.place(
                LEFT + WIDTH - wide,
                746.0,
                Style(8.5, Weight::Regular, Ink::Soft),
                right,
                true,
            );
        }
    }
}

/// A question and what stands beside it.
pub struct AnswerRow {
    pub label: String,
    pub content: AnswerContent,
}

pub enum AnswerContent {
    Text(String),
    /// Lines to write on.
    Lines(u8),
    /// Boxes to tick.
    Choices(Vec<String>),
}
