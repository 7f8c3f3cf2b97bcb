//! What a client allows the firm, or others, to do.

use crate::definition::{
    BUSINESS, EMAIL, Form, FormCategory, Kind, PHONE, Section, YOUR_NAME, choice, coming_date,
    date, field, line, money, option, paragraphs, yes_no,
};

pub(super) const INFORMATION_RELEASE: Form = Form {
    id: "information-release",
    version: 1,
    title: "Information-release authorization",
    category: FormCategory::Authorizations,
    purpose: "Allows us to give certain information about your business to somebody you name, such as a lender or a lawyer.",
    filled_by: "An owner or officer of the business",
    keywords: "disclose share bank lender attorney consent",
    sections: &[
        Section {
            title: "Who allows it",
            text: &[
                "We give nothing about your business to anybody else unless you allow it or the law requires it. With this form you allow it once, to one receiver, within the limits that you set.",
            ],
            fields: &[BUSINESS, YOUR_NAME, EMAIL],
        },
        Section {
            title: "Who may get what",
            text: &[],
            fields: &[
                line("receiver", "Person or company that may get it"),
                field("receiver_email", "Their email address", Kind::Email),
                choice(
                    "information",
                    "What we may give",
                    &[
                        option("statements", "Financial statements"),
                        option("returns", "Copies of tax returns"),
                        option("payroll", "Payroll reports"),
                        option("other", "Something else"),
                    ],
                ),
                paragraphs("other_information", "What else").only_if("information", "other"),
                line("periods", "For which years or months").hint("For example 2024 and 2025."),
                line("purpose", "What it is needed for").hint("For example a loan application."),
            ],
        },
        Section {
            title: "How long it holds",
            text: &[
                "This authorization ends on the day below. You may take it back earlier by writing to us; what we have given until then we can\u{2019}t call back.",
                "Once the receiver has the information, we have no say in what they do with it.",
            ],
            fields: &[coming_date("ends_on", "Last day on which we may give it")],
        },
    ],
};

pub(super) const BANK_CHANGE: Form = Form {
    id: "bank-change",
    version: 1,
    title: "Bank-change authorization",
    category: FormCategory::Authorizations,
    purpose: "Tells us which bank account of the business we use from a certain day on.",
    filled_by: "An owner or officer who may sign for the account",
    keywords: "account routing direct debit refund payments",
    sections: &[
        Section {
            title: "The business",
            text: &[
                "Before we use a new account we call you at the number that we have on file, not at one from this form. That protects you from somebody who changes your account in your name.",
            ],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                line("your_role", "Your role in the business"),
            ],
        },
        Section {
            title: "The new account",
            text: &[
                "The account must belong to the business. The numbers are printed in full on the form that you sign; everywhere else we show the last four digits.",
            ],
            fields: &[
                line("bank", "Name of the bank"),
                choice(
                    "account_type",
                    "Kind of account",
                    &[option("checking", "Checking"), option("savings", "Savings")],
                ),
                field("routing_number", "Routing number", Kind::RoutingNumber)
                    .hint("Nine digits, at the bottom left of a check."),
                field("account_number", "Account number", Kind::AccountNumber),
                coming_date("from", "Use it from"),
            ],
        },
        Section {
            title: "What it is used for",
            text: &[],
            fields: &[
                yes_no("for_payroll", "Payroll is paid from it"),
                yes_no("for_taxes", "Taxes are paid from it"),
                yes_no("for_fees", "Our fees are paid from it"),
                yes_no("for_refunds", "Refunds are paid into it"),
                yes_no("replaces", "Does it replace another account?"),
                line("replaced", "Which one")
                    .hint(
                        "Name of the bank and the last four digits. Do not write the whole number.",
                    )
                    .only_if("replaces", "yes"),
            ],
        },
        Section {
            title: "What you confirm",
            text: &[
                "By signing you confirm that the account is the business\u{2019}s own, that you may sign for it, and that we may use it for what you chose until you tell us in writing to stop.",
            ],
            fields: &[],
        },
    ],
};

