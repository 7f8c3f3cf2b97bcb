//! Which way an onboarding may go: from which status to which, by whom.

use serde::Serialize;

use crate::activity::Actor;
use crate::clients::OnboardingStatus;
use OnboardingStatus::{Active, Archived, InProgress, InReview, Pending};

/// One way from a status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: OnboardingStatus,
    pub to: OnboardingStatus,
    pub by: Actor,
    /// Whether a reason must be given, which the client is told.
    pub needs_reason: bool,
}

const fn by_client(from: OnboardingStatus, to: OnboardingStatus) -> Move {
    Move {
        from,
        to,
        by: Actor::Client,
        needs_reason: false,
    }
}

const fn by_staff(from: OnboardingStatus, to: OnboardingStatus, needs_reason: bool) -> Move {
    Move {
        from,
        to,
        by: Actor::Staff,
        needs_reason,
    }
}

/// Every move there is; `private.onboarding_moves` in the database is tested against this table.
pub const MOVES: [Move; 13] = [
    by_client(Pending, InProgress),
    by_client(Pending, InReview),
    by_staff(Pending, Archived, true),
    by_client(InProgress, InReview),
    by_staff(InProgress, Archived, true),
    by_staff(InReview, Active, false),
    by_staff(InReview, InProgress, true),
    by_staff(InReview, Archived, true),
    by_staff(Active, InReview, true),
    by_staff(Active, InProgress, true),
    by_staff(Active, Archived, true),
    by_staff(Archived, InProgress, true),
    by_staff(Archived, Active, true),
];

/// A move that staff may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AllowedMove {
    pub to: OnboardingStatus,
    /// In words, as on a button.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "Make active"))]
    pub title: &'static str,
    /// Whether a reason must be given, which the client is told.
    pub needs_reason: bool,
}

/// The moves of staff from a status.
pub fn allowed(from: OnboardingStatus) -> Vec<AllowedMove> {
    MOVES
        .iter()
        .filter(|known| known.from == from && known.by == Actor::Staff)
        .map(|known| AllowedMove {
            to: known.to,
            title: known.title(),
            needs_reason: known.needs_reason,
        })
        .collect()
}

impl Move {
    /// In words: of staff as on a button, of a client as our team sees it.
    pub const fn title(&self) -> &'static str {
        match (self.by, self.from, self.to) {
            (Actor::Client, _, InReview) => "Submits the answers",
            (Actor::Client, ..) => "Begins to answer",
            (_, Archived, Active) => "Make active again",
            (_, _, Active) => "Make active",
            (_, _, InReview) => "Back to review",
            (_, _, InProgress) => "Open the answers again",
            (_, _, Archived) => "Close the onboarding",
            (_, _, Pending) => "Start anew",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_left_and_no_move_stands_twice() {
        for (at, one) in MOVES.iter().enumerate() {
            assert_ne!(one.from, one.to);
            assert!(
                MOVES[at + 1..]
                    .iter()
                    .all(|other| (one.from, one.to, one.by) != (other.from, other.to, other.by)),
                "{one:?}"
            );
        }
        for status in OnboardingStatus::ALL {
            assert!(!allowed(*status).is_empty(), "{status}");
        }
    }

    #[test]
    fn a_client_never_reaches_what_is_the_firms_to_give() {
        assert!(
            MOVES
                .iter()
                .filter(|known| known.by == Actor::Client)
                .all(|known| matches!(known.to, InProgress | InReview))
        );
    }

    #[test]
    fn staff_activate_what_is_in_review_and_give_a_reason_to_send_it_back() {
        let moves: Vec<_> = allowed(InReview)
            .into_iter()
            .map(|one| (one.to, one.needs_reason))
            .collect();
        assert_eq!(
            moves,
            [(Active, false), (InProgress, true), (Archived, true)]
        );
    }
}
