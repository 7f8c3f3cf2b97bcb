//! `GET`, `POST /functions/v1/account/closure`: the client's request to have the account closed. Nothing
//! is closed by it; staff decide.

use omega_common::closures::Closure;
use omega_common::fields::Fields;
use omega_common::problem::Problem;
use omega_common::rest::{self, RestError};
use omega_common::text::plain_text;
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
mod api;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use api::api;

/// The newest request of the client.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ClosureDocument {
    /// Null when the client has never asked.
    pub closure: Option<Closure>,
}

omega_common::string_enum! {
    /// What to do.
    ClosureAction {
        Ask = "ask", "Ask";
        Withdraw = "withdraw", "Withdraw";
    }
}

/// What a client wants of the account's closure.
#[derive(Debug, PartialEq)]
pub enum Wish {
    Ask { reason: Option<String> },
    Withdraw,
}

impl Wish {
    /// # Errors
    /// 422 with one entry for each bad field.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        let action = fields.required("action", str::parse::<ClosureAction>);
        let reason = fields.optional("reason", plain_text);
        if action == Some(ClosureAction::Withdraw) && reason.is_some() {
            fields.refuse("reason", "A reason goes with asking only.");
        }
        fields.finish()?;
        match action {
            Some(ClosureAction::Ask) => Ok(Self::Ask { reason }),
            Some(ClosureAction::Withdraw) => Ok(Self::Withdraw),
            // `finish` has refused a request without an action.
            None => Err(Problem::invalid(Vec::new())),
        }
    }
}

/// The answer of the database's `ask_for_closure`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// False when a request stood already.
    pub made: bool,
    pub closure: Closure,
}

/// What a refusal of the database means.
pub fn refusal(status: u16, body: &[u8]) -> Problem {
    let error: RestError = serde_json::from_slice(body).unwrap_or_default();
    match (error.code.as_str(), error.hint.as_deref()) {
        ("PT409", Some("decided")) => Problem::conflict(
            "Our team has decided on this request already. Send us a message if you have changed your mind.",
        ),
        ("PT404", Some("none")) => Problem::not_found("There is no request to withdraw."),
        ("PT429", _) => {
            let mut problem = Problem::new(
                429,
                "You have asked several times today already. Try again tomorrow, or send us a message.",
            );
            problem.retry_after = Some(24 * 60 * 60);
            problem
        }
        _ => rest::refusal(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Wish, Problem> {
        Wish::read(Fields::parse(json.as_bytes()).unwrap())
    }

    #[test]
    fn a_reason_may_be_left_out() {
        for json in [
            r#"{"action": "ask"}"#,
            r#"{"action": "ask", "reason": " "}"#,
            r#"{"action": "ask", "reason": null}"#,
        ] {
            assert_eq!(read(json).unwrap(), Wish::Ask { reason: None }, "{json}");
        }
        assert_eq!(
            read(r#"{"action": "ask", "reason": " We stop trading. "}"#).unwrap(),
            Wish::Ask {
                reason: Some("We stop trading.".to_owned())
            }
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (json, field) in [
            ("{}", "action"),
            (r#"{"action": "delete"}"#, "action"),
            (r#"{"action": "withdraw", "reason": "x"}"#, "reason"),
            (r#"{"action": "ask", "reason": "a\nb"}"#, "reason"),
            (r#"{"action": "ask", "client_id": "x"}"#, "client_id"),
        ] {
            let problem = read(json).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].field.as_str()),
                (422, field),
                "{json}"
            );
        }
    }

    #[test]
    fn refusals_of_the_database_become_ours() {
        let status = |code: &str, hint: &str| {
            let body =
                format!(r#"{{"code":"{code}","message":"x","details":null,"hint":"{hint}"}}"#);
            refusal(400, body.as_bytes()).status
        };
        assert_eq!(status("PT409", "decided"), 409);
        assert_eq!(status("PT404", "none"), 404);
        assert_eq!(status("PT429", ""), 429);
        assert_eq!(status("PT404", ""), 404);
        assert_eq!(status("42501", ""), 403);
    }
}
