//! Expenses, cash and things of value.

use crate::definition::{
    BUSINESS, Form, FormCategory, Section, YOUR_NAME, choice, date, line, money, option,
    paragraphs, past_date, rows, whole, yes_no,
};

pub(super) const MILEAGE_LOG: Form = Form {
    id: "mileage-log",
    version: 1,
    title: "Mileage log",
    category: FormCategory::Money,
    purpose: "Records business trips by car, with day, miles, place and purpose, as a deduction needs it.",
    filled_by: "Whoever drove",
    keywords: "car vehicle miles driving travel deduction",
    sections: &[
        Section {
            title: "The car",
            text: &[
                "Write trips down at the time, or soon after. Driving from home to the usual place of work and back is not a business trip.",
            ],
            fields: &[
                BUSINESS,
                line("driver", "Name of the driver")
                    .prefilled(crate::definition::Prefill::FullName),
                line("vehicle", "Car").hint("For example 2022 Toyota Camry."),
                date("period_from", "First day of this log"),
                date("period_to", "Last day of this log"),
                whole(
                    "odometer_start",
                    "Odometer on the first day",
                    "miles",
                    2_000_000,
                ),
                whole(
                    "odometer_end",
                    "Odometer on the last day",
                    "miles",
                    2_000_000,
                ),
            ],
        },
        Section {
            title: "Business trips",
            text: &[],
            fields: &[rows(
                "trips",
                "Trips",
                &[
                    past_date("day", "Day"),
                    line("place", "From and to"),
                    line("purpose", "Business purpose"),
                    whole("miles", "Miles", "", 10_000),
                    money("tolls", "Tolls and parking").optional(),
                ],
                &["miles", "tolls"],
            )],
        },
        Section {
            title: "Confirmed",
            text: &[
                "By signing you confirm that these trips were made for the business and that the miles are right.",
            ],
            fields: &[],
        },
    ],
};

pub(super) const EXPENSE_REPORT: Form = Form {
    id: "expense-report",
    version: 1,
    title: "Expense report",
    category: FormCategory::Money,
    purpose: "Lists what somebody paid for the business, so that it is booked and paid back.",
    filled_by: "Whoever paid",
    keywords: "reimbursement receipts travel meals spend",
    sections: &[
        Section {
            title: "Who paid, and when",
            text: &[
                "Upload the receipts as documents. For meals write down who was there and what it was about.",
            ],
            fields: &[
                BUSINESS,
                line("payer", "Who paid").prefilled(crate::definition::Prefill::FullName),
                date("period_from", "First day"),
                date("period_to", "Last day"),
            ],
        },
        Section {
            title: "Expenses",
            text: &[],
            fields: &[
                rows(
                    "expenses",
                    "Expenses",
                    &[
                        past_date("day", "Day"),
                        line("paid_to", "Paid to"),
                        choice(
                            "category",
                            "What for",
                            &[
                                option("travel", "Travel"),
                                option("lodging", "Lodging"),
                                option("meals", "Meals"),
                                option("supplies", "Supplies"),
                                option("software", "Software"),
                                option("postage", "Postage"),
                                option("other", "Other"),
                            ],
                        ),
                        line("purpose", "Business purpose"),
                        money("amount", "Amount"),
                    ],
                    &["amount"],
                ),
                choice(
                    "paid_with",
                    "Paid with",
                    &[
                        option("own", "Own money, to be paid back"),
                        option("company-card", "A card of the business"),
                    ],
                ),
                money("advance", "Advance that was given").optional(),
                yes_no("receipts", "Is there a receipt for each?"),
                paragraphs("without_receipt", "Which have none, and why").only_if("receipts", "no"),
            ],
        },
        Section {
            title: "Confirmed",
            text: &[
                "By signing you confirm that each expense was for the business and was not paid back before.",
            ],
            fields: &[],
        },
    ],
};

