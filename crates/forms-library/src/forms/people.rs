//! Employees, contractors and their pay.

use crate::definition::{
    BUSINESS, Form, FormCategory, Kind, Section, choice, coming_date, date, field, line, money,
    option, paragraphs, past_date, rows, whole, yes_no,
};

pub(super) const NEW_HIRE: Form = Form {
    id: "new-hire-pack",
    version: 1,
    title: "New-hire pack",
    category: FormCategory::People,
    purpose: "Gathers what we need to put a new employee on payroll, with a checklist of what the employee must hand in.",
    filled_by: "The employer",
    keywords: "employee hire onboarding w-4 i-9 payroll new",
    sections: &[
        Section {
            title: "The employee",
            text: &[
                "Do not write a Social Security number on this form. We ask the employee for it when payroll is set up.",
            ],
            fields: &[
                BUSINESS,
                line(
                    "employee",
                    "Name of the employee, as on the Social Security card",
                ),
                paragraphs("address", "Home address"),
                field("employee_email", "Email address", Kind::Email),
                field("employee_phone", "Phone number", Kind::Phone).optional(),
            ],
        },
        Section {
            title: "The job",
            text: &[],
            fields: &[
                line("job_title", "Job title"),
                date("first_day", "First day of work"),
                line("work_state", "State in which they work"),
                choice(
                    "hours",
                    "Hours",
                    &[
                        option("full", "Full time"),
                        option("part", "Part time"),
                        option("seasonal", "Seasonal or temporary"),
                    ],
                ),
                line("supervisor", "Supervisor").optional(),
            ],
        },
        Section {
            title: "The pay",
            text: &[],
            fields: &[
                choice(
                    "pay_kind",
                    "Paid by",
                    &[
                        option("hour", "The hour"),
                        option("salary", "Salary, for a year"),
                        option("commission", "Commission, with or without a base"),
                    ],
                ),
                money("rate", "Rate").hint("For an hour, or for a year if it is a salary."),
                choice(
                    "pay_period",
                    "How often",
                    &[
                        option("weekly", "Every week"),
                        option("biweekly", "Every two weeks"),
                        option("semimonthly", "Twice a month"),
                        option("monthly", "Once a month"),
                    ],
                ),
                yes_no("overtime", "Is overtime paid?")
                    .hint("Whether it must be depends on the law. Ask us when you are not sure."),
                paragraphs("benefits", "Benefits and deductions").optional(),
            ],
        },
        Section {
            title: "Checklist for the employee\u{2019}s papers",
            text: &[
                "These are forms of the authorities or copies of documents. Keep them with your records; send us what payroll needs.",
            ],
            fields: &[
                yes_no("has_w4", "Form W-4, filled in and signed by the employee"),
                yes_no("has_i9", "Form I-9, finished and kept by you"),
                yes_no(
                    "has_state",
                    "The state\u{2019}s withholding form, where there is one",
                ),
                yes_no(
                    "has_deposit",
                    "Direct-deposit form, if they want to be paid that way",
                ),
                yes_no(
                    "has_report",
                    "The new hire was reported to the state, or we shall do it",
                ),
            ],
        },
    ],
};

pub(super) const DIRECT_DEPOSIT: Form = Form {
    id: "direct-deposit",
    version: 1,
    title: "Direct-deposit authorization",
    category: FormCategory::People,
    purpose: "Lets an employee\u{2019}s pay go straight to a bank account.",
    filled_by: "The employer, with the employee",
    keywords: "employee pay bank account routing",
    sections: &[
        Section {
            title: "The employee",
            text: &[
                "The employee chooses freely whether to be paid this way, where the law of the state leaves the choice, and may take this back with two weeks\u{2019} notice.",
            ],
            fields: &[
                BUSINESS,
                line("employee", "Name of the employee"),
                coming_date("from", "From the payday on"),
            ],
        },
        Section {
            title: "The account",
            text: &[
                "The account must be the employee\u{2019}s. If too much is paid in by mistake, the employer may correct it with the next pay, as far as the law allows it.",
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
                choice(
                    "share",
                    "How much goes there",
                    &[
                        option("all", "The whole net pay"),
                        option("part", "A fixed amount; the rest by check"),
                    ],
                ),
                money("amount", "The fixed amount").only_if("share", "part"),
            ],
        },
        Section {
            title: "Agreed with the employee",
            text: &[
                "By signing, the employer confirms that the employee has asked for this and has checked the numbers above.",
            ],
            fields: &[past_date("agreed_on", "Day on which the employee agreed")],
        },
    ],
};

