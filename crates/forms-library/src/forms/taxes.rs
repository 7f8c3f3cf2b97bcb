//! Taxes: sheets of the firm's own, none of which is a form of an authority.

use crate::definition::{
    BUSINESS, EMAIL, Form, FormCategory, Kind, Section, YOUR_NAME, choice, date, field, line,
    money, option, paragraphs, past_date, whole, yes_no,
};

pub(super) const W9_DATA_SHEET: Form = Form {
    id: "w9-data-sheet",
    version: 1,
    title: "W-9 data sheet",
    category: FormCategory::Taxes,
    purpose: "Gathers what goes onto a Form W-9, so that we can prepare one when a customer of yours asks for it.",
    filled_by: "An owner or officer of the business",
    keywords: "w9 taxpayer identification ein payer request",
    sections: &[
        Section {
            title: "What this sheet is",
            text: &["This is a sheet of ours and not the IRS form. Do not give it to anyone who asks you for a Form W-9; we prepare that form from it, and you sign it."],
            fields: &[],
        },
        Section {
            title: "The business",
            text: &[],
            fields: &[
                line("tax_name", "Name as shown on the income tax return").prefilled(crate::definition::Prefill::BusinessName),
                line("trade_name", "Business name, if it is another").optional(),
                choice("classification", "Federal tax classification", &[
                    option("sole-proprietor", "Individual or sole proprietor"),
                    option("c-corp", "C corporation"),
                    option("s-corp", "S corporation"),
                    option("partnership", "Partnership"),
                    option("trust", "Trust or estate"),
                    option("llc", "Limited liability company"),
                    option("other", "Other"),
                ]),
                choice("llc_taxed_as", "How the LLC is taxed", &[
                    option("disregarded", "As part of its single owner"),
                    option("c-corp", "As a C corporation"),
                    option("s-corp", "As an S corporation"),
                    option("partnership", "As a partnership"),
                ])
                .only_if("classification", "llc"),
                paragraphs("other_classification", "Which one").only_if("classification", "other"),
                field("ein", "Employer Identification Number (EIN)", Kind::Ein)
                    .hint("Leave it empty to use the EIN of your profile. A Social Security number does not belong here."),
            ],
        },
        Section {
            title: "Address",
            text: &[],
            fields: &[
                line("street", "Street, and suite or apartment"),
                line("city", "City"),
                line("state", "State"),
                line("zip", "ZIP code"),
            ],
        },
        Section {
            title: "Withholding",
            text: &["The IRS tells a business by letter when payments to it are subject to backup withholding."],
            fields: &[
                yes_no("backup_withholding", "Has the IRS told the business that backup withholding applies?"),
                yes_no("us_person", "Is the business a US person for tax?").hint("A business that was formed in the United States is one."),
            ],
        },
    ],
};

pub(super) const BUSINESS_TAX_ORGANIZER: Form = Form {
    id: "business-tax-organizer",
    version: 1,
    title: "Business tax organizer",
    category: FormCategory::Taxes,
    purpose: "The questions that we ask each year before we prepare the income tax return of a business.",
    filled_by: "An owner or officer of the business",
    keywords: "return annual questionnaire year end income",
    sections: &[
        Section {
            title: "The year",
            text: &[
                "Answer for the whole tax year. Where you are not sure, say so in the notes; we come back to you.",
            ],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                EMAIL,
                whole("year", "Tax year", "", 2199)
                    .hint("The year in which it began, for example 2025."),
                choice(
                    "method",
                    "Accounting method",
                    &[
                        option("cash", "Cash"),
                        option("accrual", "Accrual"),
                        option("unsure", "Not sure"),
                    ],
                ),
            ],
        },
        Section {
            title: "What changed",
            text: &[],
            fields: &[
                yes_no("new_owners", "Did owners or their shares change?"),
                paragraphs("owners", "How").only_if("new_owners", "yes"),
                yes_no(
                    "new_states",
                    "Did you begin to sell or work in another state?",
                ),
                paragraphs("states", "Where, and since when").only_if("new_states", "yes"),
                yes_no("bought", "Did you buy equipment, vehicles or property?"),
                yes_no("sold", "Did you sell or scrap any?"),
                yes_no("loans", "Did you take or pay back a loan?"),
            ],
        },
        Section {
            title: "Income and expenses to ask about",
            text: &[],
            fields: &[
                money("gross", "Sales of the year, about"),
                yes_no(
                    "digital_assets",
                    "Did the business receive, sell or exchange digital assets?",
                ),
                yes_no(
                    "foreign",
                    "Did it have a bank account or customers outside the United States?",
                ),
                yes_no("contractors", "Did it pay contractors for services?"),
                yes_no("forms_1099", "Were all Forms 1099 filed?").only_if("contractors", "yes"),
                yes_no("home_office", "Is part of a home used for the business?"),
                yes_no("vehicle", "Is a car used for the business?"),
                paragraphs("notes", "Anything else that we should know").optional(),
            ],
        },
    ],
};