pub(super) const MISSING_RECEIPT: Form = Form {
    id: "missing-receipt",
    version: 1,
    title: "Statement for a missing receipt",
    category: FormCategory::Money,
    purpose: "Stands in our books where a receipt was lost or never given.",
    filled_by: "Whoever paid",
    keywords: "lost receipt affidavit expense proof",
    sections: &[Section {
        title: "The expense",
        text: &[
            "First try to get a copy from the seller. This statement helps in the books; whether a tax authority accepts it instead of a receipt depends on the case.",
        ],
        fields: &[
            BUSINESS,
            line("payer", "Who paid").prefilled(crate::definition::Prefill::FullName),
            past_date("day", "Day of the purchase"),
            line("seller", "Seller"),
            money("amount", "Amount"),
            choice(
                "paid_with",
                "Paid with",
                &[
                    option("cash", "Cash"),
                    option("card", "Card"),
                    option("check", "Check"),
                    option("transfer", "Transfer"),
                ],
            ),
            paragraphs("bought", "What was bought"),
            paragraphs("purpose", "Business purpose"),
            paragraphs("why_missing", "Why there is no receipt"),
        ],
    }],
};

pub(super) const PETTY_CASH: Form = Form {
    id: "petty-cash",
    version: 1,
    title: "Petty-cash count and log",
    category: FormCategory::Money,
    purpose: "Lists what went out of the cash box, and what is in it when it is counted.",
    filled_by: "Whoever keeps the cash box",
    keywords: "cash box float reconcile count",
    sections: &[
        Section {
            title: "The cash box",
            text: &[
                "What was in the box at first, less what went out, is what must be in it now. A difference is no drama, but it is written down.",
            ],
            fields: &[
                BUSINESS,
                line("keeper", "Who keeps the box").prefilled(crate::definition::Prefill::FullName),
                past_date("counted_on", "Counted on"),
                money("opening", "In the box at the last count"),
                money("added", "Added since").optional(),
                money("counted", "In the box now"),
            ],
        },
        Section {
            title: "What went out",
            text: &[],
            fields: &[
                rows(
                    "payments",
                    "Payments",
                    &[
                        past_date("day", "Day"),
                        line("paid_to", "Paid to"),
                        line("purpose", "For"),
                        money("amount", "Amount"),
                    ],
                    &["amount"],
                )
                .optional(),
                yes_no("differs", "Is there a difference?"),
                paragraphs("difference", "How it may have come about").only_if("differs", "yes"),
            ],
        },
    ],
};

pub(super) const ASSET_PURCHASES: Form = Form {
    id: "asset-purchases",
    version: 1,
    title: "List of things bought for the business",
    category: FormCategory::Money,
    purpose: "Tells us equipment, furniture, vehicles and software that you bought, for the books and for depreciation.",
    filled_by: "The owner or bookkeeper",
    keywords: "fixed asset equipment depreciation purchase capital",
    sections: &[Section {
        title: "What was bought",
        text: &[
            "List each thing that lasts longer than a year. The price includes tax, delivery and installation.",
        ],
        fields: &[
            BUSINESS,
            YOUR_NAME,
            rows(
                "things",
                "Things",
                &[
                    past_date("bought_on", "Bought on"),
                    past_date("used_from", "Used from"),
                    line("thing", "What it is"),
                    choice(
                        "condition",
                        "Condition",
                        &[option("new", "New"), option("used", "Used")],
                    ),
                    whole("business_use", "Business use, percent", "", 100),
                    money("price", "Price"),
                ],
                &["price"],
            ),
            yes_no("financed", "Was anything financed or traded in?"),
            paragraphs("financing", "What, and how").only_if("financed", "yes"),
        ],
    }],
};

pub(super) const ASSET_DISPOSAL: Form = Form {
    id: "asset-disposal",
    version: 1,
    title: "Notice of a thing sold, scrapped or lost",
    category: FormCategory::Money,
    purpose: "Takes a thing of the business out of the books.",
    filled_by: "The owner or bookkeeper",
    keywords: "fixed asset sold scrap disposal theft",
    sections: &[Section {
        title: "The thing",
        text: &[],
        fields: &[
            BUSINESS,
            YOUR_NAME,
            line("thing", "What it is"),
            line("serial", "Serial number or plate").optional(),
            past_date("gone_on", "Day on which it went"),
            choice(
                "how",
                "What became of it",
                &[
                    option("sold", "Sold"),
                    option("traded", "Traded in"),
                    option("scrapped", "Scrapped"),
                    option("lost", "Lost or stolen"),
                    option("given", "Given away"),
                ],
            ),
            money("proceeds", "What you got for it").only_if("how", "sold"),
            line("buyer", "Who bought it").only_if("how", "sold"),
            money("allowance", "What it counted for in the trade").only_if("how", "traded"),
            yes_no("reported", "Was it reported to the police or the insurer?")
                .only_if("how", "lost"),
            paragraphs("note", "Note").optional(),
        ],
    }],
};