pub(super) const BILL_PAYMENT: Form = Form {
    id: "bill-payment",
    version: 1,
    title: "Bill-payment authorization",
    category: FormCategory::Authorizations,
    purpose: "Sets which bills we may pay for you, up to which amount, and who approves the rest.",
    filled_by: "An owner or officer of the business",
    keywords: "pay bills limit approve vendor",
    sections: &[
        Section {
            title: "The business",
            text: &[
                "We pay bills from your account only within the limits on this form. We never move money to an account of our own, but for our fees where you have allowed it.",
            ],
            fields: &[BUSINESS, YOUR_NAME],
        },
        Section {
            title: "The limits",
            text: &[],
            fields: &[
                money("single_limit", "A single bill without asking you, up to"),
                money(
                    "month_limit",
                    "All bills of a month without asking you, up to",
                ),
                yes_no(
                    "known_vendors",
                    "Only vendors that you have approved before?",
                ),
                line("approver", "Who approves what is above the limits"),
                field("approver_email", "Their email address", Kind::Email),
                paragraphs("never", "What we must never pay without asking").optional(),
            ],
        },
        Section {
            title: "How long it holds",
            text: &[
                "This authorization holds from the day below until you take it back in writing. Payments that are under way then may still go through.",
            ],
            fields: &[coming_date("from", "Holds from")],
        },
    ],
};

pub(super) const CONTACT_PERSON: Form = Form {
    id: "contact-person",
    version: 1,
    title: "Authorized contact person",
    category: FormCategory::Authorizations,
    purpose: "Names somebody besides you with whom we may talk about your business.",
    filled_by: "An owner or officer of the business",
    keywords: "delegate representative spouse manager assistant",
    sections: &[
        Section {
            title: "Who names the person",
            text: &[
                "The person may ask us questions, send us documents and hear our answers. They can\u{2019}t sign for you, change bank accounts, or end our work. To represent you before a tax authority a power of attorney on that authority\u{2019}s own form is needed as well.",
            ],
            fields: &[BUSINESS, YOUR_NAME],
        },
        Section {
            title: "The person",
            text: &[],
            fields: &[
                line("person", "Name"),
                line("relation", "What they are to the business")
                    .hint("For example office manager, spouse or lawyer."),
                field("person_email", "Their email address", Kind::Email),
                field("person_phone", "Their phone number", Kind::Phone),
                choice(
                    "topics",
                    "What they may talk about with us",
                    &[
                        option("everything", "Everything"),
                        option("bookkeeping", "Bookkeeping and bills"),
                        option("payroll", "Payroll"),
                        option("taxes", "Taxes"),
                    ],
                ),
                date("from", "From"),
                coming_date("until", "Until")
                    .hint("Leave it empty if it holds until you take it back.")
                    .optional(),
            ],
        },
    ],
};

pub(super) const CONTACT_CHANGE: Form = Form {
    id: "contact-change",
    version: 1,
    title: "Change of address or contact data",
    category: FormCategory::Authorizations,
    purpose: "Tells us a new address, phone number or email address of the business.",
    filled_by: "An owner or officer of the business",
    keywords: "move moved address phone email update",
    sections: &[
        Section {
            title: "The business",
            text: &[
                "We change our own records with this form. Tax authorities, banks and state offices must be told on their own forms; we tell you which ones.",
            ],
            fields: &[BUSINESS, YOUR_NAME, date("from", "The change holds from")],
        },
        Section {
            title: "What changes",
            text: &[],
            fields: &[
                yes_no("new_address", "Does the address change?"),
                paragraphs("address", "New address").only_if("new_address", "yes"),
                choice(
                    "address_kind",
                    "What is at this address",
                    &[
                        option("both", "Mail and business"),
                        option("mail", "Mail only"),
                        option("business", "Business only"),
                    ],
                )
                .only_if("new_address", "yes"),
                yes_no(
                    "new_contact",
                    "Does a phone number or email address change?",
                ),
                PHONE.only_if("new_contact", "yes"),
                EMAIL.only_if("new_contact", "yes"),
            ],
        },
    ],
};
