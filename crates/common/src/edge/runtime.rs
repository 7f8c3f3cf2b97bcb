//! The calls of `runtime.js`.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, ReadableStream, Request, Response};

#[wasm_bindgen(module = "/src/edge/runtime.js")]
extern "C" {
    pub(super) fn head(request: &Request) -> String;

    pub(super) fn body(request: &Request, limit: u32, milliseconds: u32) -> Promise;

    pub(super) fn send(
        method: &str,
        url: &str,
        headers: &str,
        content: Option<&[u8]>,
        milliseconds: u32,
    ) -> Promise;

    pub(super) fn exchange(
        method: &str,
        url: &str,
        headers: &str,
        content: Option<&[u8]>,
        milliseconds: u32,
        limit: u32,
    ) -> Promise;

    pub(super) fn read(response: &Response, signal: &AbortSignal, limit: u32) -> Promise;

    #[wasm_bindgen(catch)]
    pub(super) fn respond(
        status: u16,
        headers: &str,
        content: Option<&[u8]>,
    ) -> Result<Response, JsValue>;

    #[wasm_bindgen(catch, js_name = respondWith)]
    pub(super) fn respond_with(
        status: u16,
        headers: &str,
        stream: &ReadableStream,
    ) -> Result<Response, JsValue>;
}

/// Headers as `runtime.js` takes them. A line break, which no header can hold, would begin another one.
pub(super) fn lines<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        lines.push_str(name);
        lines.push(':');
        lines.extend(value.chars().filter(|c| !matches!(c, '\n' | '\r' | '\0')));
        lines.push('\n');
    }
    lines
}

/// The bytes of a value that is a `Uint8Array`.
pub(super) fn bytes(value: JsValue) -> Vec<u8> {
    Uint8Array::from(value).to_vec()
}
