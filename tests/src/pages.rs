//! The pages of the site, as its own list names them.

use std::process::Command;

use serde::Deserialize;

use crate::openapi::root;

/// A line of `omega-site/modules/site.js`.
#[derive(Debug, Deserialize)]
pub struct Page {
    pub path: String,
    /// `client` or `staff`, for a page that one must be signed in for.
    pub needs: Option<String>,
}

impl Page {
    pub fn is_for(&self, whom: &str) -> bool {
        self.needs.as_deref() == Some(whom)
    }
}

/// # Panics
/// When the list can't be read: Node is installed by `cargo xtask setup`.
pub fn site_pages() -> Vec<Page> {
    let output = Command::new(root().join("node_modules/.bin/node"))
        .current_dir(root().join("omega-site"))
        .args([
            "--input-type=module",
            "--eval",
            "import { pages } from './modules/site.js'; console.log(JSON.stringify(pages));",
        ])
        .output()
        .expect("node does not start");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}