pub(super) const HOME_OFFICE: Form = Form {
    id: "home-office",
    version: 1,
    title: "Home-office worksheet",
    category: FormCategory::Taxes,
    purpose: "Gathers the facts from which we see whether, and how much of, a home can be deducted.",
    filled_by: "The person who works at home",
    keywords: "home office deduction rent utilities square feet",
    sections: &[
        Section {
            title: "The room",
            text: &[
                "A room counts in general only if it is used regularly and for nothing but the business. Employees of somebody else can\u{2019}t deduct it on their federal return.",
            ],
            fields: &[
                BUSINESS,
                YOUR_NAME,
                whole("year", "Tax year", "", 2199),
                whole(
                    "office_area",
                    "Area used for the business",
                    "square feet",
                    100_000,
                ),
                whole(
                    "home_area",
                    "Area of the whole home",
                    "square feet",
                    100_000,
                ),
                yes_no("exclusive", "Is the area used for nothing else?"),
                yes_no("main_place", "Is it the main place of the business?"),
                past_date("used_from", "Used since"),
            ],
        },
        Section {
            title: "Costs of the home in the year",
            text: &["Write the amounts for the whole home; we work out the part."],
            fields: &[
                choice(
                    "tenure",
                    "The home is",
                    &[option("rented", "Rented"), option("owned", "Owned")],
                ),
                money("rent", "Rent").only_if("tenure", "rented"),
                money("mortgage_interest", "Mortgage interest").only_if("tenure", "owned"),
                money("property_tax", "Real estate taxes").only_if("tenure", "owned"),
                money("insurance", "Insurance").optional(),
                money("utilities", "Electricity, gas, water and heating").optional(),
                money("repairs", "Repairs of the whole home").optional(),
                money("office_repairs", "Repairs of the office alone").optional(),
            ],
        },
    ],
};

pub(super) const NOTICE_RECEIVED: Form = Form {
    id: "tax-notice",
    version: 1,
    title: "Report of a letter from a tax authority",
    category: FormCategory::Taxes,
    purpose: "Tells us about a letter of the IRS or a state, so that it is answered in time.",
    filled_by: "Whoever got the letter",
    keywords: "irs notice letter penalty audit state",
    sections: &[Section {
        title: "The letter",
        text: &[
            "Upload all pages of the letter as a document, too. Do not answer it or pay before we have looked at it together, unless the day it names is close.",
        ],
        fields: &[
            BUSINESS,
            YOUR_NAME,
            choice(
                "authority",
                "Who wrote",
                &[
                    option("irs", "The IRS"),
                    option("state", "A state"),
                    option("local", "A city or county"),
                    option("other", "Somebody else"),
                ],
            ),
            line("number", "Number of the notice")
                .hint("At the top or bottom right, for example CP504.")
                .optional(),
            past_date("dated", "Date of the letter"),
            past_date("received", "Day on which it came"),
            date("answer_by", "Answer or pay by").optional(),
            line("tax_period", "Tax and period it is about").optional(),
            money("amount", "Amount it asks for").optional(),
            paragraphs("about", "What it is about, in your words"),
            choice(
                "agree",
                "Do you agree with it?",
                &[
                    option("yes", "Yes"),
                    option("no", "No"),
                    option("unsure", "Not sure"),
                ],
            ),
        ],
    }],
};
