// @ts-check
// The words for the values of the API. One place, so that a thing has one name on every page.

/** @typedef {{value: string, label: string, hint?: string}} Choice */

/** @type {Choice[]} */
export const entityTypes = [
  { value: "sole-proprietorship", label: "Sole proprietorship", hint: "You own it alone and never registered a company." },
  { value: "llc", label: "LLC", hint: "A limited liability company, registered with your state." },
  { value: "s-corp", label: "S corporation", hint: "Files Form 1120-S. Profit is taxed on the owners’ own returns." },
  { value: "c-corp", label: "C corporation", hint: "Files Form 1120 and pays its own income tax." },
  { value: "partnership", label: "Partnership", hint: "Two or more owners. Files Form 1065." },
  { value: "nonprofit", label: "Nonprofit", hint: "Works for a public purpose, not for its owners." },
];

/** @type {Choice[]} */
export const services = [
  { value: "bookkeeping", label: "Bookkeeping", hint: "Keeping a record of what comes in and what goes out." },
  { value: "tax-preparation", label: "Tax preparation", hint: "Preparing your business tax returns." },
  { value: "payroll", label: "Payroll", hint: "Paying the people who work for you, and the taxes on it." },
  { value: "bill-pay", label: "Bill pay", hint: "Paying your suppliers on time." },
  { value: "compliance", label: "Compliance", hint: "Keeping up with filings and deadlines." },
  { value: "business-formation", label: "Business formation", hint: "Setting up a new company." },
  { value: "advisory", label: "Advisory", hint: "Someone to think money decisions through with." },
  { value: "mergers-acquisitions", label: "Buying or selling a business", hint: "Also called mergers and acquisitions." },
];

/** @type {Choice[]} */
export const urgencies = [
  { value: "immediate", label: "As soon as possible" },
  { value: "this-month", label: "This month" },
  { value: "this-quarter", label: "This quarter", hint: "Within three months." },
  { value: "exploring", label: "Just exploring", hint: "You want to know first what we can do for you." },
];

/** @type {Choice[]} */
export const categories = [
  { value: "tax-return", label: "Tax return" },
  { value: "bank-statement", label: "Bank statement" },
  { value: "profit-loss", label: "Profit and loss statement" },
  { value: "balance-sheet", label: "Balance sheet" },
  { value: "w2", label: "Form W-2" },
  { value: "w9", label: "Form W-9" },
  { value: "1099", label: "Form 1099" },
  { value: "articles-of-incorporation", label: "Articles of incorporation or organization" },
  { value: "ein-letter", label: "EIN letter from the IRS" },
  { value: "insurance-policy", label: "Insurance policy" },
  { value: "lease-agreement", label: "Lease agreement" },
  { value: "payroll-report", label: "Payroll report" },
  { value: "other", label: "Another document" },
];

/** @type {Choice[]} */
export const statuses = [
  { value: "pending", label: "Not started" },
  { value: "in_progress", label: "In progress" },
  { value: "in-review", label: "In review" },
  { value: "active", label: "Active" },
  { value: "archived", label: "Archived" },
];

/** Who did something, as our team reads it. */
/** @type {Choice[]} */
export const actors = [
  { value: "client", label: "Client" },
  { value: "assistant", label: "Assistant" },
  { value: "staff", label: "Our team" },
  { value: "service", label: "OmegaOS" },
  { value: "system", label: "OmegaOS" },
];

/** What was done with the EIN or a document. */
/** @type {Choice[]} */
export const accesses = [
  { value: "read", label: "read" },
  { value: "added", label: "added" },
  { value: "changed", label: "changed" },
  { value: "removed", label: "removed" },
];

/** Where a request stands, as our team reads it. */
/** @type {Choice[]} */
export const requestStatuses = [
  { value: "open", label: "Waits on the client" },
  { value: "answered", label: "Answered" },
  { value: "returned", label: "Sent back" },
  { value: "accepted", label: "Done" },
  { value: "withdrawn", label: "Withdrawn" },
];

/**
 * The label of a value; a value this page does not know yet is shown as it is.
 * @param {Choice[]} choices
 * @param {string} value
 */
export const labelOf = (choices, value) => choices.find((choice) => choice.value === value)?.label ?? value;
