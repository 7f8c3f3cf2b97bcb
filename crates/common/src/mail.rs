//! A mail of the outbox on its way, what becomes of it after Resend took it, and addresses to which no mail goes any more.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use MailStatus::{Cancelled, Parked, Queued, Sending, Sent, Suppressed};

crate::string_enum! {
    /// What became of a mail, from what another report may overrule to what is final.
    MailOutcome {
        Delayed = "delayed", "Delayed on the way";
        Failed = "failed", "Not sent by the mail service";
        SoftBounced = "soft-bounced", "Came back for now";
        Delivered = "delivered", "Delivered";
        Withheld = "withheld", "Withheld by the mail service";
        Bounced = "bounced", "Came back for good";
        Complained = "complained", "Marked as spam";
    }
}

crate::string_enum! {
    /// Where a mail of the outbox stands.
    MailStatus {
        Queued = "queued", "Waiting";
        Sending = "sending", "Being sent";
        Sent = "sent", "Sent";
        Parked = "parked", "Not sent, gave up";
        Suppressed = "suppressed", "Set aside";
        Cancelled = "cancelled", "Cancelled";
    }
}

crate::string_enum! {
    /// Who moves a mail.
    Mover {
        Delivery = "delivery", "The Worker that sends";
        Staff = "staff", "Our team";
    }
}

crate::string_enum! {
    /// What staff can have done with a mail that was not sent.
    MailAction {
        Retry = "retry", "Send it now";
        Cancel = "cancel", "Cancel it";
    }
}

crate::string_enum! {
    /// What the mails of the outbox are about.
    MailTemplate {
        Welcome = "welcome", "Welcome";
        Receipt = "receipt", "Receipt of the onboarding";
        ClosureRequested = "closure-requested", "Request to close the account";
        ContactRequest = "contact-request", "Contact form, to the firm";
        DocumentReturned = "document-returned", "Document returned";
        RequestsMade = "requests-made", "We asked for something";
        RequestReturned = "request-returned", "Answer sent back";
        RequestsReminder = "requests-reminder", "Reminder of what we asked for";
        StatusChanged = "status-changed", "Onboarding status changed";
        TeamMessage = "team-message", "Message of our team";
        DeadlineReminder = "deadline-reminder", "Reminder of due dates";
    }
}

/// One way from a status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: MailStatus,
    pub to: MailStatus,
    pub by: Mover,
}

const fn by_delivery(from: MailStatus, to: MailStatus) -> Move {
    Move {
        from,
        to,
        by: Mover::Delivery,
    }
}

const fn by_staff(from: MailStatus, to: MailStatus) -> Move {
    Move {
        from,
        to,
        by: Mover::Staff,
    }
}

/// Every move there is; `private.email_moves` in the database is tested against this table. What waits and is sent now goes
/// from waiting to waiting.
pub const MOVES: [Move; 12] = [
    by_delivery(Queued, Sending),
    by_delivery(Queued, Suppressed),
    by_delivery(Sending, Sent),
    by_delivery(Sending, Queued),
    by_delivery(Sending, Parked),
    by_delivery(Sending, Suppressed),
    by_staff(Queued, Queued),
    by_staff(Queued, Cancelled),
    by_staff(Parked, Queued),
    by_staff(Parked, Cancelled),
    by_staff(Suppressed, Queued),
    by_staff(Suppressed, Cancelled),
];

impl MailAction {
    /// Where it brings a mail.
    pub const fn to(self) -> MailStatus {
        match self {
            Self::Retry => Queued,
            Self::Cancel => Cancelled,
        }
    }
}

/// What staff can have done with a mail. `stopped` says that no mail goes to its address.
pub fn actions(status: MailStatus, stopped: bool) -> Vec<MailAction> {
    MailAction::ALL
        .iter()
        .copied()
        .filter(|action| MOVES.contains(&by_staff(status, action.to())))
        .filter(|action| !(stopped && *action == MailAction::Retry))
        .collect()
}

impl MailOutcome {
    /// Whether no mail should go to the address after it.
    pub const fn stops(self) -> bool {
        matches!(self, Self::Withheld | Self::Bounced | Self::Complained)
    }
}

/// Since when and why no mail goes to an address, as our team sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MailStop {
    pub id: Uuid,
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "maria@example.com"))]
    pub address: String,
    pub outcome: MailOutcome,
    /// What the other side said, in its words.
    pub detail: Option<String>,
    /// RFC 3339.
    pub since: String,
    /// Since when mail goes there again, RFC 3339; null while none does.
    pub lifted_at: Option<String>,
    /// The address of who of our team had it go again.
    pub lifted_by: Option<String>,
}

/// What a client is told when our mails do not reach them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MailNotice {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "maria@example.com"))]
    pub address: String,
    /// RFC 3339.
    pub since: String,
    pub title: &'static str,
    /// Why, and what helps.
    pub detail: &'static str,
}

impl From<MailStop> for MailNotice {
    fn from(stop: MailStop) -> Self {
        Self {
            address: stop.address,
            since: stop.since,
            title: "Our mails do not reach you",
            detail: match stop.outcome {
                MailOutcome::Complained => {
                    "A mail of ours was marked as spam, so we have stopped sending them. Everything we tell you stands here too. Write to us if you want our mails again."
                }
                _ => {
                    "A mail to this address came back, so we have stopped sending them. Everything we tell you stands here too. Change your address in your account, or write to us if it works again."
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_or_cancelled_stays_so() {
        for status in [Sent, Cancelled, Sending] {
            assert!(actions(status, false).is_empty(), "{status}");
        }
        for status in [Queued, Parked, Suppressed] {
            assert_eq!(
                actions(status, false),
                [MailAction::Retry, MailAction::Cancel],
                "{status}"
            );
            assert_eq!(actions(status, true), [MailAction::Cancel], "{status}");
        }
    }

    #[test]
    fn every_mail_can_come_to_an_end() {
        for status in MailStatus::ALL {
            let ends = matches!(status, Sent | Cancelled);
            let goes_on = MOVES
                .iter()
                .any(|known| known.from == *status && known.to != *status);
            assert_ne!(ends, goes_on, "{status}");
        }
    }

    #[test]
    fn an_address_is_given_up_for_what_is_final_alone() {
        let stopping: Vec<_> = MailOutcome::ALL
            .iter()
            .skip_while(|outcome| !outcome.stops())
            .collect();
        assert!(
            stopping.len() == 3 && stopping.iter().all(|outcome| outcome.stops()),
            "what stops mail is worse than all that does not"
        );
        assert!(!MailOutcome::Delivered.stops() && !MailOutcome::SoftBounced.stops());
    }
}
