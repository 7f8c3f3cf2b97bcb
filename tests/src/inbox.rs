use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::system::System;
use crate::wait::eventually;

/// A mail in the local inbox.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    pub id: String,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    #[serde(default)]
    pub html: String,
    #[serde(default)]
    pub text: Option<String>,
}

impl Mail {
    /// The first link in the HTML whose address contains `part`, as a reader would press it.
    pub fn link(&self, part: &str) -> String {
        let links = self
            .html
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let mut links = links.map(|link| link.replace("&amp;", "&"));
        links
            .find(|link| link.contains(part))
            .unwrap_or_else(|| panic!("the mail has no link with {part}: {}", self.html))
    }
}

impl System {
    /// Every mail to an address, in the order of the inbox.
    pub async fn mails(&self, recipient: &str) -> Vec<Mail> {
        let request = self
            .http
            .get(format!("{}/emails", self.addresses.inbox))
            .header("authorization", "Bearer re_local");
        let mut list = Answer::to(request).await.expect(200);
        let all: Vec<Value> =
            serde_json::from_value(list["data"].take()).expect("the inbox gives no list");
        all.into_iter()
            .filter(|mail| {
                mail["to"]
                    .as_array()
                    .is_some_and(|to| to.iter().any(|address| address == recipient))
            })
            .map(|mail| serde_json::from_value(mail).expect("a mail of another shape"))
            .collect()
    }

    /// The mail to an address whose subject starts so, as soon as it has arrived.
    pub async fn mail(&self, recipient: &str, subject: &str) -> Mail {
        self.eventually_mailed(
            &format!("the mail “{subject}…” to {recipient}"),
            async || {
                self.mails(recipient)
                    .await
                    .into_iter()
                    .find(|mail| mail.subject.starts_with(subject))
            },
        )
        .await
    }

    /// Waits for something that the sending of mail brings about. A sign-up has it sent at once; what another
    /// test held at that moment goes with the next run of the cron, which comes sooner here than each minute.
    pub async fn eventually_mailed<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        let mut looks = 0;
        eventually(what, async || {
            looks += 1;
            if looks % 40 == 0 {
                let _ = self
                    .http
                    .get(format!("{}/cdn-cgi/handler/scheduled", self.addresses.site))
                    .send()
                    .await;
            }
            look().await
        })
        .await
    }
}
