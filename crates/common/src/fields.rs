//! Reading the fields of a JSON request, or of a form that a browser sent by itself, with one error for each bad field.

use serde_json::{Map, Value};

use crate::problem::{FieldError, Problem};

/// The object a caller sent. Fields are taken out one by one; what is left at [`Fields::finish`] is unknown and refused.
pub struct Fields {
    object: Map<String, Value>,
    errors: Vec<FieldError>,
}

/// What a partial update says of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<T> {
    /// The field was not sent.
    Keep,
    /// The field was sent as `null`.
    Clear,
    Set(T),
}

/// Longest name of an unknown field that is repeated to the caller.
const MAX_ECHOED_NAME: usize = 60;

impl Fields {
    /// # Errors
    /// 400 when the body is no JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(Self {
                object,
                errors: Vec::new(),
            }),
            Ok(_) => Err(Problem::bad_request("The request must be a JSON object.")),
            Err(error) => Err(Problem::bad_request(format!(
                "The request is not valid JSON (line {}, column {}).",
                error.line(),
                error.column()
            ))),
        }
    }

    /// The fields of an `application/x-www-form-urlencoded` body (WHATWG URL, section 5.1), all of them texts.
    pub fn parse_form(body: &[u8]) -> Self {
        let mut fields = Self {
            object: Map::new(),
            errors: Vec::new(),
        };
        for (name, value) in url::form_urlencoded::parse(body) {
            let value = Value::String(value.into_owned());
            if fields.object.insert(name.to_string(), value).is_some() {
                fields.refuse(&name, "Send this once.");
            }
        }
        fields
    }

    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.take(name, read) {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => {
                self.miss(name);
                None
            }
        }
    }

    /// Says that a field is needed, unless what was sent as it is refused already.
    pub fn miss(&mut self, name: &str) {
        if !self.errors.iter().any(|error| error.field == name) {
            self.refuse(name, "This is needed.");
        }
    }

    /// A field that may be absent, `null` or empty.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if matches!(self.object.get(name), Some(Value::String(text)) if text.trim().is_empty()) {
            self.object.remove(name);
        }
        match self.take(name, read) {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => None,
        }
    }

    /// A field that may be absent or `null`; unlike what a person types, an empty text is a bad value.
    pub fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.take(name, read) {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => None,
        }
    }

    /// A field of a partial update; `null` and the empty string clear it.
    pub fn change<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Change<T> {
        if matches!(self.object.get(name), Some(Value::String(text)) if text.trim().is_empty()) {
            self.object.remove(name);
            return Change::Clear;
        }
        self.take(name, read)
    }

    /// A list field of a partial update; `null` empties it. Doubles are dropped.
    pub fn change_list<T: PartialEq>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Change<Vec<T>> {
        let items = match self.object.remove(name) {
            None => return Change::Keep,
            Some(Value::Null) => return Change::Set(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "Send a list.");
                return Change::Keep;
            }
        };
        let mut list = Vec::new();
        for item in &items {
            match item
                .as_str()
                .ok_or_else(|| "Send a list of texts.".to_owned())
                .and_then(&read)
            {
                Ok(value) if list.contains(&value) => {}
                Ok(value) => list.push(value),
                Err(detail) => {
                    self.refuse(name, detail);
                    return Change::Keep;
                }
            }
        }
        Change::Set(list)
    }

    /// A list that must be there, of 1 to `most` texts. Doubles are dropped.
    pub fn required_list<T: PartialEq>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        match self.change_list(name, read) {
            Change::Set(list) if (1..=most).contains(&list.len()) => Some(list),
            Change::Set(_) => {
                self.refuse(name, format!("Send 1 to {most} of them."));
                None
            }
            Change::Keep | Change::Clear => {
                self.miss(name);
                None
            }
        }
    }

    /// A list of objects that must be there, each read as the fields of a request are; errors name the place in the list:
    /// `items.0.title`.
    pub fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match self.object.remove(name) {
            Some(Value::Array(items)) if (1..=most).contains(&items.len()) => items,
            Some(Value::Array(_)) => {
                self.refuse(name, format!("Send 1 to {most} of them."));
                return None;
            }
            None | Some(Value::Null) => {
                self.refuse(name, "This is needed.");
                return None;
            }
            Some(_) => {
                self.refuse(name, "Send a list.");
                return None;
            }
        };
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let Value::Object(object) = item else {
                self.refuse(&format!("{name}.{at}"), "Send an object.");
                continue;
            };
            let mut fields = Self {
                object,
                errors: Vec::new(),
            };
            let value = read(&mut fields);
            match (fields.finish(), value) {
                (Ok(()), Some(value)) => list.push(value),
                (Ok(()), None) => self.refuse(&format!("{name}.{at}"), "This is needed."),
                (Err(problem), _) => {
                    for error in problem.errors {
                        self.refuse(&format!("{name}.{at}.{}", error.field), error.detail);
                    }
                }
            }
        }
        Some(list)
    }

    /// A flag that is false when absent.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.object.remove(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(value)) => value,
            Some(_) => {
                self.refuse(name, "Send true or false.");
                false
            }
        }
    }

    /// A flag that must be true; `refusal` says why to whoever leaves it out or sends false.
    pub fn agreement(&mut self, name: &str, refusal: &str) {
        match self.object.remove(name) {
            Some(Value::Bool(true)) => {}
            None | Some(Value::Null | Value::Bool(false)) => self.refuse(name, refusal),
            Some(_) => self.refuse(name, "Send true or false."),
        }
    }

    /// A field that must be there and hold an object.
    pub fn required_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.object.remove(name) {
            Some(Value::Object(object)) => return Some(object),
            None | Some(Value::Null) => self.miss(name),
            Some(_) => self.refuse(name, "Send an object."),
        }
        None
    }

    /// A field that must be there and hold a whole number from 1 on.
    pub fn required_number(&mut self, name: &str) -> Option<u64> {
        match self.object.remove(name) {
            Some(Value::Number(number)) if number.as_u64().is_some_and(|number| number > 0) => {
                return number.as_u64();
            }
            None | Some(Value::Null) => self.miss(name),
            Some(_) => self.refuse(name, "Send a whole number from 1 on."),
        }
        None
    }

    pub fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        let name: String = name.chars().take(MAX_ECHOED_NAME).collect();
        self.errors.push(FieldError::new(name, detail));
    }

    /// # Errors
    /// 422 with one entry for each bad or unknown field.
    pub fn finish(mut self) -> Result<(), Problem> {
        for name in self.object.keys().take(10) {
            let name: String = name.chars().take(MAX_ECHOED_NAME).collect();
            self.errors
                .push(FieldError::new(name, "This field is not known here."));
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.errors))
        }
    }

    fn take<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Change<T> {
        let read = match self.object.remove(name) {
            None => return Change::Keep,
            Some(Value::Null) => return Change::Clear,
            Some(Value::String(text)) => read(&text),
            Some(_) => Err("Send a text.".to_owned()),
        };
        match read {
            Ok(value) => Change::Set(value),
            Err(detail) => {
                self.refuse(name, detail);
                Change::Keep
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain_text;

    fn fields(json: &str) -> Fields {
        Fields::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn every_bad_field_is_told_at_once() {
        let mut fields = fields(r#"{"a": 1, "c": "", "surprise": true}"#);
        assert_eq!(fields.required("a", plain_text), None);
        assert_eq!(fields.required("b", plain_text), None);
        assert_eq!(fields.optional("c", plain_text), None);
        let problem = fields.finish().unwrap_err();
        let names: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!((problem.status, names), (422, vec!["a", "b", "surprise"]));
    }

    #[test]
    fn absent_null_and_value_differ_in_a_partial_update() {
        let mut fields = fields(r#"{"a": null, "b": " x ", "d": " "}"#);
        assert_eq!(fields.change("a", plain_text), Change::Clear);
        assert_eq!(fields.change("b", plain_text), Change::Set("x".to_owned()));
        assert_eq!(fields.change("c", plain_text), Change::Keep);
        assert_eq!(fields.change("d", plain_text), Change::Clear);
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn an_empty_id_is_no_absent_one() {
        let mut fields = fields(r#"{"a": "", "b": null}"#);
        let id = |text: &str| {
            text.parse::<uuid::Uuid>()
                .map_err(|_| "Send a UUID.".to_owned())
        };
        assert_eq!(fields.nullable("a", id), None);
        assert_eq!(fields.nullable("b", id), None);
        assert_eq!(fields.nullable("c", id), None);
        let problem = fields.finish().unwrap_err();
        assert_eq!(
            (problem.errors.len(), problem.errors[0].field.as_str()),
            (1, "a")
        );
    }

    #[test]
    fn a_list_of_objects_tells_which_one_is_bad() {
        let read = |json: &str| {
            let mut fields = fields(json);
            let list = fields.objects("items", 2, |item| item.required("title", plain_text));
            (list, fields.finish().err())
        };
        let (list, problem) = read(r#"{"items": [{"title": "a"}, {"title": "b"}]}"#);
        assert_eq!(list, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(problem.is_none());
        for (json, field) in [
            (r#"{}"#, "items"),
            (r#"{"items": []}"#, "items"),
            (r#"{"items": "a"}"#, "items"),
            (
                r#"{"items": [{"title": "a"}, {"title": "b"}, {"title": "c"}]}"#,
                "items",
            ),
            (r#"{"items": ["a"]}"#, "items.0"),
            (
                r#"{"items": [{"title": "a"}, {"title": ""}]}"#,
                "items.1.title",
            ),
            (r#"{"items": [{"title": "a", "by": "b"}]}"#, "items.0.by"),
        ] {
            let (_, problem) = read(json);
            assert_eq!(problem.unwrap().errors[0].field, field, "{json}");
        }
    }

    #[test]
    fn a_form_is_read_as_texts() {
        let mut fields = Fields::parse_form(b"a=one+two%0D%0A&b=&c=%FF&a%5B%5D=x");
        assert_eq!(fields.required("a", plain_text), Some("one two".to_owned()));
        assert_eq!(fields.optional("b", plain_text), None);
        assert_eq!(
            fields.optional("c", plain_text),
            Some("\u{fffd}".to_owned())
        );
        assert_eq!(fields.finish().unwrap_err().errors[0].field, "a[]");

        let twice = Fields::parse_form(b"a=1&a=2").finish().unwrap_err();
        assert_eq!(twice.errors[0].detail, "Send this once.");
    }

    #[test]
    fn what_is_no_object_is_a_bad_request() {
        for body in ["", "[]", "1", "{", "\u{0}"] {
            assert_eq!(
                Fields::parse(body.as_bytes()).err().map(|p| p.status),
                Some(400),
                "{body:?}"
            );
        }
    }
}
