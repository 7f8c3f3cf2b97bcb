//! Asking for the mail of the outbox to be sent.

use worker::{Method, RequestInit};

use super::{Exchange, log};

impl Exchange {
    /// Has the outbox looked at now instead of at the next minute, by the service binding
    /// `EMAIL_DELIVER`, after the answer. The mail is safe either way.
    pub fn send_mail_now(&self) {
        let Ok(deliver) = self.env().service("EMAIL_DELIVER") else {
            return;
        };
        let background = self.clone();
        self.wait_until(async move {
            let mut init = RequestInit::new();
            init.with_method(Method::Post);
            if let Err(error) = deliver
                .fetch(
                    "https://email-deliver/functions/v1/email/deliver",
                    Some(init),
                )
                .await
            {
                log(
                    "warn",
                    serde_json::json!({"request_id": background.request_id(), "cause": format!("deliver: {error}")}),
                );
            }
        });
    }
}