pub(super) const PAY_CHANGE: Form = Form {
    id: "pay-change",
    version: 1,
    title: "Pay-change notice",
    category: FormCategory::People,
    purpose: "Tells us a raise, a bonus, other hours or another deduction, so that payroll is right.",
    filled_by: "The employer",
    keywords: "raise bonus salary payroll change employee",
    sections: &[
        Section {
            title: "Who",
            text: &[
                "Send it at least three business days before the payday for which it first counts.",
            ],
            fields: &[
                BUSINESS,
                line("employee", "Name of the employee"),
                date("from", "Counts from"),
            ],
        },
        Section {
            title: "What changes",
            text: &[],
            fields: &[
                choice(
                    "change",
                    "What it is",
                    &[
                        option("rate", "A new rate of pay"),
                        option("bonus", "A bonus, paid once"),
                        option("hours", "Other hours"),
                        option("deduction", "A deduction"),
                    ],
                ),
                money("new_rate", "New rate").only_if("change", "rate"),
                choice(
                    "rate_for",
                    "For",
                    &[option("hour", "An hour"), option("year", "A year")],
                )
                .only_if("change", "rate"),
                money("bonus", "Amount of the bonus").only_if("change", "bonus"),
                whole("weekly_hours", "New hours a week", "hours", 80).only_if("change", "hours"),
                money("deduction", "Amount each payday").only_if("change", "deduction"),
                line("deduction_for", "What it is deducted for").only_if("change", "deduction"),
                paragraphs("reason", "Reason").optional(),
            ],
        },
    ],
};

pub(super) const TIMESHEET: Form = Form {
    id: "timesheet",
    version: 1,
    title: "Timesheet",
    category: FormCategory::People,
    purpose: "Records the hours of one employee for one pay period.",
    filled_by: "The employer",
    keywords: "hours time work overtime payroll",
    sections: &[
        Section {
            title: "Whose hours",
            text: &[
                "Write the hours that were worked, in minutes, on each day. Hours that were not worked, such as paid leave, have their own column.",
            ],
            fields: &[
                BUSINESS,
                line("employee", "Name of the employee"),
                date("period_from", "First day of the pay period"),
                date("period_to", "Last day of the pay period"),
            ],
        },
        Section {
            title: "Hours",
            text: &[],
            fields: &[rows(
                "days",
                "Days",
                &[
                    past_date("day", "Day"),
                    whole("worked", "Minutes worked", "", 1_440),
                    whole("leave", "Minutes of paid leave", "", 1_440).optional(),
                    line("note", "Note").optional(),
                ],
                &["worked", "leave"],
            )],
        },
        Section {
            title: "Confirmed",
            text: &[
                "By signing you confirm that the hours are complete and right and that the employee has seen them.",
            ],
            fields: &[],
        },
    ],
};

