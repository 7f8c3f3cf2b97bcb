//! Records that a company keeps of its own decisions.

use crate::definition::{
    BUSINESS, Form, FormCategory, Section, YOUR_NAME, choice, date, line, option, paragraphs,
    past_date, rows, whole, yes_no,
};

pub(super) const BOARD_MINUTES: Form = Form {
    id: "board-minutes",
    version: 1,
    title: "Minutes of a board meeting",
    category: FormCategory::Records,
    purpose: "Records who met, what was decided, and by which votes.",
    filled_by: "The secretary, or whoever takes the minutes",
    keywords: "board directors corporation resolution meeting template",
    sections: &[
        Section {
            title: "The meeting",
            text: &[
                "Keep the signed minutes with the records of the corporation. Your bylaws say how a meeting is called and how many directors must be there.",
            ],
            fields: &[
                line("business_name", "Name of the corporation")
                    .prefilled(crate::definition::Prefill::BusinessName),
                choice(
                    "kind",
                    "Kind of meeting",
                    &[
                        option("regular", "Regular"),
                        option("special", "Special"),
                        option("annual", "Annual"),
                    ],
                ),
                past_date("held_on", "Held on"),
                line("place", "Place, or how one took part"),
                line("chair", "Chair"),
                line("secretary", "Secretary of the meeting")
                    .prefilled(crate::definition::Prefill::FullName),
                choice(
                    "notice",
                    "How the directors were called",
                    &[
                        option("given", "Notice was given as the bylaws ask"),
                        option("waived", "All directors waived notice"),
                    ],
                ),
            ],
        },
        Section {
            title: "Who was there",
            text: &[],
            fields: &[
                rows(
                    "directors",
                    "Directors",
                    &[
                        line("name", "Name"),
                        choice(
                            "present",
                            "Present",
                            &[option("yes", "Present"), option("no", "Absent")],
                        ),
                    ],
                    &[],
                ),
                yes_no("quorum", "Were enough directors there to decide?"),
                line("guests", "Guests").optional(),
            ],
        },
        Section {
            title: "What was decided",
            text: &["Write each decision as it was put to the vote."],
            fields: &[
                yes_no(
                    "minutes_approved",
                    "Were the minutes of the last meeting approved?",
                ),
                rows(
                    "decisions",
                    "Decisions",
                    &[
                        line("decision", "The board resolved that"),
                        whole("votes_for", "For", "", 1_000),
                        whole("votes_against", "Against", "", 1_000),
                        whole("abstained", "Abstained", "", 1_000),
                    ],
                    &[],
                ),
                paragraphs("reports", "Reports that were heard").optional(),
                paragraphs("tasks", "Who does what until when").optional(),
            ],
        },
    ],
};

pub(super) const MEMBER_CONSENT: Form = Form {
    id: "member-consent",
    version: 1,
    title: "Written consent of the members of an LLC",
    category: FormCategory::Records,
    purpose: "Records a decision that the members of an LLC make in writing, without a meeting.",
    filled_by: "A member or manager of the LLC",
    keywords: "llc resolution members managers operating agreement decision",
    sections: &[
        Section {
            title: "The company",
            text: &[
                "Your operating agreement says which decisions may be made in this way and how many members must agree.",
            ],
            fields: &[
                line("business_name", "Name of the LLC")
                    .prefilled(crate::definition::Prefill::BusinessName),
                line("state", "State in which it was formed"),
                date("effective", "The decision holds from"),
            ],
        },
        Section {
            title: "The decision",
            text: &[],
            fields: &[
                choice(
                    "about",
                    "What it is about",
                    &[
                        option("bank", "Opening or changing a bank account"),
                        option("contract", "A contract or a loan"),
                        option("member", "A new member, or one who leaves"),
                        option("distribution", "A distribution"),
                        option("other", "Something else"),
                    ],
                ),
                paragraphs("decision", "The members decide that"),
                line("acts", "Who may act on it for the LLC"),
            ],
        },
        Section {
            title: "The members",
            text: &[
                "The one who signs this form confirms that each member who is listed here has agreed in writing and keeps those consents.",
            ],
            fields: &[rows(
                "members",
                "Members",
                &[
                    line("name", "Name"),
                    whole("share", "Share, percent", "", 100),
                    past_date("agreed_on", "Agreed on"),
                ],
                &["share"],
            )],
        },
    ],
};

pub(super) const OWNERSHIP_CHANGE: Form = Form {
    id: "ownership-change",
    version: 1,
    title: "Notice of a change of owners",
    category: FormCategory::Records,
    purpose: "Tells us when owners, their shares, or the officers of the business change.",
    filled_by: "An owner or officer of the business",
    keywords: "shareholder member partner officer responsible party",
    sections: &[
        Section {
            title: "What changes",
            text: &[
                "A change of owners can end a tax year, a tax status or a license. Tell us before it happens if you can. The IRS wants to hear of a new responsible party on a form of its own, which we prepare.",
            ],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                date("changes_on", "Day of the change"),
                choice(
                    "how",
                    "How it comes about",
                    &[
                        option("sale", "A share is sold"),
                        option("new", "Somebody new joins"),
                        option("leaves", "Somebody leaves"),
                        option("inherited", "A share is inherited"),
                        option("officers", "Officers change, not owners"),
                    ],
                ),
                paragraphs("details", "What is agreed, in a few sentences"),
                yes_no(
                    "responsible_party",
                    "Does the person who controls the business change?",
                ),
            ],
        },
        Section {
            title: "Owners after the change",
            text: &["Do not write Social Security numbers here."],
            fields: &[rows(
                "owners",
                "Owners",
                &[
                    line("name", "Name"),
                    line("role", "Role").optional(),
                    whole("share", "Share, percent", "", 100),
                ],
                &["share"],
            )],
        },
    ],
};

pub(super) const CONFLICT_OF_INTEREST: Form = Form {
    id: "conflict-of-interest",
    version: 1,
    title: "Conflict-of-interest disclosure",
    category: FormCategory::Records,
    purpose: "Lets a director, officer or key employee tell the business of interests that may pull another way.",
    filled_by: "A director, officer or key employee",
    keywords: "nonprofit board annual disclosure related party",
    sections: &[Section {
        title: "Your interests",
        text: &[
            "A conflict is not a fault. It is one only if nobody knows. Tell what a careful person would want to know before they let you decide.",
        ],
        fields: &[
            BUSINESS,
            YOUR_NAME,
            line("role", "Your role"),
            whole("year", "For the year", "", 2199),
            yes_no(
                "has_conflict",
                "Do you, or somebody close to you, have such an interest?",
            ),
            paragraphs("interest", "What it is, and with whom").only_if("has_conflict", "yes"),
            yes_no(
                "gifts",
                "Did you get gifts or favors from somebody the business deals with?",
            ),
            paragraphs("which_gifts", "Which, and from whom").only_if("gifts", "yes"),
            yes_no(
                "will_tell",
                "Will you tell the business at once when this changes?",
            ),
        ],
    }],
};
