// @ts-check
// A service of the inventory in words, on its own page and in the DevOps Center.
import { el } from "./dom.js";
import { serviceStatuses } from "./finance-words.js";
import { dollars } from "./format.js";
import { labelOf } from "./words.js";

/**
 * @typedef {object} Service
 * @property {string} id
 * @property {string} name
 * @property {string} provider
 * @property {string} tier
 * @property {string | null} purpose
 * @property {string | null} owner
 * @property {string} status
 * @property {number | null} monthly_cost_cents
 * @property {string | null} usage_price
 * @property {string | null} approved_by
 * @property {number | null} asked_cost_cents
 * @property {string | null} asked_usage_price
 * @property {string | null} asked_by
 * @property {string | null} declined_reason
 * @property {string | null} renews_on
 * @property {("start" | "decide" | "cancel")[]} actions
 * @property {string} updated_at
 */

/**
 * @param {number | null} cents
 * @param {string | null} byUse
 */
const price = (cents, byUse) => [cents === null ? "not known yet" : dollars(cents), byUse].filter((part) => part !== null).join(", and ");

/** @param {Service} service */
export const costOf = ({ monthly_cost_cents, usage_price, asked_cost_cents, asked_usage_price }) => [
  price(monthly_cost_cents, usage_price),
  asked_cost_cents === null ? null : el("span", { class: "meta" }, `asked for: ${price(asked_cost_cents, asked_usage_price)}`),
];

/** @type {Record<string, string>} */
const kinds = { active: "tag tag-good", proposed: "tag tag-warn", declined: "tag tag-bad" };

/** @param {Service} service */
export const statusTags = ({ status, asked_cost_cents }) => [
  el("span", { class: kinds[status] ?? "tag" }, labelOf(serviceStatuses, status)),
  asked_cost_cents === null ? null : el("span", { class: "tag tag-warn" }, "New price waits for the owner"),
];