pub(super) const TIME_OFF: Form = Form {
    id: "time-off",
    version: 1,
    title: "Time-off request",
    category: FormCategory::People,
    purpose: "Asks for leave, and tells payroll how it is paid once it is granted.",
    filled_by: "The employer, for the employee",
    keywords: "vacation sick leave holiday absence",
    sections: &[Section {
        title: "The leave",
        text: &[
            "Which leave must be granted, and which must be paid, depends on the law of the state and on your own rules.",
        ],
        fields: &[
            BUSINESS,
            line("employee", "Name of the employee"),
            date("first_day", "First day away"),
            date("last_day", "Last day away"),
            whole("hours", "Working hours missed", "hours", 2_000),
            choice(
                "kind",
                "Kind of leave",
                &[
                    option("vacation", "Vacation"),
                    option("sick", "Sick leave"),
                    option("family", "Family or medical leave"),
                    option("jury", "Jury duty"),
                    option("other", "Other"),
                ],
            ),
            choice(
                "paid",
                "How it is paid",
                &[
                    option("paid", "Paid"),
                    option("unpaid", "Unpaid"),
                    option("partly", "Partly paid"),
                ],
            ),
            paragraphs("note", "Note")
                .hint("Do not write down a diagnosis or other medical details.")
                .optional(),
        ],
    }],
};

pub(super) const SEPARATION: Form = Form {
    id: "separation-checklist",
    version: 1,
    title: "Checklist for an employee who leaves",
    category: FormCategory::People,
    purpose: "Makes sure that the last pay, the papers and the keys are taken care of when somebody leaves.",
    filled_by: "The employer",
    keywords: "termination resign quit final paycheck offboarding",
    sections: &[
        Section {
            title: "Who leaves",
            text: &[
                "In some states the last pay is due on the last day itself. Send us this form as soon as you know the day.",
            ],
            fields: &[
                BUSINESS,
                line("employee", "Name of the employee"),
                date("last_day", "Last day of work"),
                choice(
                    "reason",
                    "Why",
                    &[
                        option("resigned", "The employee resigned"),
                        option("ended", "The employer ended it"),
                        option("laid-off", "Laid off for lack of work"),
                        option("other", "Another reason"),
                    ],
                ),
                line("work_state", "State in which they worked"),
            ],
        },
        Section {
            title: "The last pay",
            text: &[],
            fields: &[
                yes_no("all_hours", "Are all hours reported to us?"),
                whole("unused_leave", "Unused paid leave", "hours", 2_000),
                yes_no("pay_leave", "Is unused leave paid out?"),
                money("other_pay", "Other pay due, such as commission").optional(),
                paragraphs("forwarding", "Address for the Form W-2"),
            ],
        },
        Section {
            title: "The rest",
            text: &[],
            fields: &[
                yes_no(
                    "access_removed",
                    "Access to systems and bank accounts is removed",
                ),
                yes_no("property_returned", "Keys, cards and equipment are back"),
                yes_no(
                    "benefits_told",
                    "The employee was told what becomes of benefits",
                ),
                paragraphs("open", "What is still open").optional(),
            ],
        },
    ],
};

pub(super) const CONTRACTOR_SETUP: Form = Form {
    id: "contractor-setup",
    version: 1,
    title: "Contractor set-up sheet",
    category: FormCategory::People,
    purpose: "Gathers what we need to pay a contractor and to prepare Form 1099-NEC.",
    filled_by: "The business that pays the contractor",
    keywords: "1099 independent freelancer vendor supplier",
    sections: &[
        Section {
            title: "The contractor",
            text: &[
                "Ask the contractor for a signed Form W-9 before the first payment. Send us that form as a document; do not copy its numbers here.",
            ],
            fields: &[
                BUSINESS,
                line("contractor", "Name of the contractor"),
                line("trade_name", "Business name, if it is another").optional(),
                paragraphs("address", "Mail address"),
                field("contractor_email", "Email address", Kind::Email),
                yes_no("has_w9", "Do you have a signed Form W-9?"),
            ],
        },
        Section {
            title: "The work",
            text: &[
                "Somebody whose working hours, place and methods you set may be an employee in the eyes of the law. Tell us how it is, and we tell you what to look out for.",
            ],
            fields: &[
                paragraphs("work", "What the contractor does"),
                date("first_day", "First day"),
                money("agreed", "Agreed price or rate"),
                yes_no("own_hours", "Does the contractor set their own hours?"),
                yes_no("other_clients", "Do they work for others too?"),
                yes_no("own_tools", "Do they use their own tools?"),
            ],
        },
    ],
};
