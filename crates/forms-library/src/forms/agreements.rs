//! What a client and the firm agree on.

use crate::definition::{
    BUSINESS, EMAIL, Form, FormCategory, PHONE, Section, YOUR_NAME, choice, coming_date, date,
    line, money, option, paragraphs, yes_no,
};

pub(super) const ENGAGEMENT_LETTER: Form = Form {
    id: "engagement-letter",
    version: 1,
    title: "Engagement letter",
    category: FormCategory::Agreements,
    purpose: "Sets down what we do for your business, what we need from you, and what it costs.",
    filled_by: "An owner or officer of the business",
    keywords: "contract agreement terms services fees",
    sections: &[
        Section {
            title: "Who this is between",
            text: &["This letter is between the business named here (\u{201c}you\u{201d}) and OmegaOS (\u{201c}we\u{201d}). It starts on the day below and goes on until one of us ends it."],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                line("your_role", "Your role in the business").hint("For example owner, managing member or president."),
                EMAIL,
                PHONE,
                date("starts_on", "Day on which our work starts"),
            ],
        },
        Section {
            title: "What we do",
            text: &["We do the work that you choose here, with the care that our profession asks of us. Work that is not listed is not part of this letter; we agree on it in writing first."],
            fields: &[
                yes_no("bookkeeping", "Monthly bookkeeping"),
                yes_no("payroll", "Payroll"),
                yes_no("tax_returns", "Preparing income tax returns"),
                yes_no("advisory", "Advice during the year"),
                paragraphs("other_work", "Other work that we have agreed on").optional(),
            ],
        },
        Section {
            title: "What it costs",
            text: &["We bill the amount below. If the work turns out to be larger than either of us thought, we tell you before we do it, not after."],
            fields: &[
                choice("billed", "How we bill", &[
                    option("monthly", "A fixed amount each month"),
                    option("project", "A fixed amount for the whole work"),
                    option("hourly", "By the hour"),
                ]),
                money("fee", "Amount, in US dollars").hint("The amount that our offer names: for a month, for the whole work, or for an hour."),
            ],
        },
        Section {
            title: "What we need from you",
            text: &[
                "You give us complete and true records, in time for us to work with them. We rely on what you tell us and do not audit it. You keep the originals of your records.",
                "You read what we prepare before it is filed. You stay responsible for your returns, for your payments, and for the decisions of your business.",
                "You tell us at once when something important changes: owners, address, legal form, bank accounts, or a letter from a tax authority.",
            ],
            fields: &[],
        },
        Section {
            title: "What you can expect from us",
            text: &[
                "We keep what you entrust to us confidential. We give it to others only when you have allowed it or the law requires it.",
                "We tell you when we find a mistake in earlier work, ours or that of others, and what can be done about it.",
                "Either of us may end this letter in writing at any time. You then pay for the work that is done, and we hand back your records.",
            ],
            fields: &[],
        },
    ],
};

pub(super) const PAPERLESS_CONSENT: Form = Form {
    id: "paperless-consent",
    version: 1,
    title: "Consent to electronic documents",
    category: FormCategory::Agreements,
    purpose: "Lets us send you documents electronically and take your electronic signature.",
    filled_by: "Anyone who signs for the business",
    keywords: "e-signature electronic delivery paper",
    sections: &[
        Section {
            title: "What you agree to",
            text: &[
                "With this consent we may give you letters, reports, forms and notices electronically, in your account, instead of on paper. What you sign by typing your name in your account counts as signed by you.",
                "You may ask for a paper copy of any document, and you may take this consent back at any time by writing to us. What was signed before stays signed.",
                "To read and keep documents you need a current web browser, a program that opens PDF files, and an email address that works. Tell us when your address changes.",
            ],
            fields: &[BUSINESS, YOUR_NAME, EMAIL],
        },
        Section {
            title: "Your choice",
            text: &[],
            fields: &[
                choice(
                    "consent",
                    "How you want to get documents",
                    &[
                        option(
                            "electronic",
                            "Electronically. I have opened a PDF in my account and could read it.",
                        ),
                        option("paper", "On paper, by mail"),
                    ],
                ),
                paragraphs("mail_address", "Where we send paper").only_if("consent", "paper"),
            ],
        },
    ],
};

pub(super) const END_OF_ENGAGEMENT: Form = Form {
    id: "end-of-engagement",
    version: 1,
    title: "Notice to end our work",
    category: FormCategory::Agreements,
    purpose: "Tells us that our work for you ends, and what happens with your records.",
    filled_by: "An owner or officer of the business",
    keywords: "cancel terminate leave disengagement records",
    sections: &[
        Section {
            title: "What ends, and when",
            text: &[
                "We finish what is due before the last day unless you tell us not to. What is due afterwards, returns and payments included, is then yours or your next adviser\u{2019}s to do.",
            ],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                coming_date("last_day", "Last day of our work"),
                choice(
                    "scope",
                    "What ends",
                    &[
                        option("all", "All of our work"),
                        option("part", "Part of it"),
                    ],
                ),
                paragraphs("which_part", "Which part").only_if("scope", "part"),
                paragraphs("reason", "Why, if you would like to tell us").optional(),
            ],
        },
        Section {
            title: "Your records",
            text: &[
                "Your documents stay in your account until it is closed; download what you want to keep.",
            ],
            fields: &[
                yes_no(
                    "hand_over",
                    "Shall we hand your records to another adviser?",
                ),
                line("adviser", "Name of the adviser").only_if("hand_over", "yes"),
                crate::definition::field(
                    "adviser_email",
                    "Email address of the adviser",
                    crate::definition::Kind::Email,
                )
                .only_if("hand_over", "yes"),
            ],
        },
    ],
};
